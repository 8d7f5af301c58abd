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
    const near = zoom >= 15, colours = [...view.legend.colours, hatch, doubtful];
    const line = near ? 0.9 : zoom >= 13 ? 0.35 : 0;
    const looks = colours.flatMap((fill) => DASHES.map((dash) => ({ fill, stroke: "#333", width: line, dash: near ? dash : [] })));
    const graded = near && view.layer.grades;
    const count = view.legend.colours.length;
    return { looks, of: (i) => {
      const c = view.found[i] === 255 ? count : view.found[i] === 254 ? count + 1 : view.found[i];
      return 3 * c + (graded ? view.layer.grades[i] : 0);
    } };
  }
  function lines(view, zoom) {
    const grow = Math.max(0.5, (zoom - 10) / 4), steps = view.widths ? twin.width.breaks.length + 1 : 1;
    const colours = [...view.legend.colours, "#b5b5b5", "#7d7d7d"], count = view.legend.colours.length;
    const looks = [];
    colours.forEach((stroke, c) => {
      for (let w = 0; w < steps; w += 1) {
        const none = c === count, doubt = c > count, width = none ? 0.8 * grow : (view.widths ? 1 + w : 2.2) * grow;
        looks.push({ stroke, width, dash: none ? [2, 3] : doubt ? [5, 4] : [], casing: doubt ? undefined : none || zoom < 13 ? undefined : [0.6, "#4a4a4a"] });
      }
    });
    return { looks, of: (i) => {
      const c = view.found[i] === 255 ? count : view.found[i] === 254 ? count + 1 : view.found[i];
      const w = view.widths && view.widths[i] < steps ? view.widths[i] : 0;
      return c * steps + w;
    } };
  }


  function sayState(one) {
    find("#description").textContent = one.description;
    if (one.spoken) { find("#description").lang = one.spoken; }
    const text = state.mode === "change" ? say.change + ": " + page.nameRun(page.chosen()) + " - " + page.nameRun(page.today())
      : state.mode === "swipe" ? page.nameRun(page.today()) + " | " + page.nameRun(page.chosen()) : page.nameRun(page.chosen());
    find("#status").textContent = text;
  }

  function legend(one) {
    const box = find("#legend"), view = page.sides.right, breaks = view.legend.breaks;
    box.replaceChildren(element("strong", one.title + (one.unit ? " [" + one.unit + "]" : "")));
    const row = (colour, text, count, name) => {
      const line = element("div", undefined, "row"), swatch = element("span", undefined, "swatch " + (name || ""));
      if (colour) { swatch.style.background = colour; }
      line.append(swatch, element("span", text));
      if (count !== undefined) { line.append(element("span", number(count, 0), "count")); }
      box.append(line);
    };
    const counts = new Map();
    view.found.forEach((c) => counts.set(c, (counts.get(c) || 0) + 1));
    const edges = breaks.map((value) => number(value, Math.max(one.decimals, Math.abs(value) < 10 ? 1 : 0)));
    view.legend.colours.forEach((colour, c) => {
      const text = colour === twin.still && state.mode === "change" ? say.no_change
        : !breaks.length ? say.page_all : c === 0 ? "< " + edges[0] : c === breaks.length ? "≥ " + edges[c - 1]
          : edges[c - 1] + " " + say.to + " " + edges[c];
      row(colour, text, counts.get(c) || 0);
    });
    if (counts.get(254)) { row(null, say.page_doubt, counts.get(254), "doubt"); }
    if (counts.get(255)) { row(null, say.no_value, counts.get(255), "none"); }
    if (view.layer.area && view.layer.grades && page.map.getZoom() >= 15) { page.grades.forEach((name) => row(null, say["outline_" + name], undefined, "line " + name)); }
    if (view.widths) { box.append(element("p", fill(say.page_width, { title: twin.width.title }))); }
    if (one.note) { box.append(element("p", one.note)); }
  }

  Object.assign(page, { side, painter, legend, sayState });
}
