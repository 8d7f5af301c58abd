"use strict";
/* The studio: opens the town, holds the plan, draws what is chosen. */
(async () => {
  const held = twinApi.held, say = held.words;
  const find = (selector) => document.querySelector(selector);
  const element = (tag, text, name) => {
    const node = document.createElement(tag);
    if (text !== undefined) { node.textContent = text; }
    if (name) { node.className = name; }
    return node;
  };
  const number = (value, decimals) => Number.isFinite(value) ? new Intl.NumberFormat(held.language,
    { maximumFractionDigits: decimals, minimumFractionDigits: decimals && Math.abs(value) < 10 ? 1 : 0 }).format(value) : say.no_value;
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  /* ---- tabs ---- */
  const tabs = ["plan", "compare", "people"];
  function tab(name) {
    tabs.forEach((one) => {
      find("#room-" + one).hidden = one !== name;
      find("#tab-" + one).setAttribute("aria-selected", String(one === name));
      find("#tab-" + one).tabIndex = one === name ? 0 : -1;
    });
    document.dispatchEvent(new CustomEvent("tab", { detail: name }));
  }
  tabs.forEach((name, n) => {
    find("#tab-" + name).addEventListener("click", () => tab(name));
    find("#tab-" + name).addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) { return; }
      const to = tabs[(n + step + tabs.length) % tabs.length];
      tab(to);
      find("#tab-" + to).focus();
    });
  });

  /* ---- open the town ---- */
  /* A text and its language, as the server says it: marked where it is not that of the page */
  function said(tag, [text, language], name) {
    const node = element(tag, text, name);
    if (language !== held.language) { node.lang = language; }
    return node;
  }
  const faults = (found, box) => (box || find("#faults")).replaceChildren(...(found || []).map((one) => {
    const line = element("p");
    line.append(one.place ? Object.assign(element("code", one.place), { translate: false }) : "");
    (one.said || [[one.reason, held.language], [one.advice, held.language]]).forEach((part) => { if (part[0]) { line.append(" ", said("span", part)); } });
    return line;
  }));
  const note = (text) => { find("#note").textContent = text; };

  /* A button that cannot be pressed now stays reachable and says why, to whoever tries */
  function able(selector, ok, why) {
    const button = find(selector);
    if (ok) { button.removeAttribute("aria-disabled"); button.removeAttribute("title"); return; }
    button.setAttribute("aria-disabled", "true");
    button.title = why;
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest('[aria-disabled="true"]');
    if (!button) { return; }
    event.preventDefault(); event.stopImmediatePropagation();
    note(button.title);
  }, true);

  /* ---- the start: the town is drawn from the City alone, its figures and readiness follow ---- */
  const first = await twinApi.get("/api/state"), start = { begun: performance.now(), usual: first.usual, stage: "", share: 0 };
  const happened = {}, happens = {};
  for (const name of ["town", "figures", "ready"]) { happens[name] = new Promise((resolve) => { happened[name] = resolve; }); }
  for (const name of Object.keys(happened)) { if (first[name]) { happened[name](true); } }
  const ended = first.ready ? Promise.resolve({ kind: "done" }) : twinApi.follow(first.opening, (kind, content) => {
    if (kind === "progress") { Object.assign(start, { stage: content.stage, lang: content.lang, share: content.share }); opening(); }
    if (kind === "town") { start.usual = content.usual; opening(); }
    if (happened[kind]) { happened[kind](true); }
  });
  function opening() {
    const box = find("#opening");
    if (box.hidden) { return; }
    find("#opening-bar").value = start.share;
    const [before, after] = say.studio_opening_stage.split("{stage}"), far = { n: lasting((performance.now() - start.begun) / 1000) };
    find("#opening-stage").replaceChildren(fill(before, far), said("span", start.stage ? [start.stage, start.lang] : [say.studio_drawing, held.language]), fill(after, far));
    find("#opening-usual").textContent = start.usual ? fill(say.studio_opening_usual, { n: lasting(start.usual) }) : "";
  }
  const lasting = (seconds) => (seconds < 90 ? fill(say.studio_seconds, { n: number(Math.max(1, Math.round(seconds)), 0) }) : fill(say.studio_minutes, { n: number(Math.round(seconds / 60), 0) }));
  if (!first.ready) {
    find("#opening").hidden = false;
    opening();
    const ticking = setInterval(opening, 1000);
    ended.catch(() => {}).then(() => clearInterval(ticking));
  }
  const over = ended.then((end) => { if (end.kind === "failed") { throw Object.assign(new Error(end.faults.map((one) => one.reason).join(" ")), { faults: end.faults }); } });
  await Promise.race([happens.town, over]); /* without its town there is nothing to work on */
  const [twin, kinds] = await Promise.all([twinApi.get("/api/town"), twinApi.get("/api/catalog")]);
  find("#credit").textContent = twin.credit;
  const grid = twin.grid, layers = {}, columns = new Map();
  const indicators = new Map();
  const state = { indicator: "", mode: "one", split: 50 };
  twin.width = null;

  async function load(table) {
    layers[table] = layers[table] || (async () => {
      const packed = twin.layers[table], shapes = await twinPack.shapes(packed.shapes);
      return { table, shapes, cells: twinTiles.cells(shapes), area: packed.kind === "area", facts: packed.facts,
        labels: { codes: await twinPack.codes(packed.labels.codes), texts: packed.labels.texts }, grades: packed.grades ? await twinPack.codes(packed.grades) : null };
    })();
    const layer = await layers[table];
    page.layers[table] = layer;
    return layer;
  }
  const textOf = (column, i) => (column.codes[i] ? column.texts[column.codes[i] - 1] : "");
  const nameOf = (layer, i) => textOf(layer.labels, i) || say.unnamed + " (" + (i + 1) + ")";
  async function baseFigures(one) {
    const key = one.table + "." + one.column;
    if (!columns.has(key)) { columns.set(key, await twinPack.figures(one.values.baseline, one.kept)); }
    return columns.get(key);
  }

  const map = L.map("map", { zoomSnap: 1, maxZoom: 20, zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches, maxBounds: L.latLngBounds(twin.bounds).pad(1) });
  map.attributionControl.setPrefix("Leaflet").addAttribution(twin.credit);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  map.fitBounds(twin.bounds);
  ["ground", "left", "right"].forEach((pane, n) => { map.createPane(pane).style.zIndex = 200 + 10 * n; });

  /* ---- what the rooms of the page share; those of the public page read the same names ---- */
  const sides = { left: null, right: null };
  const idle = { id: "baseline", title: say.page_nothing, year: held.year, columns: null };
  const page = { twin, say, grid, map, state, sides, indicators, layers: {}, grades: ["observed", "estimated", "assumed"], find, element, number, fill, able, said,
    load, textOf, nameOf, baseFigures, kinds, year: held.year, faults, tab, note, plan: null, current: null, clock: 0,
    chosen: () => page.current || idle,
    today: () => (page.current ? { id: "before-" + page.current.id, title: say.page_nothing, year: page.current.year } : idle),
    nameRun: (run) => run.title + " " + run.year };
  for (const room of [twinMarks, twinForms, twinRuns, twinPeople, twinView, twinSwipe, twinTable, twinSearch]) { room(page); }

  let turns = 0;
  async function show() {
    const turn = turns += 1, one = indicators.get(state.indicator);
    const mode = page.current ? state.mode : "one";
    if (!one) { plain(); return; }
    await page.legends(one);
    const missing = page.current && !page.current.columns.includes(one.table + "." + one.column);
    const views = { right: await page.side(one, mode === "change" ? "change" : "one", page.chosen()), left: mode === "swipe" ? await page.side(one, "one", page.today()) : null };
    if (turn !== turns) { return; }
    const begun = performance.now();
    for (const name of ["left", "right"]) {
      const old = sides[name], view = views[name];
      if (old && (!view || old.layer !== view.layer)) { map.removeLayer(old.tiles); sides[name] = null; }
      if (!view) { continue; }
      if (sides[name]) { Object.assign(sides[name], view); sides[name].tiles.repaint(); continue; }
      const made = { ...view };
      made.tiles = twinTiles.layer(view.layer.shapes, grid, page.painter(() => made), { pane: name, cells: view.layer.cells });
      made.tiles.addTo(map);
      sides[name] = made;
    }
    document.body.dataset.painted = Math.round(performance.now() - begun);
    page.clip();
    page.legend(one);
    page.sayState(one);
    if (missing) { find("#status").textContent = say.studio_follows; }
    added();
    document.body.dataset.shown = turn;
    document.body.dataset.showing = page.current ? page.current.grade : "base";
    setTimeout(() => { if (turn === turns) { page.table(one); } }); /* the map first */
  }
  /* The town without any figure: what is chosen and drawn shows, the legend says what it waits for */
  function plain() {
    find("#legend").replaceChildren(element("p", page.failed ? say.studio_no_figures : say.studio_figures_follow));
    page.clip();
    document.body.dataset.shown = turns;
    document.body.dataset.showing = "town";
  }
  page.show = show;

  /* Figures of doing nothing are there: colours, choices and the table begin */
  async function know() {
    const found = await twinApi.get("/api/indicators");
    const old = state.indicator;
    indicators.clear();
    columns.clear();
    twin.width = found.width;
    found.indicators.forEach((one) => indicators.set(one.table + "." + one.column, one));
    state.indicator = indicators.has(old) ? old : found.start;
    choices();
    if (!indicators.size) { page.failed = true; }
    find("#figures").hidden = find("#choices").hidden = !indicators.size;
    await show();
    document.body.dataset.figures = indicators.size;
  }

  /* What only the plan has: new streets and houses, in a colour of their own */
  const fresh = [];
  async function added() {
    fresh.splice(0).forEach((layer) => map.removeLayer(layer));
    for (const [table, packed] of Object.entries((page.current && page.current.added) || {})) {
      const shapes = await twinPack.shapes(packed.shapes), area = table === "buildings";
      const look = () => ({ looks: [{ ...(area ? { fill: "#7fbf7b" } : {}), stroke: "#00441b", width: area ? 1.5 : 4 }], of: () => 0 });
      fresh.push(twinTiles.layer(shapes, grid, look, { pane: "marks" }).addTo(map));
    }
  }

  /* ---- choices ---- */
  const choose = find("#indicator");
  function choices() {
    const topics = new Map();
    choose.replaceChildren();
    for (const [name, one] of indicators) {
      if (!topics.has(one.topic)) { const group = document.createElement("optgroup"); group.label = one.topic; topics.set(one.topic, group); choose.append(group); }
      const option = element("option", one.title + (one.unit ? " [" + one.unit + "]" : ""));
      option.value = name;
      topics.get(one.topic).append(option);
    }
    choose.value = state.indicator;
  }
  choose.addEventListener("change", () => { state.indicator = choose.value; show(); });
  [["one", say.page_one], ["change", fill(say.page_change, { title: say.page_nothing })], ["swipe", say.page_swipe]].forEach(([value, text]) => {
    const label = element("label"), input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "mode", value, checked: value === state.mode });
    input.addEventListener("change", () => { state.mode = value; page.compared = true; show(); });
    label.append(input, element("span", text));
    find("#modes").append(label);
  });
  for (const id of ["#choices", "#filter"]) { find(id).addEventListener("submit", (event) => event.preventDefault()); }
  page.lookAt = async (reached) => {
    const { shapes } = await load(reached.table), corners = reached.places.slice(0, 500).flatMap((i) => [twinTiles.latlng(map, grid, shapes.boxes[4 * i], shapes.boxes[4 * i + 1]), twinTiles.latlng(map, grid, shapes.boxes[4 * i + 2], shapes.boxes[4 * i + 3])]);
    map.fitBounds(L.latLngBounds(corners).pad(0.5), { maxZoom: 17 });
  };

  /* A row of the table: chosen and looked at */
  page.open = async (one, i) => { await page.choose(one.table, i); await page.lookAt({ table: one.table, places: [i] }); };

  /* ---- plans ---- */
  async function plans() {
    const names = await twinApi.get("/api/plans"), select = find("#plans");
    select.replaceChildren(...names.map((name) => { const option = element("option", name); option.value = name; option.selected = page.plan && page.plan.name === name; return option; }));
    return names;
  }
  async function hold(plan) {
    page.plan = plan;
    const years = plan ? plan.body.interventions.map((one) => one.start) : [];
    page.lastYear = years.length ? Math.max(...years) : 0;
    able("#undo", plan && plan.can_undo, say.studio_why_undo);
    able("#redo", plan && plan.can_redo, say.studio_why_redo);
    const some = Boolean(plan && plan.body.interventions.length);
    for (const one of ["#run", "#keep"]) { able(one, some, say.studio_why_measures); }
    able("#remove", plan, say.studio_why_plan);
    find("#yaml").hidden = !some;
    if (plan) { find("#yaml").href = held.root + "/api/plans/" + plan.name + "/yaml"; find("#plans").value = plan.name; }
    faults([]);
    page.listMeasures();
    page.offer();
    await page.showPlan(plan);
    page.listMeasures();
    document.body.dataset.plan = plan ? plan.name + "@" + plan.state : "";
  }
  async function openPlan(name) {
    const plan = await twinApi.get("/api/plans/" + name);
    await plans();
    await hold(plan);
    page.simulate();
  }
  /* Give the plan other measures; a plan is begun where there is none */
  async function change(entries) {
    try {
      if (!page.plan) { await hold(await twinApi.post("/api/plans", { name: await free("plan") })); await plans(); }
      const body = { ...page.plan.body, interventions: entries };
      const drawing = hold(await twinApi.put("/api/plans/" + page.plan.name, { seen: page.plan.state, body }));
      if (find("#auto").checked) { page.simulate(); }
      await drawing;
      return true;
    } catch (error) {
      if (error.status === 409 && page.plan) { await hold(await twinApi.get("/api/plans/" + page.plan.name)); }
      faults(error.faults || [{ place: "", reason: error.message, advice: "" }]);
      return false;
    }
  }
  async function free(stem) {
    const taken = new Set(await twinApi.get("/api/plans"));
    let n = 1;
    while (taken.has(stem + "-" + n)) { n += 1; }
    return stem + "-" + n;
  }
  async function step(way) {
    page.clock = performance.now();
    try {
      await hold(await twinApi.post("/api/plans/" + page.plan.name + "/" + way, { seen: page.plan.state }));
      if (find("#auto").checked) { page.simulate(); }
    } catch (error) { faults(error.faults); if (error.status === 409) { await hold(await twinApi.get("/api/plans/" + page.plan.name)); } }
  }
  Object.assign(page, { change, openPlan });
  find("#undo").addEventListener("click", () => step("undo"));
  find("#redo").addEventListener("click", () => step("redo"));
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.target.matches("input, textarea, select")) { return; }
    const way = event.key === "z" && !event.shiftKey ? "undo" : event.key === "y" || (event.key.toLowerCase() === "z" && event.shiftKey) ? "redo" : "";
    if (way && !find("#" + way).hasAttribute("aria-disabled")) { event.preventDefault(); step(way); }
  });
  find("#plans").addEventListener("change", (event) => openPlan(event.target.value));
  find("#new").addEventListener("click", () => { find("#naming").hidden = false; find("#new-title").focus(); });
  find("#naming-close").addEventListener("click", () => { find("#naming").hidden = true; find("#new").focus(); });
  find("#naming").addEventListener("submit", async (event) => {
    event.preventDefault();
    const title = find("#new-title").value.trim(), file = find("#new-file").files[0];
    const stem = title.normalize("NFKD").replace(/[^\x20-\x7e]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 48) || "plan";
    const names = new Set(await twinApi.get("/api/plans"));
    try {
      const made = await twinApi.post("/api/plans", { name: names.has(stem) ? await free(stem) : stem, title, text: file ? await file.text() : "" });
      find("#naming").hidden = true; find("#naming").reset();
      await openPlan(made.name);
    } catch (error) { faults(error.faults); }
  });
  find("#run").addEventListener("click", () => { page.clock = performance.now(); page.simulate(); });
  find("#keep").addEventListener("click", async () => {
    try { await twinApi.post("/api/plans/" + page.plan.name + "/keep", { seen: page.plan.state }); note(fill(say.studio_kept, { name: page.plan.name })); } catch (error) { faults(error.faults); }
  });
  find("#remove").addEventListener("click", async () => {
    if (find("#remove").dataset.sure !== "1") { find("#remove").dataset.sure = "1"; find("#remove").textContent = say.studio_sure; return; }
    try { await twinApi.post("/api/plans/" + page.plan.name + "/remove", { seen: page.plan.state }); } catch (error) { faults(error.faults); return; }
    delete find("#remove").dataset.sure; find("#remove").textContent = say.studio_remove;
    const names = await plans();
    if (names.length) { await openPlan(names[0]); } else { await hold(null); page.simulate(); }
  });
  find("#remove").addEventListener("blur", () => { delete find("#remove").dataset.sure; find("#remove").textContent = say.studio_remove; });

  /* ---- others work here too ---- */
  const others = twinApi.listen("/api/changes");
  let known = null;
  others.addEventListener("changed", async (event) => {
    const told_ = JSON.parse(event.data).number;
    if (known === null) { known = told_; return; }
    known = told_;
    await page.people();
    await plans();
    if (!page.plan) { return; }
    const now = await twinApi.get("/api/plans/" + page.plan.name).catch(() => null);
    if (now && now.state !== page.plan.state) { await hold(now); note(say.studio_changed_by_other); if (find("#auto").checked) { page.simulate(); } }
  });

  /* ---- begin ---- */
  const same = (look) => ({ looks: [look], of: () => 0 });
  for (const part of twin.ground) {
    const shapes = part.table ? (await load(part.table)).shapes : await twinPack.shapes(part.shapes);
    const look = (zoom) => same(part.line ? { stroke: part.line, width: Math.max(0.8, (zoom - 11) * 0.6), dash: part.dash } : { fill: part.fill, stroke: part.edge, width: zoom > 14 && part.edge ? 0.6 : 0 });
    twinTiles.layer(shapes, grid, look, { pane: "ground", cells: part.table && page.layers[part.table].cells }).addTo(map);
  }
  twinNames(map, grid, twin.names);
  map.on("zoomend", () => { if (sides.right) { page.legend(indicators.get(state.indicator)); } });
  await show();
  await page.tellChoice();
  await page.people();
  const names = await plans();
  await hold(names.length ? await twinApi.get("/api/plans/" + names[0]) : null);
  document.body.dataset.ready = "1";
  happens.figures.then(know);
  happens.ready.then(() => {
    if (!find("#opening").hidden) { find("#opening").hidden = true; note(say.studio_opened); }
    document.body.dataset.opened = "1";
    if (page.plan && page.plan.body.interventions.length && find("#auto").checked && !page.current && !page.running()) { page.simulate(); }
  });
  over.catch((error) => {
    find("#opening").hidden = true;
    page.failed = true;
    faults(error.faults || [{ place: "", reason: error.message, advice: "" }]);
    note(say.studio_opening_failed);
    show();
  });
})().catch((error) => {
  document.getElementById("note").textContent = error.message;
  document.getElementById("opening").hidden = true;
  document.body.dataset.failed = "1";
  throw error;
});
