"use strict";
/* Names with a halo: of districts, then of streets, important ones first, none over another. */
async function twinNames(map, grid, names) {
  if (!names) { return; }
  const at = await twinPack.shapes(names.shapes);
  const paper = document.createElement("canvas");
  paper.className = "leaflet-zoom-hide";
  paper.style.pointerEvents = "none";
  map.createPane("names").style.zIndex = 350;
  map.getPane("names").append(paper);
  function draw() {
    const size = map.getSize(), dense = window.devicePixelRatio || 1, zoom = map.getZoom();
    L.DomUtil.setPosition(paper, map.containerPointToLayerPoint([0, 0]));
    paper.width = size.x * dense; paper.height = size.y * dense;
    paper.style.width = size.x + "px"; paper.style.height = size.y + "px";
    const pen = paper.getContext("2d");
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.textAlign = "center"; pen.textBaseline = "middle"; pen.lineJoin = "round";
    const taken = [];
    for (let i = 0; i < at.count; i += 1) {
      if (zoom < names.from[i]) { continue; }
      const point = map.latLngToContainerPoint(twinTiles.latlng(map, grid, at.x[i], at.y[i]));
      if (point.x < 0 || point.y < 0 || point.x > size.x || point.y > size.y) { continue; }
      const town = i < names.towns, text = names.texts[i];
      pen.font = town ? "600 13px system-ui, sans-serif" : "12px system-ui, sans-serif";
      const half = pen.measureText(text).width / 2 + 4, turn = names.turns[i] * Math.PI / 180;
      const wide = Math.abs(Math.cos(turn)) * half + 8, high = Math.abs(Math.sin(turn)) * half + 8;
      if (taken.some((box) => Math.abs(box[0] - point.x) < box[2] + wide && Math.abs(box[1] - point.y) < box[3] + high)) { continue; }
      taken.push([point.x, point.y, wide, high]);
      pen.save(); pen.translate(point.x, point.y); pen.rotate(turn);
      pen.strokeStyle = "#fffffff0"; pen.lineWidth = town ? 4 : 3; pen.strokeText(text, 0, 0);
      pen.fillStyle = town ? "#2b2b2b" : "#4a4a4a"; pen.fillText(text, 0, 0);
      pen.restore();
    }
  }
  map.on("moveend zoomend resize viewreset", draw);
  draw();
}
