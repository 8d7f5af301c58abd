"use strict";
/* Draws one twin on a Leaflet map. Every value reaches the page as text, never as markup. */
function twinMap(map, twin) {
  const say = twin.words;
  const dashes = ["", "5 3", "1 3"];
  const gradeNames = ["observed", "estimated", "assumed"];
  const number = (value, decimals) => new Intl.NumberFormat(twin.language,
    { maximumFractionDigits: decimals, minimumFractionDigits: 0 }).format(value);
  const element = (tag, text, className) => {
    const node = document.createElement(tag);
    if (text !== undefined) { node.textContent = text; }
    if (className) { node.className = className; }
    return node;
  };
  document.documentElement.lang = twin.language;

  map.attributionControl.setPrefix("Leaflet").addAttribution(twin.credit);
  const canvas = L.canvas({ padding: 0.3, tolerance: 4 });
  const ground = { renderer: canvas, interactive: false, stroke: false, fillOpacity: 1 };
  L.polygon(twin.basemap.green, { ...ground, fillColor: "#e3ecd9" }).addTo(map);
  L.polygon(twin.basemap.water, { ...ground, fillColor: "#c9dcea" }).addTo(map);
  L.polyline(twin.basemap.streets, { renderer: canvas, interactive: false, color: "#cfccc4", weight: 1.5 }).addTo(map);
  L.polyline(twin.basemap.boundary, { renderer: canvas, interactive: false, color: "#555", weight: 1.5, dashArray: "8 4" }).addTo(map);

  const find = (table, column) => twin.layers.find((l) => l.table === table).indicators.find((i) => i.column === column);
  const state = { table: twin.start.table, column: twin.start.column,
    view: twin.views.includes("change") ? "change" : twin.views[0] };

  /* From far away outlines would hide the colours of houses of a few pixels. */
  const near = () => map.getZoom() >= 15;

  const classOf = (classes, value) => {
    let n = 0;
    while (n < classes.breaks.length && value >= classes.breaks[n]) { n += 1; }
    return n;
  };
  const look = (layer, indicator, i) => {
    const value = indicator.values[state.view][i];
    const classes = indicator.classes[state.view];
    const none = value === null;
    const colour = none ? "#f0f0f0" : classes.colours[classOf(classes, value)];
    if (layer.table === "streets") {
      const level = none ? 0 : state.view === "change" ? 3 : classOf(classes, value) + 2;
      return { color: none ? "#bdbdbd" : colour, weight: none ? 1 : level, opacity: 1, dashArray: none ? "1 4" : level + 6 + " 2" };
    }
    return near()
      ? { color: "#333", weight: 0.8, dashArray: dashes[layer.grades[i]], fillColor: colour, fillOpacity: 1 }
      : { color: none ? "#bdbdbd" : colour, weight: 1.2, dashArray: "", fillColor: colour, fillOpacity: 1 };
  };

  /* Popups keep clear of the zoom buttons and, on wide screens, of the panel. */
  const wide = window.innerWidth > 640;
  const room = {
    maxWidth: Math.min(330, map.getSize().x - 110), maxHeight: Math.min(330, map.getSize().y - 70),
    minWidth: 0, autoPanPaddingTopLeft: [52, 8], autoPanPaddingBottomRight: [wide ? 350 : 8, 8],
  };
  const drawn = {};
  for (const layer of twin.layers) {
    const make = layer.table === "streets" ? L.polyline : L.polygon;
    drawn[layer.table] = layer.coordinates.map((xy, i) => make(xy, { renderer: canvas, lineCap: "butt" })
      .bindPopup(() => story(layer, i), room));
  }
  const coloured = L.layerGroup().addTo(map);

  let outlined;
  function paint() {
    const indicator = find(state.table, state.column);
    outlined = near();
    coloured.clearLayers();
    for (const layer of twin.layers) {
      const front = layer.table === state.table;
      if (!front && layer.table === "streets") { continue; }
      drawn[layer.table].forEach((shape, i) => {
        shape.setStyle(front ? look(layer, indicator, i)
          : { color: "#999", weight: 0.6, dashArray: "", fillColor: "#e4e1da", fillOpacity: 1 });
        coloured.addLayer(shape);
      });
    }
  }

  function redraw() {
    map.closePopup();
    paint();
    legend(find(state.table, state.column));
  }

  /* One class for all: the values themselves, from the least to the greatest. */
  function range(indicator) {
    const found = indicator.values[state.view].filter((v) => v !== null);
    const ends = [Math.min(...found), Math.max(...found)].map((v) => number(v, indicator.decimals));
    return !found.length ? say.no_value : ends[0] === ends[1] ? ends[0] : ends.join(" " + say.to + " ");
  }

  function legend(indicator) {
    const box = document.querySelector(".twin-legend");
    const classes = indicator.classes[state.view];
    document.querySelector(".twin-description").textContent = indicator.description;
    box.replaceChildren(element("strong", indicator.title + (indicator.unit ? " [" + indicator.unit + "]" : "")));
    const row = (colour, text, count) => {
      const line = element("div", undefined, "twin-row");
      const swatch = element("span", undefined, "twin-swatch");
      swatch.style.background = colour;
      line.append(swatch, element("span", text));
      if (count !== undefined) { line.append(element("span", number(count, 0), "twin-count")); }
      box.append(line);
    };
    const edges = classes.breaks.map((b) => number(b, Math.max(indicator.decimals, Math.abs(b) < 10 ? 1 : 0)));
    classes.colours.forEach((colour, n) => {
      const low = edges[n - 1], high = edges[n];
      let text = low === undefined && high === undefined ? range(indicator)
        : low === undefined ? "< " + high : high === undefined ? "≥ " + low : low + " " + say.to + " " + high;
      if (state.view === "change" && colour === "#d9d9d9") { text = say.no_change; }
      row(colour, text, classes.counts[n]);
    });
    const missing = indicator.values[state.view].filter((v) => v === null).length;
    if (missing) { row("#f0f0f0", state.table === "streets" ? say.no_value + " / " + say.no_cars : say.no_value, missing); }
    if (state.table === "streets") { box.append(element("p", say.streets_modelled)); return; }
    gradeNames.forEach((name, grade) => {
      const counts = twin.layers.find((l) => l.table === state.table).grades.filter((g) => g === grade).length;
      const line = element("div", undefined, "twin-row");
      line.append(element("span", undefined, "twin-swatch twin-line " + name),
        element("span", say["outline_" + name]), element("span", number(counts, 0), "twin-count"));
      box.append(line);
    });
    if (!near()) { box.append(element("p", say.outline_near, "twin-hint")); }
  }

  function textOf(column, i) { return column.codes[i] < 0 ? null : column.texts[column.codes[i]]; }

  function sentence(fact, i) {
    const value = fact.number ? fact.values[i] : textOf(fact.values, i);
    if (value === null) { return null; }
    let text = fact.number ? (fact.year ? String(Math.round(value)) : number(value, 1)) : value.replaceAll("_", " ");
    if (fact.unit) { text += " " + fact.unit; }
    const spread = fact.spread.length ? fact.spread[i] : 0;
    const node = element("dd", text);
    if (spread) {
      const doubt = fact.number ? say.plus_minus + " " + number(spread, 1)
        : say.wrong_in.replace("{n}", number(spread * 100, 0));
      node.append(element("span", " (" + doubt + ")"));
    }
    if (fact.source.codes) {
      const source = textOf(fact.source, i);
      const grade = source && twin.grades[source];
      if (grade) { node.append(element("div", say[grade[0]] + ": " + grade[1], "grade")); }
    }
    return node;
  }

  function story(layer, i) {
    const box = element("article", undefined, "twin-story");
    const kind = layer.table === "streets" ? say.street : say.building;
    box.append(element("h2", layer.labels[i] || kind));
    const indicator = find(state.table, state.column);
    if (layer.table === state.table) {
      const list = element("dl");
      list.append(element("dt", indicator.title));
      for (const view of twin.views) {
        const value = indicator.values[view][i];
        list.append(element("dd", say[view] + ": " + (value === null ? say.no_value
          : number(value, indicator.decimals) + (indicator.unit ? " " + indicator.unit : ""))));
      }
      box.append(list, element("p", indicator.description), element("p", say.computed, "grade"));
    }
    box.append(element("strong", say.inputs));
    const inputs = element("dl");
    for (const fact of layer.facts) {
      const told = sentence(fact, i);
      if (told) { inputs.append(element("dt", fact.title), told); }
    }
    box.append(inputs, element("div", layer.ids[i], "grade"));
    return box;
  }

  const select = document.querySelector(".twin-indicator");
  for (const layer of twin.layers) {
    const group = element("optgroup");
    group.label = say[layer.table];
    for (const indicator of layer.indicators) {
      const option = element("option", indicator.title + (indicator.unit ? " [" + indicator.unit + "]" : ""));
      option.value = layer.table + "." + indicator.column;
      option.selected = layer.table === state.table && indicator.column === state.column;
      group.append(option);
    }
    select.append(group);
  }
  select.addEventListener("change", () => {
    [state.table, state.column] = select.value.split(".");
    redraw();
  });
  const views = document.querySelector(".twin-views");
  for (const view of twin.views) {
    const label = element("label");
    const input = element("input");
    input.type = "radio"; input.name = "twin-view"; input.value = view; input.checked = view === state.view;
    input.addEventListener("change", () => { state.view = view; redraw(); });
    label.append(input, document.createTextNode(" " + say[view]));
    views.append(label);
  }
  if (twin.views.length < 2) { views.hidden = true; }
  const fit = (right) => map.invalidateSize(false)
    .fitBounds(twin.bounds, { animate: false, paddingTopLeft: [10, 10], paddingBottomRight: [right, 10] });
  fit(wide ? 350 : 10);
  window.matchMedia("print").addEventListener("change", (print) => fit(print.matches || !wide ? 10 : 350));
  if (!twin.layers.length) {
    document.querySelector(".twin-choice").hidden = true;
    document.querySelector(".twin-hint").hidden = true;
    document.querySelector(".twin-legend").append(element("strong", say.nothing));
    return;
  }
  redraw();
  map.on("zoomend", () => { if (near() !== outlined) { paint(); legend(find(state.table, state.column)); } });
}
