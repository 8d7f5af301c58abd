"use strict";
/* The consultation page: what there is, what is chosen, the map. Values reach the page as text only. */
(async () => {
  const twin = JSON.parse(document.getElementById("twin").textContent);
  const say = twin.words, grid = twin.grid;
  const find = (selector) => document.querySelector(selector);
  const element = (tag, text, name) => {
    const node = document.createElement(tag);
    if (text !== undefined) { node.textContent = text; }
    if (name) { node.className = name; }
    return node;
  };
  const number = (value, decimals) => Number.isFinite(value) ? new Intl.NumberFormat(twin.language,
    { maximumFractionDigits: decimals, minimumFractionDigits: decimals && Math.abs(value) < 10 ? 1 : 0 }).format(value).replace("-", "\u2212") : say.no_value;
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  if (typeof DecompressionStream === "undefined") { find("#status").textContent = say.page_old_browser; return; }

  /* ---- what there is ---- */
  const indicators = new Map(twin.indicators.map((one) => [one.table + "." + one.column, one]));
  const scenarios = [...new Set(twin.runs.map((run) => run.scenario))];
  const years = [...new Set(twin.runs.map((run) => run.year))].sort((a, b) => a - b);
  const layers = {}, columns = new Map(), TILT = 0.7; /* px that a metre of height is drawn, by px of a metre on the ground */
  const grades = ["observed", "estimated", "assumed"];

  async function load(table) {
    if (layers[table]) { return layers[table]; }
    const packed = twin.layers[table];
    const shapes = await twinPack.shapes(packed.shapes);
    const texts = async (column) => ({ codes: await twinPack.codes(column.codes), texts: column.texts });
    layers[table] = {
      table, shapes, cells: twinTiles.cells(shapes), area: packed.kind === "area",
      labels: await texts(packed.labels), grades: packed.grades ? await twinPack.codes(packed.grades) : null,
      facts: packed.facts, opened: null,
      heights: packed.heights ? Float64Array.from(await twinPack.codes(packed.heights), (metres) => TILT * metres / twin.metres) : null,
    };
    return layers[table];
  }
  const textOf = (column, i) => (column.codes[i] ? column.texts[column.codes[i] - 1] : "");
  const nameOf = (layer, i) => textOf(layer.labels, i) || say.unnamed + " (" + (i + 1) + ")";

  /* Figures of one indicator in one run; those of the first run are the base of all others */
  async function figures(one, run) {
    const key = one.table + "." + one.column + "@" + run;
    if (columns.has(key)) { return columns.get(key); }
    const first = twin.runs.find((r) => one.values[r.id]).id;
    const base = run === first ? undefined : await figures(one, first);
    const packed = one.values[run];
    const found = packed ? await twinPack.figures(packed, one.kept, base) : new Float64Array(twin.layers[one.table].count).fill(NaN);
    columns.set(key, found);
    return found;
  }

  /* Low and high ends of the changes ("bands") or the figures ("ranges") of a run, null where unknown */
  async function ends(one, kind, run) {
    if (!one[kind] || !one[kind][run]) { return null; }
    const key = one.table + "." + one.column + "@" + run + "/" + kind;
    if (!columns.has(key)) { columns.set(key, await Promise.all(one[kind][run].map((packed) => twinPack.figures(packed, one.kept)))); }
    return columns.get(key);
  }

  /* How many houses a block's mean stands for, and between which figures half of them lie */
  async function houses(one, run, i) {
    if (!one.houses) { return ""; }
    const n = (columns.get(one.column + "/houses") || columns.set(one.column + "/houses", await twinPack.codes(one.houses)).get(one.column + "/houses"))[i];
    const half = await ends(one, "halves", run), unit = one.unit ? " " + one.unit : "";
    if (!Number.isFinite((await figures(one, run))[i])) { return ""; }
    if (!half || !Number.isFinite(half[0][i])) { return fill(say.page_houses, { n }); }
    return fill(say.page_half, { n, low: number(half[0][i], one.decimals), high: number(half[1][i], one.decimals) + unit });
  }

  /* ---- what is chosen; the part after # in the address says it, so that a link leads back ---- */
  const state = { indicator: twin.start, scenario: scenarios.find((name) => name !== twin.reference) || scenarios[0], year: years[years.length - 1],
    mode: twin.runs.length > 1 ? "change" : "one", split: 50, deep: false };
  function readLink() {
    const said = new URLSearchParams(location.hash.slice(1));
    if (indicators.has(said.get("i"))) { state.indicator = said.get("i"); }
    if (scenarios.includes(said.get("s"))) { state.scenario = said.get("s"); }
    if (years.includes(Number(said.get("y")))) { state.year = Number(said.get("y")); }
    if (["one", "change", "swipe"].includes(said.get("m")) && twin.runs.length > 1) { state.mode = said.get("m"); }
    document.body.classList.toggle("embedded", said.get("e") === "1");
    state.deep = said.get("d") === "1";
    const place = (said.get("p") || "").split("/").map(Number);
    return place.length === 3 && place.every(Number.isFinite) ? place : null;
  }
  function link() {
    const middle = map.getCenter();
    const said = new URLSearchParams({ i: state.indicator, s: state.scenario, y: state.year, m: state.mode,
      p: [map.getZoom(), middle.lat.toFixed(5), middle.lng.toFixed(5)].join("/") });
    if (state.deep) { said.set("d", "1"); }
    if (document.body.classList.contains("embedded")) { said.set("e", "1"); }
    return "#" + said;
  }
  /* The run of a scenario nearest to the year asked for */
  function runOf(scenario) {
    const own = twin.runs.filter((run) => run.scenario === scenario);
    return own.reduce((best, run) => (Math.abs(run.year - state.year) < Math.abs(best.year - state.year) ? run : best));
  }
  const chosen = () => runOf(state.scenario);
  const today = () => runOf(twin.reference);
  const beside = () => scenarios.map(runOf);
  const nameRun = (run) => run.title + " " + run.year;

  /* ---- map ---- */
  document.documentElement.style.setProperty("--head", find("header").offsetHeight + "px");
  const place = readLink();
  const map = L.map("map", { zoomSnap: 0.25, maxZoom: 20, fadeAnimation: false, attributionControl: true,
    zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches, maxBounds: L.latLngBounds(twin.bounds).pad(3) });
  map.attributionControl.setPrefix("Leaflet").addAttribution(twin.credit);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  if (place) { map.setView([place[1], place[2]], place[0]); } else { map.fitBounds(twin.bounds, { paddingTopLeft: [map.getSize().x > 760 ? 316 : 6, 6], paddingBottomRight: [6, 6] }); }
  ["ground", "left", "right"].forEach((pane, n) => { map.createPane(pane).style.zIndex = 200 + 10 * n; });

  const same = (look) => ({ looks: [look], of: () => 0 });
  /* Houses with their heights, where people ask for them and see them near */
  const raised = (look, layer, zoom) => {
    if (!state.deep || zoom < 15 || !layer || !layer.heights) { return look; }
    layer.tallest = layer.tallest || layer.heights.reduce((most, one) => Math.max(most, one), 0);
    return { ...look, heights: layer.heights, tallest: layer.tallest };
  };
  const grounds = [];
  async function ground() {
    for (const part of twin.ground) {
      const shapes = part.table ? (await load(part.table)).shapes : await twinPack.shapes(part.shapes);
      const look = (zoom) => raised(same(part.line ? { stroke: part.line, width: Math.max(part.dash ? 1 : 0.45, (zoom - 11.5) * 0.6), dash: part.dash } : { fill: part.fill, stroke: part.edge, width: zoom > 14 && part.edge ? 0.6 : 0 }), layers[part.table], zoom);
      grounds.push(twinTiles.layer(shapes, grid, look, { pane: "ground", cells: part.table && layers[part.table].cells }).addTo(map));
    }
  }

  /* ---- the rooms of the page share this ---- */
  const sides = { left: null, right: null };
  const page = { twin, say, grid, map, state, sides, indicators, layers, grades, find, element, number, fill,
    raised, load, figures, ends, houses, textOf, nameOf, nameRun, chosen, today, beside, link };
  twinView(page);
  twinStory(page);
  twinSwipe(page);
  twinTable(page);
  twinSearch(page);
  twinTake(page);
  twinPanels(page);
  twinPart(page);

  /* Draw what is chosen; a choice made meanwhile wins */
  let turns = 0;
  async function show() {
    const turn = turns += 1, one = indicators.get(state.indicator), kind = state.mode === "change" ? "change" : "one";
    const views = { right: await page.side(one, kind, chosen()), left: state.mode === "swipe" ? await page.side(one, "one", today()) : null };
    if (turn !== turns) { return; }
    map.closePopup();
    for (const name of ["left", "right"]) {
      const old = sides[name], view = views[name];
      if (old && (!view || old.layer !== view.layer)) { map.removeLayer(old.tiles); sides[name] = null; }
      if (!view) { continue; }
      if (sides[name]) {
        Object.assign(sides[name], view);
        sides[name].tiles.repaint();
      } else {
        const made = { ...view };
        made.tiles = twinTiles.layer(view.layer.shapes, grid, page.painter(() => made), { pane: name, cells: view.layer.cells });
        made.tiles.addTo(map);
        sides[name] = made;
      }
    }
    page.clip();
    page.legend(one);
    page.sayState(one);
    page.panels();
    document.body.dataset.shown = turn;
    await page.table(one);
    document.body.dataset.told = turn;
    history.replaceState(null, "", link());
  }

  /* ---- choices ---- */
  const choose = find("#indicator"), topics = new Map();
  for (const [name, one] of indicators) {
    if (one.hidden) { continue; }
    if (!topics.has(one.topic)) { const group = document.createElement("optgroup"); group.label = one.topic; topics.set(one.topic, group); choose.append(group); }
    const option = element("option", one.title + (one.unit ? " [" + one.unit + "]" : ""));
    option.value = name;
    topics.get(one.topic).append(option);
  }
  const radio = (box, name, value, text, chosen_one) => {
    const label = element("label"), input = document.createElement("input");
    Object.assign(input, { type: "radio", name, value, checked: chosen_one });
    label.append(input, element("span", text));
    find(box).append(label);
    input.addEventListener("change", () => { state[name] = value; show(); });
  };
  document.querySelectorAll("input[name=scenario]").forEach((input) => {
    input.checked = input.value === state.scenario;
    input.hidden = scenarios.length < 2;
    input.addEventListener("change", () => { state.scenario = input.value; show(); });
  });
  if (twin.runs.length > 1) {
    radio("#modes", "mode", "one", say.page_one, state.mode === "one");
    radio("#modes", "mode", "change", fill(say.page_change, { title: today().title }), state.mode === "change");
    radio("#modes", "mode", "swipe", say.page_swipe, state.mode === "swipe");
  } else { find("#modes").hidden = true; }
  choose.value = state.indicator;
  choose.addEventListener("change", () => { state.indicator = choose.value; show(); });
  const slider = find("#years input");
  if (years.length > 1) {
    Object.assign(slider, { min: 0, max: years.length - 1 });
    slider.value = years.indexOf(state.year);
    const tell = () => { find("#years output").textContent = state.year; slider.setAttribute("aria-valuetext", state.year); };
    slider.addEventListener("input", () => { state.year = years[slider.value]; tell(); show(); });
    tell();
  } else { find("#years").hidden = true; }

  /* ---- heights, for those who want them ---- */
  const deep = find("#deep input");
  find("#deep").hidden = !Object.values(twin.layers).some((layer) => layer.heights);
  deep.checked = state.deep;
  deep.addEventListener("change", () => {
    state.deep = deep.checked;
    if (state.deep && map.getZoom() < 16) { map.setZoom(16); }
    for (const layer of [...grounds, ...Object.values(sides).filter(Boolean).map((side) => side.tiles)]) { layer.repaint(); }
    history.replaceState(null, "", link());
  });

  const over = find("#over");
  if (over && twin.consultation && new Date() > new Date(twin.consultation.closes + "T23:59:59")) { over.hidden = false; }

  window.addEventListener("hashchange", () => {
    const to = readLink();
    if (to) { map.setView([to[1], to[2]], to[0]); }
    choose.value = state.indicator;
    deep.checked = state.deep;
    for (const name of ["scenario", "mode"]) { document.querySelectorAll(`input[name=${name}]`).forEach((input) => { input.checked = input.value === state[name]; }); }
    show();
  });
  map.on("moveend", () => { history.replaceState(null, "", link()); });
  map.on("zoomend", () => { if (sides.right) { page.legend(indicators.get(state.indicator)); } });

  /* What people came for first, then the ground below it */
  await show();
  await new Promise((drawn) => { requestAnimationFrame(() => setTimeout(drawn)); });
  document.body.dataset.first = performance.now();
  await ground();
  twinNames(map, grid, twin.names);
  document.body.dataset.ready = "1";
})().catch((error) => {
  document.getElementById("status").textContent = error.message;
  throw error;
});
