"use strict";
/* Simulating, the figures of runs, comparing and publishing. */
function twinRuns(page) {
  const { say, find, element, number, fill, state } = page;
  const runs = new Map(); /* id -> run, those to compare */
  const columns = new Map(); /* table.column@run -> figures */
  let job = null, wanted = 0;

  /* ---- simulate ---- */
  async function simulate() {
    if (!page.plan || !page.plan.body.interventions.length) { stop(); page.current = null; outcome(null); await page.show(); return; }
    const turn = wanted += 1, begun = page.clock || performance.now();
    page.clock = 0;
    stop();
    try {
      const mine = (await twinApi.post("/api/runs", { plan: page.plan.name, shown: onMap() })).job;
      if (turn !== wanted) { twinApi.post("/api/jobs/" + mine + "/cancel"); return; }
      job = mine;
      busy(true);
      let quick = 0;
      const end = await twinApi.follow(mine, async (kind, told) => {
        if (turn !== wanted) { return; }
        if (kind === "progress") { progress(told); }
        if (kind === "preview") { await take(told.run, turn, told.figures); quick = performance.now() - begun; document.body.dataset.quick = Math.round(quick); took(quick, 0); }
      });
      if (turn !== wanted) { return; }
      if (end.kind === "done") {
        await take(end.run, turn);
        const whole = performance.now() - begun;
        document.body.dataset.whole = Math.round(whole);
        took(quick, whole);
        outcome(end.run);
        page.note(say.studio_done);
      } else { page.note(end.kind === "cancelled" ? say.studio_cancelled : ""); if (end.faults) { page.faults(end.faults); } }
      document.body.dataset.run = end.kind;
    } catch (error) { page.faults(error.faults || [{ place: "", reason: error.message, advice: "" }]); }
    if (turn === wanted) { job = null; busy(false); }
  }
  function stop() { if (job) { twinApi.post("/api/jobs/" + job + "/cancel").catch(() => {}); job = null; busy(false); } }
  function busy(on) { find("#job").hidden = !on; find("#cancel").hidden = false; if (on) { delete document.body.dataset.run; } }
  function progress(told) {
    find("#bar").value = told.share;
    find("#stage").replaceChildren(page.said("span", [told.stage, told.lang]));
  }
  function took(quick, whole) {
    const seconds = (value) => number(value / 1000, 1);
    find("#took").textContent = [quick ? fill(say.studio_took_quick, { s: seconds(quick) }) : "", whole ? fill(say.studio_took, { s: seconds(whole) }) : ""].filter(Boolean).join(" ");
  }
  find("#cancel").addEventListener("click", stop);

  /* The figures that the map is drawn from now: a preview brings them with it */
  function onMap() {
    const width = page.twin.width;
    return [...new Set([state.indicator, width ? width.table + "." + width.column : ""])].filter((name) => page.indicators.has(name));
  }
  async function take(run, turn, brought) {
    for (const [id, old] of runs) { if (old.plan === run.plan && !old.pinned && (old.grade === "quick" || old.id !== run.id)) { runs.delete(id); } }
    runs.set(run.id, run);
    keepFour(run.id);
    if (runs.size === 1) { for (const [name, found] of Object.entries(brought || {})) { await keep(page.indicators.get(name), found); } }
    page.current = run;
    find("#preview").hidden = run.grade === "full";
    if (state.mode === "one" && !page.compared) { setMode("change"); }
    page.compared = true;
    await page.show();
    if (turn === wanted) { chooser(); }
  }
  function keepFour(but) { for (const id of [...runs.keys()]) { if (runs.size > 4 && id !== but) { runs.delete(id); } } }
  function setMode(mode) {
    state.mode = mode;
    document.querySelectorAll("input[name=mode]").forEach((input) => { input.checked = input.value === mode; });
  }

  /* ---- figures: those of the town came with the page, a run sends its own when it is shown ---- */
  async function figures(one, run) {
    const base = page.baseFigures;
    if (run === "baseline") { return base(one); }
    const key = one.table + "." + one.column + "@" + run;
    if (!columns.has(key)) { await ask(one); }
    return columns.get(key) || base(one);
  }
  async function ask(one) {
    const real = [...runs.values()].map((run) => run.id);
    if (!real.length) { return; }
    await keep(one, await twinApi.get("/api/figures/" + one.table + "/" + one.column + "?runs=" + real.join(",")));
  }
  async function keep(one, found) {
    const first = await page.baseFigures(one);
    for (const id of Object.keys(found.values)) {
      for (const [packed, key] of [[found.values[id], id], [found.before[id], "before-" + id]]) {
        const none = packed ? null : new Float64Array(first.length).fill(NaN);
        columns.set(one.table + "." + one.column + "@" + key, none || await twinPack.figures(packed, found.kept, first));
      }
    }
    one.classes = found.classes; one.change = found.change; one.legends = Object.keys(found.values).join();
    while (columns.size > 200) { columns.delete(columns.keys().next().value); }
  }
  /* Legends fit the runs that are compared, so they are asked for anew when those change */
  async function legends(one) {
    const ids = [...runs.keys()].join();
    if (ids && one.legends !== ids) { await ask(one); }
  }

  /* ---- which run is on the map ---- */
  function chooser() {
    const box = find("#which"), select = find("#which select");
    box.hidden = runs.size < 2;
    select.replaceChildren(...[...runs.values()].map((run) => {
      const option = element("option", name(run));
      option.value = run.id; option.selected = page.current && page.current.id === run.id;
      return option;
    }));
    compare();
  }
  find("#which select").addEventListener("change", (event) => { page.current = runs.get(event.target.value); find("#preview").hidden = page.current.grade === "full"; page.show(); });
  const name = (run) => run.title + " " + run.year + (run.grade === "quick" ? " (" + say.studio_quick + ")" : run.holds ? "" : " (" + say.studio_earlier + ")");

  /* ---- what came of it ---- */
  const signed = (value, decimals) => (value > 0 ? "+" : "") + number(value, decimals);
  const digits = (value) => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 1 : 3);
  function row_of(row, change) {
    const item = element("li");
    item.append(page.said("span", [row.title, row.lang]), ": " + signed(change, digits(change)) + " " + row.unit);
    if (Number.isFinite(row.low) && Number.isFinite(row.high)) {
      const last = digits(Math.max(Math.abs(row.low), Math.abs(row.high)));
      item.append(" (" + fill(say.studio_range, { low: signed(row.low, last), high: signed(row.high, last) }) + ")");
    }
    return item;
  }
  function outcome(run) {
    find("#outcome").hidden = !run;
    if (!run) { return; }
    const box = find("#outcome-text"), list = element("ul");
    run.summary.forEach((row) => {
      const change = row.before === null ? row.value : row.value - row.before;
      if (Math.abs(change) < 1e-9) { return; }
      list.append(row_of(row, change));
    });
    run.people.forEach((row) => { if (row.change) { list.append(row_of(row, row.change)); } });
    box.replaceChildren(...(list.children.length ? [list, element("p", say.studio_range_note)] : [element("p", say.studio_no_change)]));
    const folded = (title, parts) => {
      if (!parts.length) { return; }
      const details = element("details");
      details.append(element("summary", title), ...parts);
      box.append(details);
    };
    const lines = (rows) => { const inner = element("ul"); inner.append(...rows); return inner; };
    folded(say.limits, run.limits.flatMap((group) => [page.said("h3", group.topic), lines(group.said.map((one) => page.said("li", one)))]));
    folded(say.studio_consents, run.consents.length ? [lines(run.consents.map((parts) => {
      const item = element("li");
      parts.filter((part) => part[0]).forEach((part, n) => item.append(n ? (n > 1 ? "; " : ": ") : "", page.said("span", part)));
      return item;
    }))] : []);
    Object.entries(run.added).forEach(([table, layer]) => box.append(element("p", fill(say.studio_new_objects, { n: layer.count, what: say["studio_" + table] || table }))));
  }

  /* ---- compare: the same figures of up to four runs ---- */
  function compare() {
    const whole = [...runs.values()].filter((run) => run.grade === "full");
    find("#compared").replaceChildren(find("#compared legend"), ...whole.map((run) => {
      const label = element("label"), input = document.createElement("input");
      Object.assign(input, { type: "checkbox", checked: Boolean(run.pinned) });
      input.addEventListener("change", () => { run.pinned = input.checked; compare(); });
      label.append(input, element("span", name(run)));
      const row = element("div", undefined, "kept-row");
      row.append(label);
      if (run.holds && !run.kept) { row.append(press(say.studio_keep_run, name(run), () => shelve(run))); }
      return row;
    }));
    page.able("#publish-now", whole.some((run) => run.holds), say.studio_why_publish);
    const shown = whole.filter((run) => run.pinned || (page.current && run.id === page.current.id));
    const table = element("table"), head = element("tr");
    table.append(element("caption", say.studio_compare_caption));
    [say.studio_figure, say.page_nothing, ...shown.map(name)].forEach((text) => { const cell = element("th", text); cell.scope = "col"; head.append(cell); });
    const top = element("thead"), body = element("tbody");
    top.append(head);
    const titles = [...new Set(shown.flatMap((run) => run.summary.map((row) => row.title)))];
    titles.forEach((title) => {
      const line = element("tr"), first = element("th");
      const rows = shown.map((run) => run.summary.find((row) => row.title === title));
      const some = rows.find(Boolean);
      first.append(page.said("span", [title, some.lang]), some.unit ? " [" + some.unit + "]" : ""); first.scope = "row";
      line.append(first, element("td", some.before === null || some.before === undefined ? say.no_value : number(some.before, digits(some.before))));
      rows.forEach((row) => line.append(element("td", row ? number(row.value, digits(row.value)) : say.no_value)));
      body.append(line);
    });
    table.append(top, body);
    find("#side-by-side").replaceChildren(...(shown.length ? [table] : []));
  }

  /* ---- runs that the twin folder keeps ---- */
  const trouble = (place) => (error) => page.faults(error.faults || [{ place: "", reason: error.message, advice: "" }], find(place));
  function press(text, what, act) {
    const button = element("button", text, "small");
    button.type = "button";
    button.setAttribute("aria-label", text + ": " + what);
    button.addEventListener("click", () => act().catch(trouble("#compare-said")));
    return button;
  }
  async function shelve(run) {
    const made = await twinApi.post("/api/runs/" + run.id + "/keep");
    run.kept = made.kept;
    find("#compare-said").textContent = fill(say.studio_run_kept, { name: made.kept });
    compare();
    await shelf();
  }
  async function shelf() {
    const found = await twinApi.get("/api/kept");
    find("#kept-runs").replaceChildren(...found.map((one) => {
      const item = element("li"), what = one.plan + " " + one.year;
      const day = new Intl.DateTimeFormat(twinApi.held.language, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(one.saved + "T00:00:00Z"));
      item.append(element("strong", what), element("span", ", " + fill(say.studio_kept_on, { day }) + " "), press(say.studio_kept_open, what + " " + day, () => take_kept(one)));
      if (one.old) { item.append(element("p", say["studio_old_" + one.old], "about")); }
      return item;
    }));
    if (!found.length) { find("#kept-runs").append(element("li", say.studio_kept_none)); }
    document.body.dataset.shelf = found.length;
  }
  async function take_kept(one) {
    const said = find("#compare-said");
    const end = await twinApi.follow((await twinApi.post("/api/kept/" + one.id + "/open")).job, (kind, told) => { if (kind === "progress") { said.replaceChildren(page.said("span", [told.stage, told.lang])); } });
    said.textContent = "";
    if (end.kind !== "done") { throw Object.assign(new Error(say.studio_cancelled), { faults: end.faults }); }
    runs.set(end.run.id, Object.assign(end.run, { pinned: true, kept: one.id }));
    keepFour(end.run.id);
    if (!page.current) { page.current = end.run; await page.show(); }
    chooser();
  }
  document.addEventListener("tab", (event) => { if (event.detail === "compare") { shelf().catch(trouble("#compare-said")); } });

  /* ---- publish ---- */
  find("#publish").addEventListener("submit", async (event) => {
    event.preventDefault();
    const whole = [...runs.values()].filter((run) => run.grade === "full" && run.holds), pinned = whole.filter((run) => run.pinned);
    const said = find("#published");
    said.textContent = say.studio_publishing;
    try {
      const begun = await twinApi.post("/api/publish", { runs: (pinned.length ? pinned : whole).map((run) => run.id),
        title: find("#publish-title").value, summary: find("#publish-summary").value, language: page.twin.language, bands: find("#publish-bands").checked });
      const end = await twinApi.follow(begun.job, (kind, told) => { if (kind === "progress" && told.stage) { said.replaceChildren(page.said("span", [told.stage, told.lang])); } });
      if (end.kind !== "done") { throw Object.assign(new Error(say.studio_cancelled), { faults: end.faults }); }
      const link = element("a", say.studio_open_page);
      Object.assign(link, { href: twinApi.held.root + "/page", target: "_blank", rel: "noopener" });
      said.replaceChildren(link);
    } catch (error) { trouble("#published")(error); }
  });
  Object.assign(page, { simulate, stop, figures, legends, progress, busy, chooser, runs, nameOfRun: name, running: () => Boolean(job) });
}
