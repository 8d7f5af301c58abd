"use strict";
/* What people take home: figures, shapes, a picture, a link, paper. */
function twinTake(page) {
  const { twin, say, grid, map, find, element, state } = page;
  /* ---- take away ---- */
  const SHEET = [1030, 480]; /* px that a map may take of A4 across */
  const save = (name, blob) => {
    const anchor = element("a");
    anchor.href = URL.createObjectURL(blob);
    anchor.download = name;
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(anchor.href), 10000);
  };
  const stem = () => (twin.stem + "-" + state.indicator + "-" + page.chosen().id).replace(/[^\w.-]+/g, "_");
  const safe = (text) => (/^[=+\-@\t\r]/.test(text) ? "'" + text : text);
  find("#csv").addEventListener("click", async () => {
    const one = page.indicators.get(state.indicator), layer = page.sides.right.layer, comma = twin.language !== "en";
    const cell = (value) => (typeof value === "number" ? (Number.isFinite(value) ? String(Number(value.toFixed(one.kept))).replace(".", comma ? "," : ".") : "")
      : '"' + safe(value).replaceAll('"', '""') + '"');
    const values = [];
    for (const run of twin.runs) { values.push(await page.figures(one, run.id)); }
    const unit = one.code ? " [" + one.code + "]" : "";
    const lines = [["#", say[one.table] || say.page_place, ...twin.runs.map((run) => one.title + ", " + page.nameRun(run) + unit)]];
    for (let i = 0; i < layer.shapes.count; i += 1) { lines.push([i + 1, page.textOf(layer.labels, i), ...values.map((column) => column[i])]); }
    lines.push([], [say.sources + ": " + twin.credit], [twin.licence], [twin.version]);
    save(stem() + ".csv", new Blob(["\ufeff" + lines.map((line) => line.map(cell).join(comma ? ";" : ",")).join("\r\n") + "\r\n"], { type: "text/csv" }));
  });
  find("#geojson").addEventListener("click", async () => {
    const one = page.indicators.get(state.indicator), layer = page.sides.right.layer, { shapes } = layer;
    const values = {};
    for (const run of twin.runs) { values[one.column + "@" + run.id] = await page.figures(one, run.id); }
    const corner = (k) => { const at = twinTiles.latlng(map, grid, shapes.x[k], shapes.y[k]); return [Number(at.lng.toFixed(6)), Number(at.lat.toFixed(6))]; };
    const features = [];
    for (let i = 0; i < shapes.count; i += 1) {
      const rings = [];
      for (let ring = shapes.rings[i]; ring < shapes.rings[i + 1]; ring += 1) {
        const line = [];
        for (let k = shapes.corners[ring]; k < shapes.corners[ring + 1]; k += 1) { line.push(corner(k)); }
        if (layer.area && line.length) { line.push(line[0]); }
        rings.push(line);
      }
      const properties = { name: page.textOf(layer.labels, i) };
      for (const [name, column] of Object.entries(values)) { properties[name] = Number.isFinite(column[i]) ? column[i] : null; }
      const geometry = !rings.length ? null : layer.area ? { type: "MultiPolygon", coordinates: nest(rings) } : { type: "MultiLineString", coordinates: rings };
      features.push({ type: "Feature", id: i + 1, properties, geometry });
    }
    const content = { type: "FeatureCollection", name: one.title, unit: one.code, attribution: twin.credit, licence: twin.licence, version: twin.version, features };
    save(stem() + ".geojson", new Blob([JSON.stringify(content)], { type: "application/geo+json" }));
  });
  /* Rings to polygons: one that turns the other way than the first lies inside it */
  function nest(rings) {
    const turn_of = (line) => line.reduce((sum, [x, y], k) => { const [u, v] = line[(k + 1) % line.length]; return sum + x * v - u * y; }, 0);
    const found = [];
    for (const line of rings) {
      if (line.length < 4) { continue; }
      if (found.length && turn_of(line) * turn_of(rings[0]) < 0) { found[found.length - 1].push(line); } else { found.push([line]); }
    }
    return found;
  }
  find("#png").addEventListener("click", () => {
    const size = map.getSize(), dense = window.devicePixelRatio || 1, foot = 64, made = document.createElement("canvas");
    made.width = size.x * dense; made.height = (size.y + foot) * dense;
    const pen = made.getContext("2d");
    pen.scale(dense, dense);
    pen.fillStyle = "#f6f5f1"; pen.fillRect(0, 0, size.x, size.y);
    const frame = find("#map").getBoundingClientRect(), middle = frame.left + size.x * state.split / 100;
    for (const pane of ["ground", "left", "right"]) {
      pen.save();
      pen.beginPath();
      const on = state.mode === "swipe" && pane !== "ground";
      pen.rect(on && pane === "right" ? middle - frame.left : 0, 0, on && pane === "left" ? middle - frame.left : size.x, size.y);
      pen.clip();
      map.getPane(pane).querySelectorAll("canvas").forEach((tile) => {
        const box = tile.getBoundingClientRect();
        pen.drawImage(tile, box.left - frame.left, box.top - frame.top, box.width, box.height);
      });
      pen.restore();
    }
    const one = page.indicators.get(state.indicator), view = page.sides.right;
    pen.fillStyle = "#fff"; pen.fillRect(0, size.y, size.x, foot);
    pen.fillStyle = "#1b1b1b"; pen.font = "bold 13px sans-serif";
    pen.fillText(one.title + (one.unit ? " [" + one.unit + "]" : "") + " · " + find("#status").textContent, 8, size.y + 17);
    pen.font = "12px sans-serif";
    let x = 8;
    view.legend.colours.forEach((colour, c) => {
      pen.fillStyle = colour; pen.fillRect(x, size.y + 25, 18, 12); pen.strokeRect(x, size.y + 25, 18, 12);
      pen.fillStyle = "#1b1b1b";
      const text = c === 0 ? (view.legend.breaks.length ? "< " + view.legend.breaks[0] : say.page_all) : "≥ " + view.legend.breaks[c - 1];
      pen.fillText(text, x + 22, size.y + 36);
      x += 34 + pen.measureText(text).width;
    });
    pen.fillText(twin.credit + " · " + twin.version, 8, size.y + 56, size.x - 16);
    made.toBlob((blob) => save(stem() + ".png", blob));
  });
  find("#link").addEventListener("click", async () => {
    history.replaceState(null, "", page.link());
    try { await navigator.clipboard.writeText(location.href); find("#status").textContent = say.page_link_copied; } catch { find("#status").textContent = say.page_link_above; }
  });
  find("#print").addEventListener("click", () => window.print());
  /* Paper shows the map as it stands on the screen, scaled to a sheet */
  window.addEventListener("beforeprint", () => {
    const size = map.getSize(), { style } = document.documentElement;
    style.setProperty("--wide", size.x + "px");
    style.setProperty("--high", size.y + "px");
    style.setProperty("--paper", Math.min(SHEET[0] / size.x, SHEET[1] / size.y));
  });
  Object.assign(page, { save });
}
