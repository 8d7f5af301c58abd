"use strict";
/* Draws one twin on a Leaflet map. Every value reaches the page as text, never as markup. */
async function twinMap(map, twin) {
  const say = twin.words;
  const dashes = [[], [5, 3], [1, 3]];
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
  const grid = twin.grid;
  ["ground", "coloured"].forEach((pane, n) => { map.createPane(pane).style.zIndex = 200 + 10 * n; });
  for (const layer of twin.layers) {
    layer.shapes = await twinPack.shapes(layer.shapes);
    layer.cells = twinTiles.cells(layer.shapes);
    layer.grades = await twinPack.codes(layer.grades);
    layer.area = layer.table !== "streets";
    layer.unknown = layer.unknown ? await twinPack.codes(layer.unknown) : null;
  }
  for (const part of twin.ground) {
    const own = part.table && twin.layers.find((layer) => layer.table === part.table);
    const shapes = own ? own.shapes : await twinPack.shapes(part.shapes);
    const look = (zoom) => ({ of: () => 0, looks: [part.line ? { stroke: part.line, width: Math.max(0.8, (zoom - 11) * 0.6), dash: part.dash }
      : { fill: part.fill, stroke: part.edge, width: zoom > 14 && part.edge ? 0.6 : 0 }] });
    twinTiles.layer(shapes, grid, look, { pane: "ground", cells: own && own.cells }).addTo(map);
  }

  /* A colour with dark lines over it */
  const hatches = new Map();
  function hatched(colour) {
    if (!hatches.has(colour)) {
      const made = document.createElement("canvas"), pen = made.getContext("2d");
      made.width = made.height = 6;
      pen.fillStyle = colour; pen.fillRect(0, 0, 6, 6);
      for (const [ink, width] of [["#fff", 2.4], ["#222", 1.2]]) {
        pen.strokeStyle = ink; pen.lineWidth = width; pen.beginPath();
        for (const shift of [-6, 0, 6]) { pen.moveTo(shift, 0); pen.lineTo(shift + 6, 6); }
        pen.stroke();
      }
      hatches.set(colour, pen.createPattern(made, "repeat"));
    }
    return hatches.get(colour);
  }

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
  /* Figures of a view, unpacked when they are first looked at */
  async function figures(indicator, view) {
    if (typeof indicator.values[view] === "string") { indicator.values[view] = await twinPack.figures(indicator.values[view], indicator.kept); }
    return indicator.values[view];
  }
  let found = new Uint8Array(0), legend_of = null;
  function looks(layer, zoom) {
    const { colours } = legend_of, last = colours.length, outlined_now = zoom >= 15;
    if (!layer.area) {
      const lines = colours.map((stroke, c) => ({ stroke, width: state.view === "change" ? 3 : c + 2, casing: zoom < 13 ? undefined : [0.6, "#4a4a4a"], dash: [8, 2] }));
      lines.push({ stroke: "#bdbdbd", width: 1, dash: [1, 4] });
      return { looks: lines, of: (i) => Math.min(found[i], last) };
    }
    const fills = [...colours, "#f0f0f0"].flatMap((fill, c) => dashes.map((dash) => layer.table === "addresses"
      ? { fill, stroke: "#333", width: 0.6, radius: Math.max(2, (zoom - 10) * 0.8) } : outlined_now
      ? { fill, stroke: "#333", width: 0.8, dash } : { fill, stroke: c === last ? "#bdbdbd" : fill, width: 1.2 }));
    const veiled = layer.unknown ? fills.map((look) => ({ ...look, fill: hatched(look.fill) })) : [];
    const of = (i) => 3 * Math.min(found[i], last) + (outlined_now ? layer.grades[i] : 0);
    return { looks: [...fills, ...veiled], of: (i) => of(i) + (layer.unknown && layer.unknown[i] && found[i] < last ? fills.length : 0) };
  }

  /* Popups keep clear of the zoom buttons and, on wide screens, of the panel. */
  const wide = window.innerWidth > 640;
  const room = {
    maxWidth: Math.min(330, map.getSize().x - 110), maxHeight: Math.min(330, map.getSize().y - 70),
    minWidth: 0, autoPanPaddingTopLeft: [52, 8], autoPanPaddingBottomRight: [wide ? 350 : 8, 8],
  };
  let tiles = null, tiles_of = null, turns = 0;
  async function redraw() {
    map.closePopup();
    const turn = turns += 1;
    const layer = twin.layers.find((l) => l.table === state.table), indicator = find(state.table, state.column);
    const values = await figures(indicator, state.view);
    if (turn !== turns) { return; } /* a choice made meanwhile wins */
    legend_of = indicator.classes[state.view];
    found = Uint8Array.from(values, (value) => (value === value ? classOf(legend_of, value) : 255));
    if (tiles && tiles_of === layer) { tiles.repaint(); } else {
      if (tiles) { map.removeLayer(tiles); }
      tiles = twinTiles.layer(layer.shapes, grid, (zoom) => looks(layer, zoom), { pane: "coloured", cells: layer.cells }).addTo(map);
      tiles_of = layer;
    }
    legend(indicator);
  }
  map.on("click", async (event) => {
    if (!tiles_of) { return; }
    const [x, y] = twinTiles.place(map, grid, event.latlng), reach = 6 / (256 * 2 ** map.getZoom() * grid.step);
    const i = twinTiles.hit(tiles_of.shapes, tiles_of.cells, tiles_of.area, x, y, reach);
    if (i >= 0) { L.popup(room).setLatLng(event.latlng).setContent(await story(tiles_of, i)).openOn(map); }
  });

  /* One class for all: the values themselves, from the least to the greatest. */
  function range(indicator) {
    const known = indicator.values[state.view].filter((v) => v === v);
    const ends = [known.reduce((a, b) => Math.min(a, b), Infinity), known.reduce((a, b) => Math.max(a, b), -Infinity)].map((v) => number(v, indicator.decimals));
    return !known.length ? say.no_value : ends[0] === ends[1] ? ends[0] : ends.join(" " + say.to + " ");
  }

  function legend(indicator) {
    const box = document.querySelector(".twin-legend");
    const classes = indicator.classes[state.view];
    document.querySelector(".twin-description").textContent = indicator.description;
    box.dataset.view = state.view;
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
    const missing = indicator.values[state.view].filter((v) => v !== v).length;
    if (missing) { row("#f0f0f0", state.table === "streets" ? say.no_value + " / " + say.no_cars : say.no_value, missing); }
    if (tiles_of.unknown) {
      const line = element("div", undefined, "twin-row");
      line.append(element("span", undefined, "twin-swatch twin-unknown"), element("span", say.protection_unknown),
        element("span", number(tiles_of.unknown.reduce((sum, flag) => sum + flag, 0), 0), "twin-count"));
      box.append(line);
    }
    if (state.table === "streets") { box.append(element("p", say.streets_modelled)); return; }
    if (state.table === "addresses") { return; }
    gradeNames.forEach((name, grade) => {
      const counts = tiles_of.grades.filter((g) => g === grade).length;
      const line = element("div", undefined, "twin-row");
      line.append(element("span", undefined, "twin-swatch twin-line " + name),
        element("span", say["outline_" + name]), element("span", number(counts, 0), "twin-count"));
      box.append(line);
    });
    if (!near()) { box.append(element("p", say.outline_near, "twin-hint")); }
  }

  function textOf(column, i) { return column.codes[i] ? column.texts[column.codes[i] - 1] : null; }

  function sentence(fact, i) {
    const value = fact.number ? fact.values[i] : textOf(fact.values, i);
    if (value === null || value !== value) { return null; }
    let text = fact.number ? (fact.year ? String(Math.round(value)) : number(value, Number.isInteger(value) ? 0 : 1)) : value.replaceAll("_", " ");
    if (fact.unit) { text += " " + fact.unit; }
    const spread = fact.spread ? fact.spread[i] : 0;
    const node = element("dd", text);
    if (spread) {
      const doubt = fact.number ? say.plus_minus + " " + number(spread, 1)
        : say.wrong_in.replace("{n}", number(spread * 100, 0));
      node.append(element("span", " (" + doubt + ")"));
    }
    if (fact.source) {
      const source = textOf(fact.source, i);
      const grade = source && twin.grades[source];
      if (grade) { node.append(element("div", say[grade[0]] + ": " + grade[1], "grade")); }
    }
    return node;
  }

  /* Names and facts of a layer, unpacked when somebody asks */
  async function unpack(layer) {
    const texts = async (column) => ({ codes: await twinPack.codes(column.codes), texts: column.texts });
    layer.ids = await twinPack.lines(layer.ids);
    layer.labels = await texts(layer.labels);
    for (const fact of layer.facts) {
      fact.values = fact.number ? await twinPack.figures(fact.values, 1) : await texts(fact.values);
      if (fact.source) { fact.source = await texts(fact.source); }
      if (fact.spread) { fact.spread = await twinPack.figures(fact.spread, 2); }
    }
  }

  async function story(layer, i) {
    layer.told = layer.told || unpack(layer);
    await layer.told;
    const box = element("article", undefined, "twin-story");
    const kind = { streets: say.street, addresses: say.address }[layer.table] || say.building;
    box.append(element("h2", textOf(layer.labels, i) || kind));
    const indicator = find(state.table, state.column);
    if (layer.table === state.table) {
      const list = element("dl");
      list.append(element("dt", indicator.title));
      for (const view of twin.views) {
        const value = (await figures(indicator, view))[i];
        list.append(element("dd", say[view] + ": " + (value !== value ? say.no_value
          : number(value, indicator.decimals) + (indicator.unit ? " " + indicator.unit : ""))));
      }
      box.append(list, element("p", indicator.description), element("p", say.computed, "grade"));
    }
    if (layer.unknown && layer.unknown[i]) { box.append(element("p", say.protection_unknown)); }
    if (layer.facts.length) { box.append(element("strong", say.inputs)); }
    const inputs = element("dl");
    for (const fact of layer.facts) {
      const told = sentence(fact, i);
      if (told) { inputs.append(element("dt", fact.title), told); }
    }
    box.append(inputs, element("div", layer.ids[i], "grade"));
    return box;
  }

  const select = document.querySelector(".twin-indicator");
  const shown = twin.layers.filter((layer) => layer.indicators.length);
  for (const layer of shown) {
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
  if (!shown.length) {
    document.querySelector(".twin-choice").hidden = true;
    document.querySelector(".twin-hint").hidden = true;
    document.querySelector(".twin-legend").append(element("strong", say.nothing));
    return;
  }
  let outlined = near();
  map.on("zoomend", () => { if (near() !== outlined) { outlined = near(); legend(find(state.table, state.column)); } });
  await redraw();
  twinNames(map, grid, twin.names);
}
