"use strict";
/* One light way to draw charts on the page: SVG of plain figures (twin/maps/panels.py says what they
   hold); the table beside each says the same. Nothing rests on colour alone. */
const twinCharts = {
  LOST: "#a4501e", WON: "#125a8f", INK: "#333",
  DASHES: ["", "7 4", "2 3", "9 3 2 3", "5 2", "1 3", "12 4", "3 6"],

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
  short(said, room) { const most = Math.max(3, Math.floor(room / 8.4)); return said.length > most ? said.slice(0, most - 1) + "…" : said; },

  /* About five round numbers from low to high */
  ticks(low, high) {
    const raw = (high - low) / 5 || 1, size = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 2.5, 5, 10].find((n) => n * size >= raw) * size;
    const found = [];
    for (let n = Math.ceil(low / step - 1e-9) + 0; n * step <= high + step * 1e-6; n += 1) { found.push(n === 0 ? 0 : n * step); }
    return found;
  },
  decimals(ticks) { const step = Math.abs(ticks[1] - ticks[0]) || 1; return Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9))); },

  /* Names with a swatch, in rows that fit; returns the height used */
  legend(box, names, look, wide, top) {
    let x = 4, y = top;
    names.forEach((name, n) => {
      const need = 34 + 8 * name.length;
      if (x > 4 && x + need > wide) { x = 4; y += 22; }
      box.append(look(n, x, y), twinCharts.text(x + 26, y + 11, name));
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

  lines(panel, colours, print, wide) {
    const known = twinCharts.all(panel), names = panel.series.map((one) => one.name);
    const low = Math.min(0, ...known), high = Math.max(0, ...known);
    const { box, y, left, right, bottom } = twinCharts.frame(panel, wide, low, high, print, 34, 300);
    const from = panel.x[0], to = panel.x[panel.x.length - 1], x = (value) => left + (value - from) / (to - from || 1) * (right - left);
    const whole = panel.x.length <= 8 ? panel.x : twinCharts.ticks(from, to);
    whole.forEach((value) => box.append(twinCharts.text(x(value), bottom + 17, String(value), "middle")));
    panel.series.forEach((one, n) => {
      const at = panel.x.map((value, i) => [x(value), one.figures[i], one.low[i], one.high[i]]).filter((p) => p[1] !== null);
      if (one.low.length) {
        const band = [...at.map((p) => [p[0], y(p[3])]), ...at.slice().reverse().map((p) => [p[0], y(p[2])])];
        box.append(twinCharts.node("polygon", { points: band.map((p) => p.join(",")).join(" "), fill: colours[n % colours.length], "fill-opacity": 0.25 }));
      }
      box.append(twinCharts.node("polyline", { points: at.map((p) => p[0] + "," + y(p[1])).join(" "), fill: "none", stroke: twinCharts.strong(colours[n % colours.length]), "stroke-width": 2.5, "stroke-dasharray": twinCharts.DASHES[n % 8] }));
      if (panel.x.length <= 8) { at.forEach((p) => box.append(twinCharts.node("circle", { cx: p[0], cy: y(p[1]), r: 4, fill: twinCharts.strong(colours[n % colours.length]), stroke: "#fff" }))); }
    });
    const key = (n, a, b) => twinCharts.node("line", { x1: a, x2: a + 22, y1: b + 7, y2: b + 7, stroke: twinCharts.strong(colours[n % colours.length]), "stroke-width": 2.5, "stroke-dasharray": twinCharts.DASHES[n % 8] });
    return twinCharts.keyed(box, names, key, wide, 300);
  },

  /* Pale colours are no lines on white */
  strong(colour) { return { "#fdb4b6": "#c4525b", "#faccfa": "#a85fa8", "#f29d6d": "#b35c26" }[colour] || colour; },

  /* The legend below a chart */
  keyed(box, names, look, wide, tall) {
    const more = twinCharts.legend(box, names, look, wide, tall + 6) + 8;
    box.setAttribute("viewBox", `0 0 ${wide} ${tall + more}`);
    box.setAttribute("height", tall + more);
    return box;
  },
  filled(colours) { return (n, x, y) => twinCharts.rect(x, y, 18, 13, colours[n % colours.length]); },

  areas(panel, colours, print, wide) {
    const sums = panel.x.map((_, i) => panel.series.reduce((sum, one) => sum + Math.max(0, one.figures[i] || 0), 0));
    const { box, y, left, right, bottom } = twinCharts.frame(panel, wide, 0, Math.max(...sums, 1e-9), print, 34, 300);
    const from = panel.x[0], to = panel.x[panel.x.length - 1], x = (value) => left + (value - from) / (to - from || 1) * (right - left);
    (panel.x.length <= 8 ? panel.x : twinCharts.ticks(from, to)).forEach((value) => box.append(twinCharts.text(x(value), bottom + 17, String(value), "middle")));
    let under = panel.x.map(() => 0);
    panel.series.forEach((one, n) => {
      const over = under.map((value, i) => value + Math.max(0, one.figures[i] || 0));
      const edge = [...panel.x.map((place, i) => [x(place), y(over[i])]), ...panel.x.map((place, i) => [x(place), y(under[i])]).reverse()];
      box.append(twinCharts.node("polygon", { points: edge.map((p) => p.join(",")).join(" "), fill: colours[n % colours.length], stroke: twinCharts.INK, "stroke-width": 0.6 }));
      under = over;
    });
    return twinCharts.keyed(box, panel.series.map((one) => one.name), twinCharts.filled(colours), wide, 300);
  },

  /* Columns of parts stacked up from zero, and down where they are below */
  bars(panel, colours, print, wide) {
    const sum = (i, sign) => panel.series.reduce((all, one) => all + Math.max(0, sign * (one.figures[i] || 0)), 0);
    const high = Math.max(...panel.x.map((_, i) => sum(i, 1)), 0), low = -Math.max(...panel.x.map((_, i) => sum(i, -1)), 0);
    const { box, y, left, right, bottom } = twinCharts.frame(panel, wide, low, high || 1e-9, print, 34, 300);
    const room = (right - left) / panel.x.length;
    panel.x.forEach((place, i) => {
      let up = 0, down = 0;
      panel.series.forEach((one, n) => {
        const value = one.figures[i] || 0, start = value > 0 ? up : down;
        if (value) { box.append(twinCharts.rect(left + i * room + room * 0.15, y(Math.max(start, start + value)), room * 0.7, Math.abs(y(start + value) - y(start)), colours[n % colours.length])); }
        if (value > 0) { up += value; } else { down += value; }
      });
      if (room > 36 || i % Math.ceil(40 / room) === 0) { box.append(twinCharts.text(left + (i + 0.5) * room, bottom + 17, twinCharts.short(String(place), Math.max(room, 40)), "middle")); }
    });
    return twinCharts.keyed(box, panel.series.map((one) => one.name), twinCharts.filled(colours), wide, 300);
  },

  /* Columns as wide as they matter; each is numbered, the table says what it is */
  steps(panel, colours, print, wide) {
    const one = panel.series[0], known = twinCharts.all(panel), total = panel.widths.reduce((sum, value) => sum + value, 0);
    const { box, y, left, right, bottom } = twinCharts.frame({ ...panel, across: panel.wide }, wide, Math.min(0, ...known), Math.max(0, ...known), print, 34, 300);
    let x = left;
    one.figures.forEach((value, i) => {
      const room = panel.widths[i] / total * (right - left);
      const bar = twinCharts.rect(x, Math.min(y(value), y(0)), room, Math.max(1, Math.abs(y(value) - y(0))), value > 0 ? colours[4] : colours[3]);
      bar.append(twinCharts.node("title", {}, panel.x[i] + ": " + print(value, 0) + " " + panel.unit));
      box.append(bar);
      if (one.low.length) { box.append(twinCharts.node("line", { x1: x + room / 2, x2: x + room / 2, y1: y(one.low[i]), y2: y(one.high[i]), stroke: "#000", "stroke-width": 1.5 })); }
      if (room > 16) { box.append(twinCharts.text(x + room / 2, Math.min(y(value), y(0)) - 4, String(i + 1), "middle")); }
      x += room;
    });
    twinCharts.ticks(0, total).forEach((value) => box.append(twinCharts.text(left + value / total * (right - left), bottom + 17, print(value, 0), "middle")));
    return box;
  },

  /* Flows from what there is (left) to what it is for (right) */
  flows(panel, colours, print, wide) {
    const gap = 14, tall = Math.max(240, 26 * Math.max(panel.series.length, panel.x.length)), size = 14;
    const rows = panel.series.map((one) => one.figures.map((value) => Math.max(0, value || 0))), sum = (row) => row.reduce((all, value) => all + value, 0);
    const uses = panel.x.map((_, i) => rows.reduce((all, row) => all + row[i], 0)), total = sum(uses) || 1;
    const gaps = gap * (Math.max(rows.length, uses.length) - 1), scale = (tall - gaps - 30) / total, box = twinCharts.box(wide, tall, panel.title);
    const side = wide < 480 ? Math.round(wide * 0.33) : 190, left = side, right = wide - side;
    const stack = (amounts) => { let at = 26; return amounts.map((amount) => { const start = at; at += amount * scale + gap; return start; }); };
    const from = stack(rows.map(sum)), to = stack(uses), used = to.slice();
    /* Labels stand beside their node, each at least a line below the one before */
    const label = (name, amount, room) => { const value = print(amount, 0); return twinCharts.short(name, room - 8.4 * (value.length + 1)) + " " + value; };
    const spread = (places) => { let last = 0; return places.map((place) => { last = Math.max(place, last + 16); return last; }); };
    box.append(twinCharts.text(4, 14, panel.unit));
    rows.forEach((row, n) => {
      let y = from[n];
      const colour = colours[n % colours.length];
      row.forEach((value, i) => {
        const thick = value * scale, middle = (left + right) / 2;
        if (thick <= 0) { return; }
        const link = twinCharts.node("path", { d: `M${left + size},${y} C${middle},${y} ${middle},${used[i]} ${right - size},${used[i]} L${right - size},${used[i] + thick} C${middle},${used[i] + thick} ${middle},${y + thick} ${left + size},${y + thick} Z`, fill: colour, "fill-opacity": 0.55, stroke: colour, "stroke-width": 0.5 });
        link.append(twinCharts.node("title", {}, panel.series[n].name + " – " + panel.x[i] + ": " + print(value, 0) + " " + panel.unit));
        box.append(link);
        y += thick; used[i] += thick;
      });
      box.append(twinCharts.rect(left, from[n], size, sum(row) * scale, colour));
    });
    uses.forEach((amount, i) => {
      box.append(twinCharts.rect(right - size, to[i], size, amount * scale, "#888"));
    });
    const named = spread(rows.map((row, n) => from[n] + sum(row) * scale / 2 + 4)), used_for = spread(uses.map((amount, i) => to[i] + amount * scale / 2 + 4));
    named.forEach((y, n) => box.append(twinCharts.text(left - 6, y, label(panel.series[n].name, sum(rows[n]), side), "end")));
    used_for.forEach((y, i) => box.append(twinCharts.text(right + 6, y, label(panel.x[i], uses[i], side))));
    const end = Math.max(tall, ...named.map((y) => y + 8), ...used_for.map((y) => y + 8));
    box.setAttribute("viewBox", `0 0 ${wide} ${end}`);
    box.setAttribute("height", end);
    return box;
  },

  /* Those who lose to the left, those who gain to the right, drawn on one scale */
  sides(panel, colours, print, wide) {
    const [lost, won] = panel.series, high = 44, tall = panel.x.length * high + 34, box = twinCharts.box(wide, tall, panel.title);
    const middle = wide / 2, room = middle - 84, scale = room / Math.max(...twinCharts.all(panel), 1);
    box.append(twinCharts.text(middle - 8, 16, "◀ " + lost.name, "end", { "font-weight": 600 }), twinCharts.text(middle + 8, 16, won.name + " ▶", "start", { "font-weight": 600 }));
    panel.x.forEach((name, i) => {
      const y = 30 + i * high, told = (value) => (value === null ? "< 5" : print(value, 0));
      box.append(twinCharts.text(middle, y + 12, twinCharts.short(String(name), wide), "middle"));
      const a = (lost.figures[i] || 0) * scale, b = (won.figures[i] || 0) * scale;
      box.append(twinCharts.rect(middle - a, y + 17, a, 15, twinCharts.LOST), twinCharts.rect(middle, y + 17, b, 15, twinCharts.WON));
      box.append(twinCharts.node("line", { x1: middle, x2: middle, y1: y + 15, y2: y + 34, stroke: "#333", "stroke-width": 1.5 }));
      box.append(twinCharts.text(middle - a - 6, y + 29, told(lost.figures[i]), "end"), twinCharts.text(middle + b + 6, y + 29, told(won.figures[i])));
    });
    return box;
  },

  /* Bars of stacked parts: rows [{name, values}], one bar for each of `bars` */
  stacked(bars, rows, colours, print, title, wide) {
    const left = Math.min(190, wide * 0.36), high = 34, end = 84, tall = bars.length * high + 4;
    const sums = bars.map((_, b) => rows.reduce((sum, row) => sum + Math.max(0, row.values[b]), 0));
    const scale = (wide - left - end) / Math.max(...sums, 1e-9), box = twinCharts.box(wide, tall, title);
    bars.forEach((name, b) => {
      let x = left;
      const y = b * high + 4;
      box.append(twinCharts.text(left - 8, y + 17, twinCharts.short(name, left), "end"));
      rows.forEach((row, r) => {
        const length = Math.max(0, row.values[b]) * scale;
        box.append(twinCharts.rect(x, y, length, high - 10, colours[r % colours.length]));
        x += length;
      });
      box.append(twinCharts.text(x + 6, y + 17, print(sums[b])));
    });
    return twinCharts.keyed(box, rows.map((row) => row.name), twinCharts.filled(colours), wide, tall);
  },
};
