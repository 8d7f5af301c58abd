"use strict";
/* Charts below the map: those of all runs, and those of the run that is chosen. */
function twinPanels(page) {
  const { twin, say, find, element, number } = page;
  const host = find("#panels"), opened = new Set();
  const width = (parts, most) => {
    const whole = host.clientWidth || 640, columns = parts && whole >= 2 * 460 + 32 ? 2 : 1;
    return Math.max(280, Math.min(most || 720, Math.floor((whole - 32 * (columns - 1)) / columns)));
  };

  function table(panel) {
    const made = element("table"), head = element("tr"), body = element("tbody"), top = element("thead");
    made.append(element("caption", panel.title + (panel.unit ? " [" + panel.unit + "]" : "")), top, body);
    panel.head.forEach((text) => { const cell = element("th", text); cell.scope = "col"; head.append(cell); });
    top.append(head);
    panel.rows.forEach((row) => {
      const line = element("tr");
      row.forEach((cell, n) => {
        const first = n === 0, node = element(first ? "th" : "td", cell === null ? panel.missing : typeof cell === "number" && !first ? number(cell, Math.abs(cell) < 10 ? 2 : 0) : String(cell));
        if (first) { node.scope = "row"; }
        line.append(node);
      });
      body.append(line);
    });
    return made;
  }

  function section(panel, run) {
    const broad = panel.chart === "flows", box = element("section", undefined, broad ? "figure broad" : "figure"), title = element("h2", panel.title + (run ? ": " + page.nameRun(run) : ""));
    title.id = "panel-" + panel.key;
    box.setAttribute("aria-labelledby", title.id);
    box.append(title);
    if (panel.note) { box.append(element("p", panel.note)); }
    const drawn = element("div", undefined, "chart");
    drawn.append(twinCharts[panel.chart](panel, twin.marks, number, broad ? width(false, 960) : width(true)));
    const more = element("details"), wide = element("div", undefined, "wide");
    more.open = opened.has(panel.key);
    more.addEventListener("toggle", () => { if (more.open) { opened.add(panel.key); } else { opened.delete(panel.key); } });
    wide.tabIndex = 0;
    wide.setAttribute("role", "region");
    wide.setAttribute("aria-labelledby", title.id);
    wide.append(table(panel));
    more.append(element("summary", say.panel_table), wide);
    box.append(drawn, more);
    return box;
  }

  let last = null;
  function panels(again) {
    const run = page.chosen();
    if (last === run && !again) { return; }
    last = run;
    host.replaceChildren(...(twin.panels[run.id] || []).map((one) => section(one, run)), ...(twin.panels[""] || []).map((one) => section(one, null)));
    if (twin.totals.length) { find("#chart").replaceChildren(twinCharts.stacked(twin.runs.map(page.nameRun), twin.totals, twin.marks, (value) => number(value, 0), say.totals, width())); }
  }
  let waiting = 0;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(() => panels(true), 150); });
  Object.assign(page, { panels });
}
