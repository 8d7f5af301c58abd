"use strict";
/* Measures: what can be done with what is chosen, and the form of each kind. */
function twinForms(page) {
  const { say, find, element, fill } = page;
  const kinds = new Map(page.kinds.map((one) => [one.kind, one]));
  const form = find("#measure");
  let open = null; /* {kind, entry: what is changed, or null} */

  /* ---- what can be done here ---- */
  function offer() {
    const chosen = page.picked, some = chosen.places.size > 0 || chosen.line.length > (chosen.kind === "area" ? 2 : 0);
    const drawn = chosen.line.length > 0;
    const fits = page.kinds.filter((one) => drawn || one.table === chosen.table);
    const quick = find("#quick"), other = find("#other");
    quick.replaceChildren();
    if (some && !open) {
      fits.filter((one) => one.quick && (!drawn || one.table === chosen.table)).forEach((one) => {
        const button = element("button", one.title);
        button.type = "button";
        button.addEventListener("click", () => start(one.kind));
        quick.append(button);
      });
    }
    const first = element("option", some ? say.studio_choose : say.studio_without);
    first.value = "";
    const groups = new Map();
    (some ? fits : page.kinds).forEach((one) => {
      if (!groups.has(one.table)) { const group = document.createElement("optgroup"); group.label = say["studio_" + one.table] || one.table; groups.set(one.table, group); }
      const option = element("option", one.title);
      option.value = one.kind;
      groups.get(one.table).append(option);
    });
    other.replaceChildren(first, ...groups.values());
    find("#others").hidden = Boolean(open);
    if (open) { describeWhere(); }
  }
  find("#other").addEventListener("change", (event) => { if (event.target.value) { start(event.target.value); } });

  /* Kinds that need nothing more are added at once */
  async function start(kind) {
    const one = kinds.get(kind);
    page.clock = performance.now();
    if (!one.fields.some((field) => field.required) && await page.where(15) && page.picked.line.length === 0) {
      await add(kind, {}, await page.where(15), defaultYear(), undefined);
      return;
    }
    edit(kind, null);
  }
  const defaultYear = () => page.lastYear || Math.max(page.year + 1, new Date().getFullYear() + 1);

  /* ---- the form of one measure ---- */
  function edit(kind, entry) {
    const one = kinds.get(kind);
    open = { kind, entry };
    form.hidden = false;
    find("#measure-title").textContent = one.title;
    find("#measure-about").replaceChildren(page.said("span", one.about));
    find("#measure-save").textContent = entry ? say.studio_change : say.studio_add;
    find("#start").value = entry ? entry.start : defaultYear();
    find("#pace").value = entry && entry.pace && entry.pace !== "at once" ? Number((100 * entry.pace).toPrecision(6)) : "";
    find("#expression").value = entry && entry.where && entry.where.expression ? entry.where.expression : "";
    find("#within").value = entry && entry.where && entry.where.drawn ? entry.where.drawn.within : 15;
    find("#fields").replaceChildren(...one.fields.map((field) => input(field, entry ? entry[field.name] : undefined)));
    offer();
    find("#measure-title").scrollIntoView({ block: "nearest" });
    (find("#fields").querySelector("input, select") || find("#start")).focus();
  }
  function describeWhere() {
    const chosen = page.picked, some = chosen.places.size || chosen.line.length;
    const whole = !some && !open.entry;
    find("#expression-box").hidden = Boolean(some) && !find("#expression").value;
    find("#within-box").hidden = !(chosen.line.length && chosen.kind === "line") && !(open.entry && !some && open.entry.where.drawn);
    find("#measure-where").textContent = some ? find("#chosen").textContent : open.entry ? say.studio_where_kept : whole ? say.studio_where_none : "";
  }
  function input(field, value) {
    const label = element("label", field.title + (field.unit ? " [" + field.unit + "]" : "") + (field.required ? " *" : "") + " ");
    const given = value === undefined || value === null ? field.default : value;
    let node;
    if (field.type === "boolean") {
      node = document.createElement("input"); node.type = "checkbox"; node.checked = Boolean(given);
      label.className = "inline"; label.prepend(node);
    } else if (field.enum && field.type === "array") {
      node = document.createElement("select"); node.multiple = true; node.size = field.enum.length;
    } else if (field.enum) {
      node = document.createElement("select");
      if (!field.required && field.default === null) { node.append(element("option", "")); }
    } else {
      node = document.createElement("input");
      if (field.type === "number" || field.type === "integer") {
        Object.assign(node, { type: "number", step: field.type === "integer" ? 1 : "any" });
        if (field.low !== null) { node.min = field.low; }
        if (field.high !== null) { node.max = field.high; }
      } else { node.type = "text"; node.maxLength = 2000; }
      if (given !== null && given !== undefined) { node.value = Array.isArray(given) ? given.join(", ") : given; }
    }
    if (field.enum) {
      field.enum.forEach(([option, text]) => {
        const choice = element("option", text);
        choice.value = option;
        choice.selected = Array.isArray(given) ? given.includes(option) : given === option;
        node.append(choice);
      });
    }
    node.required = field.required && field.type !== "boolean";
    node.dataset.field = field.name;
    if (field.type !== "boolean") { label.append(node); }
    const about = page.said("span", field.about, "about");
    about.id = "about-" + field.name;
    node.setAttribute("aria-describedby", about.id);
    const box = element("div");
    box.append(label, about);
    return box;
  }
  function values(one) {
    const found = {};
    for (const field of one.fields) {
      const node = form.querySelector(`[data-field="${CSS.escape(field.name)}"]`);
      let value;
      if (field.type === "boolean") { value = node.checked; }
      else if (node.multiple) { value = [...node.selectedOptions].map((option) => option.value); }
      else if (node.value.trim() === "") { continue; }
      else if (field.type === "number" || field.type === "integer") { value = Number(node.value); }
      else if (field.type === "array") { value = node.value.split(",").map((part) => part.trim()).filter(Boolean).map((part) => (Number.isFinite(Number(part)) && field.name === "at" ? Number(part) : part)); }
      else { value = node.value.trim(); }
      if (JSON.stringify(value) !== JSON.stringify(field.default)) { found[field.name] = value; }
    }
    return found;
  }
  function close() { open = null; form.hidden = true; offer(); }
  find("#measure-close").addEventListener("click", close);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    page.clock = performance.now();
    const one = kinds.get(open.kind), expression = find("#expression").value.trim();
    let where = await page.where(Number(find("#within").value) || 15);
    if (!where && open.entry) { where = { ...(typeof open.entry.where === "object" ? open.entry.where : {}) }; delete where.expression; if (where.drawn) { where.drawn = { ...where.drawn, within: Number(find("#within").value) }; } }
    where = { ...where };
    if (expression) { where.expression = expression; }
    const pace = find("#pace").value === "" ? undefined : Number(find("#pace").value) / 100;
    await add(open.kind, values(one), Object.keys(where).length ? where : "all", Number(find("#start").value), pace, open.entry);
  });

  /* ---- plan ---- */
  async function add(kind, fields, where, start_, pace, old) {
    const entries = page.plan ? [...page.plan.body.interventions] : [];
    const entry = { kind, id: old ? old.id : free(kind, entries), where, start: start_, ...fields };
    if (pace) { entry.pace = pace; }
    for (const name of ["order", "note"]) { if (old && old[name]) { entry[name] = old[name]; } }
    if (old) { entries[entries.findIndex((one) => one.id === old.id)] = entry; } else { entries.push(entry); }
    if (await page.change(entries)) { close(); page.clearChoice(); }
  }
  function free(kind, entries) {
    const stem = kind.replaceAll("_", "-"), taken = new Set(entries.map((one) => one.id));
    let n = 1;
    while (taken.has(stem + "-" + n)) { n += 1; }
    return stem + "-" + n;
  }
  function list() {
    const { plan } = page, entries = plan ? plan.body.interventions : [];
    find("#measures").replaceChildren(...entries.map((entry, n) => {
      const item = element("li"), one = kinds.get(entry.kind), reached = plan.reach[entry.id];
      item.append(element("strong", one ? one.title : entry.kind));
      const layer = reached && page.layers[reached.table], name = reached && reached.places.length === 1 && layer && layer.labels ? page.nameOf(layer, reached.places[0]) : "";
      const what = reached ? name || reached.count + " " + (say["studio_" + reached.table] || reached.table) : "";
      item.append(element("span", " " + [what, fill(say.studio_from_year, { year: entry.start })].filter(Boolean).join(", ")));
      const row = element("div", undefined, "buttons small");
      const press = (text, act) => { const button = element("button", text); button.type = "button"; button.setAttribute("aria-label", text + ": " + (one ? one.title : entry.kind) + " " + what); button.addEventListener("click", act); row.append(button); };
      if (one) { press(say.studio_edit, () => edit(entry.kind, entry)); }
      if (reached && reached.places.length) { press(say.studio_find, () => page.lookAt(reached)); }
      press(say.part_remove, () => { page.clock = performance.now(); page.change(entries.filter((_, m) => m !== n)); });
      item.append(row);
      return item;
    }));
    if (!entries.length) { find("#measures").append(element("li", say.studio_no_measures, "empty")); }
  }
  Object.assign(page, { offer, listMeasures: list, closeForm: close });
}
