"use strict";
/* What the map shows: colours by class, widths by traffic, the legend. */
function twinView(page) {
  const { twin, say, grid, find, element, number, fill, state } = page;
  /* No figure: white with thin lines; a change that may be none: grey with strong lines that fall */
  const hatched = (ground, ink, wide, from, to) => {
    const made = document.createElement("canvas");
    made.width = made.height = 6;
    const pen = made.getContext("2d");
    pen.fillStyle = ground; pen.fillRect(0, 0, 6, 6);
    pen.strokeStyle = ink; pen.lineWidth = wide; pen.beginPath();
    for (const shift of [-6, 0, 6]) { pen.moveTo(shift, from); pen.lineTo(shift + 6, to); }
    pen.stroke();
    return pen.createPattern(made, "repeat");
  };
  const hatch = hatched("#fff", "#8a8a8a", 1, 6, 0), doubtful = hatched(twin.still, "#4a4a4a", 1.6, 0, 6);

  const classOf = (breaks, value) => {
    let n = 0;
    while (n < breaks.length && value >= breaks[n]) { n += 1; }
    return n;
  };
  /* Class of each object: number of the colour; 254 for a change that may be none; 255 for no figure.
     What nobody would notice stays so, sure or not */
  function classes(values, breaks, doubt) {
    const found = new Uint8Array(values.length), still = doubt ? classOf(breaks, 0) : -1;
    for (let i = 0; i < values.length; i += 1) {
      const c = values[i] !== values[i] ? 255 : classOf(breaks, values[i]);
      found[i] = c < 254 && c !== still && doubt && doubt[i] ? 254 : c;
    }
    return found;
  }

  /* What one side shows: colours by class, and how wide each street is */
  async function side(one, mode, run) {
    const layer = await page.load(one.table);
    const values = await page.figures(one, run.id);
    let shown = values, legend = one.classes;
    if (mode === "change") {
      const before = await page.figures(one, page.today().id);
      shown = values.map((value, i) => value - before[i]);
      legend = one.change;
    }
    const doubt = mode === "change" && one.doubt && one.doubt[run.id] ? await twinPack.codes(one.doubt[run.id]) : null;
    const found = classes(shown, legend.breaks, doubt);
    let widths = null;
    if (!layer.area && twin.width && twin.width.table === one.table) {
      const volume = await page.figures(page.indicators.get(twin.width.table + "." + twin.width.column), run.id);
      widths = classes(volume, twin.width.breaks);
    }
    const bands = mode === "change" && page.ends ? await page.ends(one, "bands", run.id) : null;
    return { layer, values: shown, found, legend, widths, bands };
  }

  function painter(of) {
    return (zoom) => {
      if (!of().layer.area) { return lines(of(), zoom); }
      return page.raised ? page.raised(areas(of(), zoom), of().layer, zoom) : areas(of(), zoom);
    };
  }
  const DASHES = [[], [5, 3], [1, 3]];
  function areas(view, zoom) {
    const near = zoom >= 15 || view.layer.table === "blocks", colours = [...view.legend.colours, hatch, doubtful];
    const line = near ? 0.8 : zoom >= 13 ? 0.35 : 0;
    const looks = colours.flatMap((fill) => DASHES.map((dash) => ({ fill, stroke: "#333", width: line, dash: near ? dash : [] })));
    const graded = near && view.layer.grades;
    const count = view.legend.colours.length;
    return { looks, of: (i) => {
      const c = view.found[i] === 255 ? count : view.found[i] === 254 ? count + 1 : view.found[i];
      return 3 * c + (graded ? view.layer.grades[i] : 0);
    } };
  }
  /* Streets: those that change stand out, the others stay as quiet as the ground, and what changes most lies on top */
  function lines(view, zoom) {
    const grow = Math.max(0.75, (zoom - 10) / 4), steps = view.widths ? twin.width.breaks.length + 1 : 1;
    const colours = [...view.legend.colours, "#b5b5b5", "#7d7d7d"], count = view.legend.colours.length;
    const still = view.legend.colours.indexOf(twin.still), far = (c) => (c >= count ? c - count - 2 : still < 0 ? c : Math.abs(c - still));
    const looks = [], order = [];
    colours.forEach((stroke, c) => {
      for (let w = 0; w < steps; w += 1) {
        const none = c === count, doubt = c > count, calm = c === still, wide = (view.widths ? 1 + w : 2.2) * grow;
        const width = none ? 0.8 * grow : calm ? Math.max(0.6, 0.3 * wide) : Math.max(1.6, wide);
        looks.push({ stroke: calm ? "#b9b4aa" : stroke, width, dash: none ? [2, 3] : doubt ? [5, 4] : [],
          casing: doubt || none || calm || zoom < 13 ? undefined : [zoom < 15 ? 0.4 : 0.6, "#4a4a4a"] });
        order.push(c * steps + w);
      }
    });
    order.sort((a, b) => far(Math.floor(a / steps)) - far(Math.floor(b / steps)) || a - b);
    return { looks, order, of: (i) => {
      const c = view.found[i] === 255 ? count : view.found[i] === 254 ? count + 1 : view.found[i];
      const w = view.widths && view.widths[i] < steps ? view.widths[i] : 0;
      return c === count && zoom < 13 ? -1 : c * steps + w;
    } };
  }

  function sayState(one) {
    find("#description").textContent = one.description;
    if (one.spoken) { find("#description").lang = one.spoken; }
    const text = state.mode === "change" && page.chosen() !== page.today() ? fill(say.page_against, { run: page.nameRun(page.chosen()), title: page.today().title })
      : state.mode === "swipe" ? page.nameRun(page.today()) + " | " + page.nameRun(page.chosen()) : page.nameRun(page.chosen());
    find("#status").textContent = text;
  }

  function legend(one) {
    const box = find("#legend"), view = page.sides.right, breaks = view.legend.breaks;
    box.replaceChildren(element("strong", one.title + (one.unit ? " [" + one.unit + "]" : "")));
    const way = view.layer.area ? "" : "way ";
    const row = (colour, text, count, name) => {
      const line = element("div", undefined, "row"), swatch = element("span", undefined, "swatch " + (name || way));
      if (colour) { swatch.style.background = colour; }
      line.append(swatch, element("span", text));
      if (count !== undefined) { line.append(element("span", number(count, 0), "count")); }
      box.append(line);
    };
    const counts = new Map();
    view.found.forEach((c) => counts.set(c, (counts.get(c) || 0) + 1));
    const change = view.legend === one.change, sign = (value) => (change && value > 0 ? "+" : "");
    const edges = breaks.map((value) => sign(value) + number(value, Math.max(one.decimals, Math.abs(value) < 10 ? 1 : 0)));
    view.legend.colours.forEach((colour, c) => {
      const text = colour === twin.still && state.mode === "change" ? say.no_change
        : !breaks.length ? say.page_all : c === 0 ? "< " + edges[0] : c === breaks.length ? "≥ " + edges[c - 1]
          : edges[c - 1] + " " + say.to + " " + edges[c];
      const calm = way && change && colour === twin.still;
      row(calm ? null : colour, text, counts.get(c) || 0, calm ? "way calm" : undefined);
    });
    if (counts.get(254)) { row(null, say.page_doubt, counts.get(254), way + "doubt"); }
    if (counts.get(255)) { row(null, say.no_value, counts.get(255), way + "none"); }
    if (view.layer.area && view.layer.grades && page.map.getZoom() >= 15) { page.grades.forEach((name) => row(null, say["outline_" + name], undefined, "line " + name)); }
    if (view.widths) { box.append(element("p", fill(say.page_width, { title: twin.width.title }))); }
    if (one.note) { box.append(element("p", one.note)); }
    box.append(element("p", fill(say.page_legend_source, { year: page.chosen().year })));
  }

  Object.assign(page, { side, painter, legend, sayState });
}
