"use strict";
/* One light way to draw charts on the page: SVG from rows of numbers; the table beside it says the same. */
const twinCharts = {
  node(tag, attributes, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) { made.setAttribute(name, value); }
    if (text !== undefined) { made.textContent = text; }
    return made;
  },

  /* Bars of stacked parts: rows [{name, values}], one bar for each of `bars` */
  stacked(bars, rows, colours, print, title) {
    const wide = 640, left = 170, high = 34, end = 90, legend = 22 * Math.ceil(rows.length / 2);
    const sums = bars.map((_, b) => rows.reduce((sum, row) => sum + Math.max(0, row.values[b]), 0));
    const scale = (wide - left - end) / Math.max(...sums, 1e-9);
    const tall = bars.length * high + legend + 8;
    const box = twinCharts.node("svg", { viewBox: `0 0 ${wide} ${tall}`, role: "img", width: wide, "aria-label": title });
    bars.forEach((name, b) => {
      let x = left;
      const y = b * high + 4, label = name.length > 24 ? name.slice(0, 23) + "…" : name;
      box.append(twinCharts.node("text", { x: left - 8, y: y + 17, "text-anchor": "end" }, label));
      rows.forEach((row, r) => {
        const length = Math.max(0, row.values[b]) * scale;
        box.append(twinCharts.node("rect", { x, y, width: length, height: high - 10, fill: colours[r % colours.length], stroke: "#333", "stroke-width": 0.6 }));
        x += length;
      });
      box.append(twinCharts.node("text", { x: x + 6, y: y + 17 }, print(sums[b])));
    });
    rows.forEach((row, r) => {
      const x = left + (r % 2) * 230, y = bars.length * high + 22 * Math.floor(r / 2) + 6;
      box.append(twinCharts.node("rect", { x, y, width: 16, height: 12, fill: colours[r % colours.length], stroke: "#333", "stroke-width": 0.6 }));
      box.append(twinCharts.node("text", { x: x + 22, y: y + 11 }, row.name));
    });
    return box;
  },
};
