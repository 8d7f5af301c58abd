"use strict";
/* The same figures as a table, one row for each street, the worst change first. */
function twinTable(page) {
  const { say, find, element, number, fill, state } = page;
  const ROWS = 25;
  let sheet = 0, groups = [], opened = new Set();

  /* Streets have several stretches: those of one name make one row; houses and blocks stand alone */
  function grouped(layer, rows, by_end) {
    if (layer.area) { return rows.map((row) => [row]); }
    const named = new Map();
    for (const row of rows) {
      const name = page.textOf(layer.labels, row.i) || "#" + row.i;
      if (!named.has(name)) { named.set(name, []); }
      named.get(name).push(row);
    }
    named.forEach((all) => all.sort(by_end));
    return [...named.values()];
  }

  async function table(one) {
    sheet = 0;
    opened = new Set();
    const layer = page.sides.right.layer, runs = state.mode === "one" || page.chosen() === page.today() ? [page.chosen()] : [page.today(), page.chosen()];
    const values = [];
    for (const run of runs) { values.push(await page.figures(one, run.id)); }
    const change = runs.length > 1, rows = [], order = find("#order select");
    const wanted = find("#filter input").value.trim().toLowerCase();
    for (let i = 0; i < layer.shapes.count; i += 1) {
      const last = values[values.length - 1][i];
      if (!Number.isFinite(last) || (wanted && !page.textOf(layer.labels, i).toLowerCase().includes(wanted))) { continue; }
      rows.push({ i, values: values.map((column) => column[i]), by: change ? last - values[0][i] : last });
    }
    if (order) { find("#order").hidden = !change; }
    const sign = (one.good === "high" ? -1 : 1) * (change && order ? Number(order.value) : 1);
    const by_end = (a, b) => sign * ((b.by || 0) - (a.by || 0));
    groups = grouped(layer, rows, by_end).sort((a, b) => by_end(a[0], b[0]));
    const several = groups.some((all) => all.length > 1), bands = change ? page.sides.right.bands : null;
    find("#table-title").textContent = one.title + (one.unit ? " [" + one.unit + "]" : "");
    if (find("#table-note")) { find("#table-note").textContent = several ? change ? say.page_streets_most : say.page_streets_one : one.note || ""; }
    const head = element("tr");
    [say[one.table] || say.page_place, ...runs.map(page.nameRun), ...(change ? [say.change] : []), ...(bands ? [say.page_eight] : []), ...(several ? [say.page_stretches] : [])].forEach((text) => {
      const cell = element("th", text);
      cell.scope = "col";
      head.append(cell);
    });
    find("#table thead").replaceChildren(head);
    turn(one, { change, several, bands });
  }

  function turn(one, shown) {
    const layer = page.sides.right.layer, body = find("#table tbody"), part = groups.slice(sheet * ROWS, sheet * ROWS + ROWS);
    const signed = (value) => (shown.change && value > 0 ? "+" : "") + number(value, one.decimals), ends = shown.change && shown.bands;
    const line = (row, name) => {
      const made = element("tr"), first = element("td"), button = element("button", name);
      button.type = "button";
      button.addEventListener("click", () => { find("#map").scrollIntoView({ block: "center" }); page.open(one, row.i); });
      first.append(button);
      made.append(first, ...row.values.map((value) => element("td", number(value, one.decimals))));
      if (shown.change) { made.append(element("td", signed(row.by))); }
      if (ends) { made.append(element("td", Number.isFinite(ends[0][row.i]) ? signed(ends[0][row.i]) + " " + say.to + " " + signed(ends[1][row.i]) : say.no_value)); }
      return made;
    };
    const more = (all, n) => {
      const cell = element("td"), least = number(all.length, 0);
      if (all.length < 2) { cell.textContent = least; return cell; }
      const sizes = all.map((row) => row.by || 0), low = signed(Math.min(...sizes)), high = signed(Math.max(...sizes));
      const button = element("button", least + ": " + (low === high ? low : low + " " + say.to + " " + high));
      button.type = "button";
      button.setAttribute("aria-expanded", String(opened.has(n)));
      button.setAttribute("aria-label", fill(say.page_stretches_show, { n: all.length, street: page.nameOf(layer, all[0].i) }));
      button.addEventListener("click", () => {
        if (!opened.delete(n)) { opened.add(n); }
        turn(one, shown);
        body.querySelectorAll("tr:not(.stretch)")[n - sheet * ROWS].lastElementChild.firstElementChild.focus();
      });
      cell.append(button);
      return cell;
    };
    body.replaceChildren(...part.flatMap((all, k) => {
      const n = sheet * ROWS + k, made = line(all[0], page.nameOf(layer, all[0].i));
      if (!shown.several) { return [made]; }
      made.append(more(all, n));
      const below = opened.has(n) ? all.slice(0, 200).map((row, m) => { const each = line(row, page.nameOf(layer, row.i) + ", " + (m + 1)); each.className = "stretch"; each.append(element("td")); return each; }) : [];
      return [made, ...below];
    }));
    const last = Math.max(0, Math.ceil(groups.length / ROWS) - 1);
    find("#page").textContent = fill(say.page_of, { page: sheet + 1, pages: last + 1, count: number(groups.length, 0) });
    find("#less").disabled = sheet === 0;
    find("#more").disabled = sheet >= last;
    find("#less").onclick = () => { sheet -= 1; turn(one, shown); };
    find("#more").onclick = () => { sheet += 1; turn(one, shown); };
  }
  const again = () => { table(page.indicators.get(state.indicator)); };
  find("#filter").addEventListener("submit", (event) => event.preventDefault());
  find("#filter input").addEventListener("input", again);
  if (find("#order select")) { find("#order select").addEventListener("change", again); }

  Object.assign(page, { table });
}
