"use strict";
/* What is chosen and drawn on the map, and what the plan changes. */
function twinMarks(page) {
  const { say, grid, map, find, element, fill, number, state } = page;
  const chosen = { table: "streets", places: new Set(), line: [], kind: "" };
  const marked = new Map(); /* table -> Set of places that the plan reaches */
  const layers = {}, bars = L.layerGroup();
  map.createPane("marks").style.zIndex = 300;
  map.getPane("marks").style.pointerEvents = "none";
  bars.addTo(map);
  let drawn = null;

  /* ---- the layers that are picked from ---- */
  async function pickable(table) {
    if (page.twin.layers[table]) {
      const layer = await page.load(table);
      layer.ids = layer.ids || twinPack.lines(page.twin.layers[table].ids);
      return { ...layer, ids: await layer.ids };
    }
    if (!layers[table + "?"]) {
      const packed = await twinApi.get("/api/points/" + table), shapes = await twinPack.shapes(packed.shapes);
      layers[table + "?"] = { table, shapes, cells: twinTiles.cells(shapes), area: false, points: true, ids: await twinPack.lines(packed.ids) };
    }
    return layers[table + "?"];
  }
  async function overlay(table) {
    if (layers[table]) { layers[table].repaint(); return; }
    const layer = await pickable(table);
    const look = (zoom) => {
      const width = Math.max(5, (zoom - 9) * 1.5);
      const of = (fill, stroke, wide, dash) => ({ ...(layer.area || layer.points ? { fill } : {}), stroke, width: wide, dash, radius: layer.points ? 6 : undefined, casing: layer.area || layer.points ? undefined : [1.5, "#fff"] });
      const looks = [of("#00000000", "#000", layer.area ? 2 : width / 2, [4, 4]), of("#ffd23fb0", "#7a0177", layer.area ? 3 : width, []), of("#ffffff", "#333", 1, [])];
      const at = marked.get(table);
      return { looks, of: (i) => (chosen.table === table && chosen.places.has(i) ? 1 : at && at.has(i) ? 0 : layer.points && chosen.table === table && zoom > 13 ? 2 : -1) };
    };
    layers[table] = twinTiles.layer(layer.shapes, grid, look, { pane: "marks", cells: layer.cells });
    layers[table].addTo(map);
  }
  const redraw = () => Promise.all([...new Set([chosen.table, ...marked.keys(), ...Object.keys(layers).filter((name) => !name.endsWith("?"))])].map(overlay));

  /* What the plan reaches: dashed, and a bar across streets that are closed */
  async function show(plan) {
    marked.clear();
    bars.clearLayers();
    const kinds = new Map(((plan && plan.body.interventions) || []).map((one) => [one.id, one.kind]));
    for (const [name, reached] of Object.entries((plan && plan.reach) || {})) {
      const at = marked.get(reached.table) || new Set();
      reached.places.forEach((place) => at.add(place));
      marked.set(reached.table, at);
      if (kinds.get(name) !== "close_street" || reached.places.length > 200) { continue; }
      const layer = await page.load(reached.table);
      reached.places.forEach((i) => {
        const icon = L.divIcon({ className: "closed-bar", iconSize: [18, 18] });
        L.marker(along(layer.shapes, i), { icon, interactive: false, keyboard: false }).addTo(bars);
      });
    }
    await redraw();
  }
  function along(shapes, i) {
    const from = shapes.corners[shapes.rings[i]], to = shapes.corners[shapes.rings[i] + 1];
    if (to - from !== 2) { const k = from + Math.floor((to - from) / 2); return twinTiles.latlng(map, grid, shapes.x[k], shapes.y[k]); }
    return twinTiles.latlng(map, grid, (shapes.x[from] + shapes.x[from + 1]) / 2, (shapes.y[from] + shapes.y[from + 1]) / 2);
  }

  /* ---- choosing by click, touch or key ---- */
  async function pick(latlng) {
    const layer = await pickable(chosen.table);
    const [x, y] = twinTiles.place(map, grid, latlng), reach = 16 / (256 * 2 ** map.getZoom() * grid.step);
    const i = twinTiles.hit(layer.shapes, layer.cells, layer.area, x, y, reach);
    if (i < 0) { find("#status").textContent = say.page_nothing_here; return; }
    end(true);
    if (chosen.places.has(i)) { chosen.places.delete(i); } else { chosen.places.add(i); }
    await tell();
  }
  async function tell() {
    const layer = await pickable(chosen.table), n = chosen.places.size;
    const names = [...chosen.places].slice(0, 3).map((i) => (layer.labels ? page.nameOf(layer, i) : layer.ids[i]));
    const line = chosen.line.length;
    find("#chosen").textContent = line ? fill(say["studio_drawn_" + chosen.kind], { n: line })
      : n ? fill(say.studio_chosen, { n: number(n, 0), what: say["studio_" + chosen.table] || chosen.table, names: names.join(", ") + (n > 3 ? " …" : "") }) : say.studio_none_chosen;
    page.able("#clear", n || line, say.studio_why_clear);
    await redraw();
    page.offer();
  }

  /* ---- drawing ---- */
  const pair = (at) => [Number(at.lng.toFixed(6)), Number(at.lat.toFixed(6))];
  function corner(latlng) {
    if (chosen.line.length >= 500) { return; }
    chosen.line.push(pair(latlng));
    sketch();
    tell();
  }
  function sketch() {
    if (drawn) { map.removeLayer(drawn); drawn = null; }
    if (!chosen.line.length) { return; }
    const corners = chosen.line.map(([lon, lat]) => [lat, lon]), look = { color: "#7a0177", weight: 4, interactive: false };
    drawn = corners.length === 1 ? L.circleMarker(corners[0], { ...look, radius: 6 }) : chosen.kind === "area" ? L.polygon(corners, { ...look, fillOpacity: 0.15 }) : L.polyline(corners, look);
    drawn.addTo(map);
  }
  let drawing = false;
  function begin(kind) {
    if (drawing && chosen.kind === kind) { end(false); return; }
    clear();
    drawing = true; chosen.kind = kind;
    buttons();
    find("#chosen").textContent = say.part_drawing;
    find("#map").focus({ preventScroll: true });
  }
  function end(away) {
    drawing = false;
    if (away) { chosen.line = []; sketch(); }
    buttons();
  }
  function buttons() {
    for (const kind of ["line", "area"]) { find("#draw-" + kind).setAttribute("aria-pressed", String(drawing && chosen.kind === kind)); }
    find("#draw-corner").hidden = find("#draw-end").hidden = !drawing;
  }
  function clear() { chosen.places.clear(); end(true); tell(); }
  find("#draw-line").addEventListener("click", () => begin("line"));
  find("#draw-area").addEventListener("click", () => begin("area"));
  find("#draw-corner").addEventListener("click", () => corner(map.getCenter()));
  find("#draw-end").addEventListener("click", () => { end(false); page.offer(); });
  find("#clear").addEventListener("click", clear);

  const act = (latlng) => (drawing ? corner(latlng) : pick(latlng));
  map.on("click", (event) => act(event.latlng));
  const cross = find(".cross"), area = find("#map");
  area.addEventListener("keydown", (event) => {
    if (event.target !== area) { return; }
    if (event.key === "Enter" || event.key === " ") { act(map.getCenter()); event.preventDefault(); }
    if (event.key === "Escape") { clear(); }
    if (event.key.startsWith("Arrow")) { cross.hidden = false; }
  });
  area.addEventListener("focus", () => { cross.hidden = !area.matches(":focus-visible"); });
  area.addEventListener("blur", () => { cross.hidden = true; });

  /* ---- which objects a click picks ---- */
  const tables = ["streets", "buildings", "zones"].filter((name) => page.twin.layers[name]).concat(["junctions", "transit_stops"].filter((name) => page.kinds.some((one) => one.table === name)));
  tables.forEach((table) => {
    const label = element("label"), input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "pick", value: table, checked: table === chosen.table });
    input.addEventListener("change", () => { chosen.table = table; clear(); });
    label.append(input, element("span", say["studio_" + table] || table));
    find("#picks").append(label);
  });

  /* What is chosen as `where` of a measure; null if nothing is */
  async function where(within) {
    if (chosen.line.length > (chosen.kind === "area" ? 2 : 0)) {
      return chosen.kind === "area" ? { polygon: [...chosen.line, chosen.line[0]] } : { drawn: { line: chosen.line, within } };
    }
    if (!chosen.places.size) { return null; }
    const layer = await pickable(chosen.table);
    return { ids: [...chosen.places].map((i) => layer.ids[i]) };
  }
  function pickTable(table) {
    if (!tables.includes(table) || chosen.table === table) { return; }
    chosen.table = table; chosen.places.clear();
    document.querySelectorAll("input[name=pick]").forEach((input) => { input.checked = input.value === table; });
  }
  async function choose(table, i) {
    if (!tables.includes(table)) { return; }
    pickTable(table);
    end(true);
    chosen.places.clear();
    chosen.places.add(i);
    await tell();
  }
  Object.assign(page, { picked: chosen, where, clearChoice: clear, showPlan: show, tellChoice: tell, choose });
}
