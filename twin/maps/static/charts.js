"use strict";
/* One light way to draw charts on the page: SVG of plain figures (twin/maps/panels.py says what they
   hold); the table beside each says the same. Nothing rests on colour alone. */
const twinCharts = {
  INK: "#333", count: 0,

  node(tag, attributes, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) { made.setAttribute(name, value); }
    if (text !== undefined) { made.textContent = text; }
    return made;
  },
  box(wide, tall, title) {
    return twinCharts.node("svg", { viewBox: `0 0 ${wide} ${tall}`, role: "img", width: wide, height: tall, "aria-label": title });
  },
  text(x, y, said, anchor, more) { return twinCharts.node("text", { x, y, "text-anchor": anchor || "start", ...more }, said); },
  rect(x, y, width, height, fill) {
    return twinCharts.node("rect", { x, y, width: Math.max(0, width), height: Math.max(0, height), fill, stroke: twinCharts.INK, "stroke-width": 0.6 });
  },
  /* Text over other things */
  over(x, y, said, anchor) { return twinCharts.text(x, y, said, anchor, { "paint-order": "stroke", stroke: "#fff", "stroke-width": 4, "stroke-linejoin": "round" }); },

  /* Strokes of a pattern in a tile of 8 by 8 */
  PATTERNS: {
    diagonal: "M-2,2 L2,-2 M0,8 L8,0 M6,10 L10,6", back: "M-2,6 L2,10 M0,0 L8,8 M6,-2 L10,2", cross: "M0,0 L8,8 M0,8 L8,0",
    vertical: "M4,0 L4,8", horizontal: "M0,4 L8,4", grid: "M4,0 L4,8 M0,4 L8,4", dots: "M3,4 L5,4",
  },
  /* Fills of series: a colour each, and a pattern where it has one, as what `fill` takes */
  fills(box, marks) {
    const held = twinCharts.node("defs", {});
    box.append(held);
    const made = marks.map((mark) => {
      const strokes = twinCharts.PATTERNS[mark.pattern];
      if (!strokes) { return mark.colour; }
      const id = "pattern-" + (twinCharts.count += 1), tile = twinCharts.node("pattern", { id, width: 8, height: 8, patternUnits: "userSpaceOnUse" });
      const dark = twinCharts.dark(mark.colour);
      tile.append(twinCharts.node("rect", { width: 8, height: 8, fill: mark.colour }), twinCharts.node("path", { d: strokes, stroke: dark ? "#fff" : twinCharts.INK, "stroke-opacity": 0.75, "stroke-width": mark.pattern === "dots" ? 2 : 1 }));
      held.append(tile);
      return `url(#${id})`;
    });
    return (n) => made[n % made.length];
  },
  dark(colour) { const part = (at) => parseInt(colour.slice(at, at + 2), 16); return 0.3 * part(1) + 0.59 * part(3) + 0.11 * part(5) < 110; },
  /* Stroke of a line of a series */
  stroke(mark, width) { return { stroke: mark.line, "stroke-width": width, "stroke-dasharray": mark.dash.map((n) => n * width).join(" ") }; },

  short(said, room) { const most = Math.max(3, Math.floor(room / 8.4)); return said.length > most ? said.slice(0, most - 1) + "…" : said; },

  /* About five round numbers from low to high */
  ticks(low, high) {
    const raw = (high - low) / 5 || 1, size = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 2.5, 5, 10].find((n) => n * size >= raw) * size;
    const found = [];
    for (let n = Math.ceil(low / step - 1e-9) + 0; n * step <= high + step * 1e-6; n += 1) { found.push(n === 0 ? 0 : n * step); }
    return found;
  },
  /* Places told along an axis of x: all of a few, three hours apart over a day, else round numbers */
  along(x) {
    if (x.length <= 8) { return x; }
    return x[0] === 0 && x[x.length - 1] === 23 ? x.filter((hour) => hour % 3 === 0) : twinCharts.ticks(x[0], x[x.length - 1]);
  },
  decimals(ticks) { const step = Math.abs(ticks[1] - ticks[0]) || 1; return Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9))); },

  /* Names with a swatch, in rows that fit; returns the height used */
  legend(box, names, look, wide, top) {
    let x = 4, y = top;
    names.forEach((name, n) => {
      const said = twinCharts.short(name, wide - 34), need = 34 + 8 * said.length;
      if (x > 4 && x + need > wide) { x = 4; y += 22; }
      box.append(look(n, x, y), twinCharts.text(x + 26, y + 11, said));
      x += need + 8;
    });
    return y + 22 - top;
  },

  /* Frame with a scale of values to the left; gives the places of values */
  frame(panel, wide, low, high, print, top, tall) {
    const box = twinCharts.box(wide, tall, panel.title), ticks = twinCharts.ticks(low, high), digits = twinCharts.decimals(ticks);
    const said = ticks.map((value) => print(value, digits)), left = 14 + 8 * Math.max(...said.map((one) => one.length), 2), bottom = tall - 40;
    const y = (value) => bottom - (value - low) / (high - low || 1) * (bottom - top);
    ticks.forEach((value, n) => {
      box.append(twinCharts.node("line", { x1: left, x2: wide - 8, y1: y(value), y2: y(value), stroke: value === 0 ? "#333" : "#ccc", "stroke-width": 1 }));
      box.append(twinCharts.text(left - 6, y(value) + 4, said[n], "end"));
    });
    box.append(twinCharts.text(4, top - 12, panel.unit));
    box.append(twinCharts.text(wide - 8, tall - 4, panel.across, "end"));
    return { box, y, left, right: wide - 26, bottom };
  },

  all(panel) { return panel.series.flatMap((one) => [...one.figures, ...one.low, ...one.high]).filter((value) => value !== null); },

  lines(panel, marks, print, wide) {
    const known = twinCharts.all(panel), names = panel.series.map((one) => one.name), look = (n) => marks.series[n % marks.series.length];
    const low = Math.min(0, ...known), high = Math.max(0, ...known);
    const { box, y, left, right, bottom } = twinCharts.frame(panel, wide, low, high, print, 34, 300);
    const from = panel.x[0], to = panel.x[panel.x.length - 1], x = (value) => left + (value - from) / (to - from || 1) * (right - left);
    twinCharts.along(panel.x).forEach((value) => box.append(twinCharts.text(x(value), bottom + 17, String(value), "middle")));
    const ends = (one) => panel.x.map((value, i) => [x(value), one.figures[i], one.low[i], one.high[i]]).filter((p) => p[1] !== null);
    panel.series.forEach((one, n) => {
      const at = ends(one);
      if (!one.low.length) { return; }
      const band = [...at.map((p) => [p[0], y(p[3] ?? p[1])]), ...at.slice().reverse().map((p) => [p[0], y(p[2] ?? p[1])])];
      box.append(twinCharts.node("polygon", { class: "band", points: band.map((p) => p.join(",")).join(" "), fill: look(n).line, "fill-opacity": 0.18 }));
    });
    panel.series.forEach((one, n) => {
      const at = ends(one);
      box.append(twinCharts.node("polyline", { points: at.map((p) => p[0] + "," + y(p[1])).join(" "), fill: "none", ...twinCharts.stroke(look(n), 2.5) }));
      if (panel.x.length <= 8) { at.forEach((p) => box.append(twinCharts.node("circle", { cx: p[0], cy: y(p[1]), r: 4, fill: look(n).line, stroke: "#fff" }))); }
    });
    const key = (n, a, b) => twinCharts.node("line", { x1: a, x2: a + 22, y1: b + 7, y2: b + 7, ...twinCharts.stroke(look(n), 2.5) });
    return twinCharts.keyed(box, names, key, wide, 300);
  },

  /* The legend below a chart */
  keyed(box, names, look, wide, tall) {
    const more = twinCharts.legend(box, names, look, wide, tall + 6) + 8;
    box.setAttribute("viewBox", `0 0 ${wide} ${tall + more}`);
    box.setAttribute("height", tall + more);
    return box;
  },
  filled(fill) { return (n, x, y) => twinCharts.rect(x, y, 18, 13, fill(n)); },

  areas(panel, marks, print, wide) {
    const sums = panel.x.map((_, i) => panel.series.reduce((sum, one) => sum + Math.max(0, one.figures[i] || 0), 0));
    const { box, y, left, right, bottom } = twinCharts.frame(panel, wide, 0, Math.max(...sums, 1e-9), print, 34, 300), fill = twinCharts.fills(box, marks.series);
    const from = panel.x[0], to = panel.x[panel.x.length - 1], x = (value) => left + (value - from) / (to - from || 1) * (right - left);
    twinCharts.along(panel.x).forEach((value) => box.append(twinCharts.text(x(value), bottom + 17, String(value), "middle")));
    let under = panel.x.map(() => 0);
    panel.series.forEach((one, n) => {
      const over = under.map((value, i) => value + Math.max(0, one.figures[i] || 0));
      const edge = [...panel.x.map((place, i) => [x(place), y(over[i])]), ...panel.x.map((place, i) => [x(place), y(under[i])]).reverse()];
      box.append(twinCharts.node("polygon", { points: edge.map((p) => p.join(",")).join(" "), fill: fill(n), stroke: twinCharts.INK, "stroke-width": 0.6 }));
      under = over;
    });
    return twinCharts.keyed(box, panel.series.map((one) => one.name), twinCharts.filled(fill), wide, 300);
  },

  /* Columns of parts stacked up from zero, and down where they are below */
  bars(panel, marks, print, wide) {
    const sum = (i, sign) => panel.series.reduce((all, one) => all + Math.max(0, sign * (one.figures[i] || 0)), 0);
    const high = Math.max(...panel.x.map((_, i) => sum(i, 1)), 0), low = -Math.max(...panel.x.map((_, i) => sum(i, -1)), 0);
    const { box, y, left, right, bottom } = twinCharts.frame(panel, wide, low, high || 1e-9, print, 34, 300), fill = twinCharts.fills(box, marks.series);
    const room = (right - left) / panel.x.length;
    panel.x.forEach((place, i) => {
      let up = 0, down = 0;
      panel.series.forEach((one, n) => {
        const value = one.figures[i] || 0, start = value > 0 ? up : down;
        if (value) { box.append(twinCharts.rect(left + i * room + room * 0.15, y(Math.max(start, start + value)), room * 0.7, Math.abs(y(start + value) - y(start)), fill(n))); }
        if (value > 0) { up += value; } else { down += value; }
      });
      if (room > 36 || i % Math.ceil(40 / room) === 0) { box.append(twinCharts.text(left + (i + 0.5) * room, bottom + 17, twinCharts.short(String(place), Math.max(room, 40)), "middle")); }
    });
    return twinCharts.keyed(box, panel.series.map((one) => one.name), twinCharts.filled(fill), wide, 300);
  },

  /* Columns as wide as they matter, numbered; what saves money has no height that could be compared */
  steps(panel, marks, print, wide) {
    const one = panel.series[0], known = twinCharts.all(panel), total = panel.widths.reduce((sum, value) => sum + value, 0);
    const high = Math.max(0, ...known, known.length ? 0 : 1), saves = one.figures.some((value) => value === null), depth = 0.12 * high || 1;
    const { box, y, left, right, bottom } = twinCharts.frame({ ...panel, across: panel.wide }, wide, Math.min(saves ? -depth : 0, ...known), high, print, 34, 300);
    const fill = twinCharts.fills(box, [marks.costs, marks.saves]);
    let x = left;
    one.figures.forEach((value, i) => {
      const room = panel.widths[i] / total * (right - left), until = value === null ? -depth : value, top = Math.min(y(until), y(0));
      const bar = twinCharts.rect(x, top, room, Math.max(1, Math.abs(y(until) - y(0))), fill(until > 0 ? 0 : 1));
      bar.append(twinCharts.node("title", {}, panel.x[i] + ": " + (value === null ? panel.missing : print(value, 0) + " " + panel.unit)));
      box.append(bar);
      const ends = one.low.length && one.high[i] !== null ? [y(one.low[i] ?? 0), y(one.high[i])] : null;
      if (ends) { box.append(twinCharts.node("path", { class: "band", d: `M${x + room / 2},${ends[0]} V${ends[1]} M${x + room / 2 - 4},${ends[0]} h8 M${x + room / 2 - 4},${ends[1]} h8`, stroke: "#000", "stroke-width": 1.5, fill: "none" })); }
      if (room > 16) { box.append(twinCharts.over(x + room / 2 + (ends ? 6 : 0), top - 4, String(i + 1), ends ? "start" : "middle")); }
      x += room;
    });
    let last = -100;
    twinCharts.ticks(0, total).forEach((value) => {
      const at = left + value / total * (right - left), said = print(value, 0);
      if (at - last >= 8 * said.length + 6) { box.append(twinCharts.text(at, bottom + 17, said, "middle")); last = at; }
    });
    const named = [...panel.keys, ...panel.x.map((name) => String(name))];
    const look = (n, a, b) => (n < panel.keys.length ? twinCharts.rect(a, b, 18, 13, fill(n)) : twinCharts.text(a + 9, b + 11, String(n - panel.keys.length + 1), "middle", { "font-weight": 600 }));
    return twinCharts.keyed(box, named, look, wide, 300);
  },

  /* Flows from what there is (left) to what it is for, and on to whose it is where that is known */
  flows(panel, marks, print, wide) {
    const gap = 14, size = 12, narrow = wide < 480, line = narrow ? 31 : 17, tall = 200;
    const colours = marks.series.map((mark) => mark.colour), sum = (row) => row.reduce((all, value) => all + value, 0);
    const rows = panel.series.map((one) => one.figures.map((value) => Math.max(0, value || 0)));
    const uses = panel.x.map((_, i) => rows.reduce((all, row) => all + row[i], 0)), total = sum(uses) || 1;
    const ends = [...new Set(panel.groups)], goes = ends.map((end) => uses.map((amount, i) => (panel.groups[i] === end ? amount : 0)));
    const scale = (Math.max(260, 20 * uses.length) - 30) / total, box = twinCharts.box(wide, tall, panel.title);
    const side = narrow ? 4 : Math.min(200, wide * 0.26), far = narrow ? 4 : Math.min(220, wide * 0.26);
    const columns = ends.length ? [side, Math.round(narrow ? wide * 0.38 : (wide + side - far) / 2 - 60), wide - far - size] : [side, wide - far - size];
    /* Each node has room for its label */
    const stack = (amounts) => { let at = 26; return amounts.map((amount) => { const room = Math.max(amount * scale + gap, line), start = at + (room - amount * scale - gap) / 2; at += room; return start; }); };
    /* Labels stand beside their node, each at least a line below the one before; on a phone in two lines */
    const label = (x, y, name, amount, anchor, room) => {
      const value = print(amount, 0);
      return narrow ? [[x, y - 7, twinCharts.short(name, room), anchor], [x, y + 8, value, anchor]] : [[x, y, twinCharts.short(name, room - 8.4 * (value.length + 1)) + " " + value, anchor]];
    };
    const spread = (places) => { let last = 0; return places.map((place) => { last = Math.max(place, last + line); return last; }); };
    box.append(twinCharts.text(4, 14, panel.unit));
    const link = (n, y, at, to, thick, colour, said) => {
      const a = columns[n] + size, b = columns[n + 1], middle = (a + b) / 2;
      const made = twinCharts.node("path", { class: "flow", d: `M${a},${y} C${middle},${y} ${middle},${to} ${b},${to} L${b},${to + thick} C${middle},${to + thick} ${middle},${y + thick} ${a},${y + thick} Z`, fill: colour, "fill-opacity": 0.55, stroke: colour, "stroke-width": 0.5 });
      made.append(twinCharts.node("title", {}, said));
      box.append(made);
    };
    const bands = (n, from, into, amounts, colour, said) => {
      const used = into.slice();
      amounts.forEach((row, i) => {
        let y = from[i];
        row.forEach((value, k) => {
          const thick = value * scale;
          if (thick <= 0) { return; }
          link(n, y, i, used[k], thick, colour(i), said(i, k) + ": " + print(value, 0) + " " + panel.unit);
          y += thick; used[k] += thick;
        });
      });
    };
    const from = stack(rows.map(sum)), to = stack(uses), last = stack(goes.map(sum));
    bands(0, from, to, rows, (n) => colours[n % colours.length], (n, i) => panel.series[n].name + " – " + panel.x[i]);
    if (ends.length) { bands(1, to, last, uses.map((_, i) => goes.map((row) => row[i])), () => "#9a9a9a", (i, k) => panel.x[i] + " – " + ends[k]); }
    const labels = [];
    const nodes = (n, starts, amounts, names, colour, x, anchor, room) => {
      starts.forEach((y, i) => box.append(twinCharts.rect(columns[n], y, size, amounts[i] * scale, colour(i))));
      spread(starts.map((y, i) => y + amounts[i] * scale / 2 + 4)).forEach((y, i) => labels.push(...label(x, y, names[i], amounts[i], anchor, room)));
    };
    const right = columns[columns.length - 1], inside = (right - columns[1]) - 30;
    nodes(0, from, rows.map(sum), panel.series.map((one) => one.name), (n) => colours[n % colours.length], narrow ? side + size + 4 : side - 6, narrow ? "start" : "end", narrow ? columns[1] - side - 24 : side - 8);
    if (ends.length) { nodes(2, last, goes.map(sum), ends, () => "#555", narrow ? right - 5 : right + size + 6, narrow ? "end" : "start", narrow ? inside * 0.5 : far - 8); }
    nodes(1, to, uses, panel.x, () => "#888", ends.length ? columns[1] + size + 5 : narrow ? right - 5 : right + size + 6, !ends.length && narrow ? "end" : "start", ends.length ? (narrow ? inside * 0.56 : inside) : narrow ? inside : far - 8);
    labels.forEach((one) => box.append(twinCharts.over(...one)));
    const end = Math.max(tall, ...labels.map((one) => one[1] + 8));
    box.setAttribute("viewBox", `0 0 ${wide} ${end}`);
    box.setAttribute("height", end);
    return box;
  },

  /* Those who lose to the left, those who gain to the right, drawn on one scale */
  sides(panel, marks, print, wide) {
    const [lost, won] = panel.series, high = 44, tall = panel.x.length * high + 34, box = twinCharts.box(wide, tall, panel.title);
    const middle = wide / 2, room = middle - 84, scale = room / Math.max(...twinCharts.all(panel), 1);
    box.append(twinCharts.text(middle - 8, 16, "◀ " + lost.name, "end", { "font-weight": 600 }), twinCharts.text(middle + 8, 16, won.name + " ▶", "start", { "font-weight": 600 }));
    panel.x.forEach((name, i) => {
      const y = 30 + i * high, told = (value) => (value === null ? panel.missing : print(value, 0));
      box.append(twinCharts.text(middle, y + 12, twinCharts.short(String(name), wide), "middle"));
      const a = (lost.figures[i] || 0) * scale, b = (won.figures[i] || 0) * scale;
      box.append(twinCharts.rect(middle - a, y + 17, a, 15, marks.lost.colour), twinCharts.rect(middle, y + 17, b, 15, marks.won.colour));
      box.append(twinCharts.node("line", { x1: middle, x2: middle, y1: y + 15, y2: y + 34, stroke: "#333", "stroke-width": 1.5 }));
      box.append(twinCharts.text(middle - a - 6, y + 29, told(lost.figures[i]), "end"), twinCharts.text(middle + b + 6, y + 29, told(won.figures[i])));
    });
    return box;
  },

  /* Bars beside each other, one of each series in every place, with the figure behind it */
  pairs(panel, marks, print, wide) {
    const left = Math.min(190, wide * 0.34), one = 17, high = one * panel.series.length + 16, tall = panel.x.length * high + 22, box = twinCharts.box(wide, tall, panel.title);
    const digits = Math.max(...twinCharts.all(panel), 0) < 10 ? 2 : 0, most = Math.max(...twinCharts.all(panel), 1e-9), end = 12 + 8.4 * print(most, digits).length;
    const scale = (wide - left - end) / most, fill = twinCharts.fills(box, marks.series), ends = panel.series.some((each) => each.low.length);
    box.append(twinCharts.text(wide - 4, 14, panel.unit, "end"));
    panel.x.forEach((name, i) => {
      const y = 20 + i * high;
      box.append(twinCharts.text(left - 8, y + high / 2, twinCharts.short(String(name), left), "end"));
      panel.series.forEach((each, n) => {
        const value = each.figures[i], long = Math.max(0, value || 0) * scale, top = y + n * one, far = ends && each.high[i] != null ? Math.max(long, each.high[i] * scale) : long;
        box.append(twinCharts.rect(left, top, long, one - 3, fill(n)), twinCharts.text(left + far + 6, top + 12, value === null ? panel.missing || "–" : print(value, digits)));
        if (each.low.length && each.low[i] !== null) { box.append(twinCharts.node("path", { class: "band", d: `M${left + each.low[i] * scale},${top + 7} H${left + each.high[i] * scale}`, stroke: "#000", "stroke-width": 1.5 })); }
      });
    });
    return twinCharts.keyed(box, panel.series.map((each) => each.name), twinCharts.filled(fill), wide, tall);
  },

  /* Bars of stacked parts: rows [{name, values}], one bar for each of `bars` */
  stacked(bars, rows, marks, print, title, wide) {
    const left = Math.min(190, wide * 0.36), high = 34, end = 84, tall = bars.length * high + 4;
    const sums = bars.map((_, b) => rows.reduce((sum, row) => sum + Math.max(0, row.values[b]), 0));
    const scale = (wide - left - end) / Math.max(...sums, 1e-9), box = twinCharts.box(wide, tall, title), fill = twinCharts.fills(box, marks.series);
    bars.forEach((name, b) => {
      let x = left;
      const y = b * high + 4;
      box.append(twinCharts.text(left - 8, y + 17, twinCharts.short(name, left), "end"));
      rows.forEach((row, r) => {
        const length = Math.max(0, row.values[b]) * scale;
        box.append(twinCharts.rect(x, y, length, high - 10, fill(r)));
        x += length;
      });
      box.append(twinCharts.text(x + 6, y + 17, print(sums[b])));
    });
    return twinCharts.keyed(box, rows.map((row) => row.name), twinCharts.filled(fill), wide, tall);
  },
};
