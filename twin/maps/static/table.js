"use strict";
/* The same figures as a table, the worst change first. */
function twinTable(page) {
  const { say, find, element, number, fill, state } = page;
  /* ---- table: the same figures as the map, worst change first ---- */
  let sheet = 0, rows = [];
  const ROWS = 25;
  async function table(one) {
    sheet = 0;
    const layer = page.sides.right.layer, runs = state.mode === "one" || page.chosen() === page.today() ? [page.chosen()] : [page.today(), page.chosen()];
    const values = [];
    for (const run of runs) { values.push(await page.figures(one, run.id)); }
    const change = runs.length > 1;
    const wanted = find("#filter input").value.trim().toLowerCase();
    rows = [];
    for (let i = 0; i < layer.shapes.count; i += 1) {
      const last = values[values.length - 1][i];
      if (!Number.isFinite(last) || (wanted && !page.textOf(layer.labels, i).toLowerCase().includes(wanted))) { continue; }
      rows.push({ i, values: values.map((column) => column[i]), by: change ? last - values[0][i] : last });
    }
    const sign = one.good === "high" ? -1 : 1;
    rows.sort((a, b) => sign * ((b.by || 0) - (a.by || 0)));
    find("#table-title").textContent = one.title + (one.unit ? " [" + one.unit + "]" : "");
    const head = element("tr");
    const bands = change ? page.sides.right.bands : null;
    [say[one.table] || say.page_place, ...runs.map(page.nameRun), ...(change ? [say.change] : []), ...(bands ? [say.page_eight] : [])].forEach((text) => {
      const cell = element("th", text);
      cell.scope = "col";
      head.append(cell);
    });
    find("#table thead").replaceChildren(head);
    turn(one, change);
  }
  function turn(one, change) {
    const layer = page.sides.right.layer, body = find("#table tbody"), part = rows.slice(sheet * ROWS, sheet * ROWS + ROWS);
    body.replaceChildren(...part.map((row) => {
      const line = element("tr"), name = element("td"), button = element("button", page.nameOf(layer, row.i));
      button.type = "button";
      button.addEventListener("click", () => { find("#map").scrollIntoView({ block: "center" }); page.open(one, row.i); });
      name.append(button);
      line.append(name, ...row.values.map((value) => element("td", number(value, one.decimals))));
      const signed = (value) => (value > 0 ? "+" : "") + number(value, one.decimals), ends = change && page.sides.right.bands;
      if (change) { line.append(element("td", signed(row.by))); }
      if (ends) { line.append(element("td", Number.isFinite(ends[0][row.i]) ? signed(ends[0][row.i]) + " " + say.to + " " + signed(ends[1][row.i]) : say.no_value)); }
      return line;
    }));
    const last = Math.max(0, Math.ceil(rows.length / ROWS) - 1);
    find("#page").textContent = fill(say.page_of, { page: sheet + 1, pages: last + 1, count: number(rows.length, 0) });
    find("#less").disabled = sheet === 0;
    find("#more").disabled = sheet >= last;
    find("#less").onclick = () => { sheet -= 1; turn(one, change); };
    find("#more").onclick = () => { sheet += 1; turn(one, change); };
  }
  find("#filter").addEventListener("submit", (event) => event.preventDefault());
  find("#filter input").addEventListener("input", () => { table(page.indicators.get(state.indicator)); });

  Object.assign(page, { table });
}
