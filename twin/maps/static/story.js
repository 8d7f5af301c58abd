"use strict";
/* What one house or street has to tell, by click, touch or key. */
function twinStory(page) {
  const { twin, say, grid, map, find, element, number, state } = page;
  /* ---- story of one object ---- */
  async function story(one, i) {
    const layer = await page.load(one.table);
    const box = element("div", undefined, "story");
    box.append(element("h3", page.nameOf(layer, i)));
    box.append(element("h4", one.title + " " + page.chosen().year));
    const list = element("dl"), unit = one.unit ? " " + one.unit : "";
    const print = (value) => number(value, one.decimals) + (Number.isFinite(value) ? unit : "");
    const idle = (await page.figures(one, page.today().id))[i];
    for (const run of page.beside()) {
      const value = (await page.figures(one, run.id))[i], change = value - idle;
      list.append(element("dt", run.title));
      list.append(element("dd", print(value) + (run !== page.today() && Number.isFinite(change) ? " (" + (change > 0 ? "+" : "") + number(change, one.decimals) + ")" : "")));
      for (const kind of ["ranges", "bands"]) {
        const ends = page.ends && await page.ends(one, kind, run.id);
        if (!ends || !Number.isFinite(ends[0][i]) || !Number.isFinite(ends[1][i])) { continue; }
        const low = number(ends[0][i], one.decimals), high = number(ends[1][i], one.decimals) + unit;
        list.append(element("dd", page.fill(say["page_" + kind], { low, high }) + (kind === "bands" && ends[0][i] <= 0 && ends[1][i] >= 0 ? " " + say.page_none : ""), "grade"));
      }
      const houses = await page.houses(one, run.id, i);
      if (houses) { list.append(element("dd", houses, "grade")); }
    }
    box.append(list, element("p", say.computed));
    const told = element("dl");
    for (const fact of layer.facts) {
      fact.open = fact.open || {
        values: fact.number ? await twinPack.figures(fact.values, 1) : { codes: await twinPack.codes(fact.values.codes), texts: fact.values.texts },
        source: fact.source ? { codes: await twinPack.codes(fact.source.codes), texts: fact.source.texts } : null,
      };
      const value = fact.number ? fact.open.values[i] : page.textOf(fact.open.values, i);
      if (fact.number ? !Number.isFinite(value) : !value) { continue; }
      told.append(element("dt", fact.title));
      const text = fact.number ? (fact.year ? String(Math.round(value)) : number(value, Number.isInteger(value) ? 0 : 1)) : value.replaceAll("_", " ");
      told.append(element("dd", text + (fact.unit ? " " + fact.unit : "")));
      const source = fact.open.source && page.textOf(fact.open.source, i), grade = source && twin.grades[source];
      if (grade) { told.append(element("dd", say[grade[0]] + ": " + grade[1], "grade")); }
    }
    if (told.children.length) { box.append(element("h3", say.inputs), told); }
    return box;
  }
  async function open(one, i, at) {
    const layer = await page.load(one.table);
    const where = at || twinTiles.latlng(map, grid, ...twinTiles.middle(layer.shapes, i));
    /* Beside the legend where it lies on the map */
    const key = find("#legend"), aside = getComputedStyle(key).position === "absolute" && map.getSize().x > 2 * key.offsetWidth + 60 ? key.offsetWidth + 20 : 8;
    /* Below what lies on the map's head; below the zoom too where the map is narrow */
    const edge = find("#map").getBoundingClientRect().top;
    const under = (name) => { const over = find(name); return over ? over.getBoundingClientRect().bottom - edge + 8 : 0; };
    const top = Math.max(44, under("#status"), aside === 8 ? under(".leaflet-control-zoom") : 0);
    L.popup({ maxWidth: Math.min(340, map.getSize().x - aside - 60), maxHeight: Math.max(160, map.getSize().y - top - 60), autoPanPaddingTopLeft: [aside, top], autoPanPaddingBottomRight: [8, 8] })
      .setLatLng(where).setContent(await story(one, i)).openOn(map);
  }
  function hit(latlng) {
    const [x, y] = twinTiles.place(map, grid, latlng), reach = 14 / (256 * 2 ** map.getZoom() * grid.step);
    const one = page.indicators.get(state.indicator), layer = page.sides.right.layer;
    const i = twinTiles.hit(layer.shapes, layer.cells, layer.area, x, y, reach);
    if (i >= 0) { open(one, i, latlng); } else { find("#status").textContent = say.page_nothing_here; }
  }
  map.on("click", (event) => { if (!page.take || !page.take(event.latlng)) { hit(event.latlng); } });
  const cross = find(".cross"), area = find("#map");
  area.addEventListener("keydown", (event) => {
    if (event.target !== area) { return; }
    if (event.key === "Enter") { hit(map.getCenter()); event.preventDefault(); }
    if (event.key.startsWith("Arrow")) { cross.hidden = false; }
  });
  area.addEventListener("focus", () => { cross.hidden = !area.matches(":focus-visible"); });
  area.addEventListener("blur", () => { cross.hidden = true; });

  /* What changes in a street that somebody looked for: its stretch that changes most; else what lies at the place */
  async function tell(name, at) {
    const one = page.indicators.get(state.indicator), { layer } = page.sides.right;
    if (layer.area) { hit(at); return; }
    const now = await page.figures(one, page.chosen().id), before = await page.figures(one, page.today().id), change = page.chosen() !== page.today();
    let best = -1, most = -1;
    const corners = [];
    for (let i = 0; i < layer.shapes.count; i += 1) {
      const label = page.textOf(layer.labels, i), [street, district] = label.split(" (");
      const door = name.startsWith(street + " ") && (!district || name.endsWith(" (" + district));
      if (!label || (name !== label && !door) || !Number.isFinite(now[i])) { continue; }
      const size = Math.abs(change ? now[i] - (before[i] || 0) : now[i]), box = 4 * i, { boxes } = layer.shapes;
      corners.push(twinTiles.latlng(map, grid, boxes[box], boxes[box + 1]), twinTiles.latlng(map, grid, boxes[box + 2], boxes[box + 3]));
      if (size > most) { most = size; best = i; }
    }
    if (best < 0) { hit(at); return; }
    map.fitBounds(L.latLngBounds(corners), { animate: false, maxZoom: 16.5, padding: [40, 40] });
    open(one, best);
  }

  Object.assign(page, { open, tell });
}
