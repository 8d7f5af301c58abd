"use strict";
/* Draws packed shapes on canvas tiles of a Leaflet map, and finds the one below a finger. */
const twinTiles = {
  TILE: 512,
  BATCH: 400, /* shapes in one path: long paths are slow on phones */
  SMALL: 3, /* px: below this a shape is drawn as its box */

  /* Numbers of the shapes that touch each cell of a coarse grid */
  cells(shapes) {
    const { count, boxes } = shapes;
    let west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
    for (let i = 0; i < count; i += 1) {
      if (boxes[4 * i] > boxes[4 * i + 2]) { continue; } /* a missing shape */
      west = Math.min(west, boxes[4 * i]); north = Math.min(north, boxes[4 * i + 1]);
      east = Math.max(east, boxes[4 * i + 2]); south = Math.max(south, boxes[4 * i + 3]);
    }
    if (west > east) { west = north = east = south = 0; }
    const side = Math.max(1, Math.ceil(Math.max(east - west, south - north) / 160));
    const wide = Math.floor((east - west) / side) + 1, high = Math.floor((south - north) / side) + 1;
    const each = (i, visit) => {
      if (boxes[4 * i] > boxes[4 * i + 2]) { return; }
      const left = Math.floor((boxes[4 * i] - west) / side), right = Math.floor((boxes[4 * i + 2] - west) / side);
      const low = Math.floor((boxes[4 * i + 3] - north) / side);
      for (let row = Math.floor((boxes[4 * i + 1] - north) / side); row <= low; row += 1) {
        for (let column = left; column <= right; column += 1) { visit(row * wide + column); }
      }
    };
    const starts = new Uint32Array(wide * high + 1);
    for (let i = 0; i < count; i += 1) { each(i, (cell) => { starts[cell + 1] += 1; }); }
    for (let cell = 0; cell < wide * high; cell += 1) { starts[cell + 1] += starts[cell]; }
    const members = new Uint32Array(starts[wide * high]), next = starts.slice();
    for (let i = 0; i < count; i += 1) { each(i, (cell) => { members[next[cell]++] = i; }); }
    return { west, north, side, wide, high, starts, members, seen: new Uint32Array(count), turn: 0 };
  },

  /* Shapes whose box touches a rectangle, each once, in their order */
  within(shapes, cells, west, north, east, south) {
    cells.turn += 1;
    const found = [], { boxes } = shapes;
    const clamp = (value, end) => Math.min(Math.max(Math.floor(value / cells.side), 0), end - 1);
    const left = clamp(west - cells.west, cells.wide), right = clamp(east - cells.west, cells.wide);
    const low = clamp(south - cells.north, cells.high);
    for (let row = clamp(north - cells.north, cells.high); row <= low; row += 1) {
      for (let column = left; column <= right; column += 1) {
        const cell = row * cells.wide + column;
        for (let k = cells.starts[cell]; k < cells.starts[cell + 1]; k += 1) {
          const i = cells.members[k];
          if (cells.seen[i] === cells.turn) { continue; }
          cells.seen[i] = cells.turn;
          if (boxes[4 * i] <= east && boxes[4 * i + 2] >= west
            && boxes[4 * i + 1] <= south && boxes[4 * i + 3] >= north) { found.push(i); }
        }
      }
    }
    return found;
  },

  trace(pen, shapes, i, scale, right, down, closed) {
    for (let ring = shapes.rings[i]; ring < shapes.rings[i + 1]; ring += 1) {
      const from = shapes.corners[ring], to = shapes.corners[ring + 1];
      for (let k = from; k < to; k += 1) {
        const x = shapes.x[k] * scale + right, y = shapes.y[k] * scale + down;
        if (k === from) { pen.moveTo(x, y); } else { pen.lineTo(x, y); }
      }
      if (closed) { pen.closePath(); }
    }
  },

  /* Draw shapes that share a look: look = {fill, stroke, width, dash, casing, radius (points, px)} */
  draw(pen, shapes, members, look, scale, right, down) {
    const area = look.fill !== undefined;
    const stroke = (width, colour, dash) => {
      pen.lineWidth = width; pen.strokeStyle = colour; pen.setLineDash(dash || []); pen.stroke();
    };
    if (area) { pen.fillStyle = look.fill; }
    for (let from = 0; from < members.length; from += twinTiles.BATCH) {
      pen.beginPath();
      for (let k = from; k < Math.min(from + twinTiles.BATCH, members.length); k += 1) {
        const i = members[k], box = 4 * i;
        const wide = (shapes.boxes[box + 2] - shapes.boxes[box]) * scale, high = (shapes.boxes[box + 3] - shapes.boxes[box + 1]) * scale;
        if (look.radius) {
          const x = shapes.boxes[box] * scale + right, y = shapes.boxes[box + 1] * scale + down;
          pen.moveTo(x + look.radius, y);
          pen.arc(x, y, look.radius, 0, 2 * Math.PI);
        } else if (area && wide < twinTiles.SMALL && high < twinTiles.SMALL) {
          pen.rect(shapes.boxes[box] * scale + right, shapes.boxes[box + 1] * scale + down, Math.max(wide, 1.2), Math.max(high, 1.2));
        } else if (!area && Math.max(wide, high) < 0.3) { continue; }
        else { twinTiles.trace(pen, shapes, i, scale, right, down, area); }
      }
      if (area) { pen.fill(look.radius ? "nonzero" : "evenodd"); }
      if (look.casing) { stroke(look.width + 2 * look.casing[0], look.casing[1]); }
      if (look.width && look.stroke) { stroke(look.width, look.stroke, look.dash); }
    }
  },

  /* Draw houses as blocks seen from above and from the south, the northern ones first: heights in px */
  deep(pen, shapes, members, look, heights, scale, right, down) {
    const order = members.slice().sort((a, b) => shapes.boxes[4 * a + 3] - shapes.boxes[4 * b + 3]);
    pen.setLineDash([]);
    for (const i of order) {
      const g = look.of(i);
      if (g < 0) { continue; }
      const one = look.looks[g], lift = heights(i);
      if (one.fill === undefined) { continue; }
      pen.strokeStyle = "#555"; pen.lineWidth = 0.5;
      for (let ring = shapes.rings[i]; lift > 1 && ring < shapes.rings[i + 1]; ring += 1) {
        const from = shapes.corners[ring], to = shapes.corners[ring + 1];
        for (let k = from, j = to - 1; k < to; j = k, k += 1) {
          const x = shapes.x[j] * scale + right, y = shapes.y[j] * scale + down, u = shapes.x[k] * scale + right, v = shapes.y[k] * scale + down;
          pen.fillStyle = Math.abs(u - x) > Math.abs(v - y) ? "#d3cfc6" : "#b9b4a9";
          pen.beginPath();
          pen.moveTo(x, y); pen.lineTo(u, v); pen.lineTo(u, v - lift); pen.lineTo(x, y - lift); pen.closePath();
          pen.fill(); pen.stroke();
        }
      }
      pen.beginPath();
      twinTiles.trace(pen, shapes, i, scale, right, down - lift, true);
      pen.fillStyle = one.fill; pen.fill("evenodd");
      pen.strokeStyle = one.stroke || "#555"; pen.lineWidth = one.width || 0.5; pen.setLineDash(one.dash || []); pen.stroke();
      pen.setLineDash([]);
    }
  },

  /* A Leaflet layer; painter(zoom) gives {looks, of(i) -> number of the look or -1 for none, order: numbers of looks, the topmost last} */
  layer(shapes, grid, painter, options) {
    const cells = options.cells || twinTiles.cells(shapes);
    const Layer = L.GridLayer.extend({
      createTile(coords) { /* seen at once: paper waits for no frame */
        const tile = L.DomUtil.create("canvas", "leaflet-tile-loaded"), dense = window.devicePixelRatio || 1;
        tile.width = tile.height = Math.round(twinTiles.TILE * dense);
        this.paint(tile, coords);
        return tile;
      },
      paint(tile, coords) {
        const pen = tile.getContext("2d"), dense = tile.width / twinTiles.TILE;
        pen.setTransform(dense, 0, 0, dense, 0, 0);
        pen.lineJoin = "round";
        const world = 256 * 2 ** coords.z, scale = world * grid.step;
        const right = grid.west * world - coords.x * twinTiles.TILE, down = grid.north * world - coords.y * twinTiles.TILE;
        const look = painter(coords.z), margin = 14 / scale, end = twinTiles.TILE, tall = look.heights ? look.tallest * scale : 0;
        const members = twinTiles.within(shapes, cells, -right / scale - margin, -down / scale - margin,
          (end - right) / scale + margin, (end - down + tall) / scale + margin);
        if (look.heights) { twinTiles.deep(pen, shapes, members, look, (i) => look.heights[i] * scale, scale, right, down); return; }
        const groups = look.looks.map(() => []);
        for (const i of members) { const g = look.of(i); if (g >= 0) { groups[g].push(i); } }
        (look.order || look.looks.keys()).forEach((g) => {
          if (groups[g].length) { twinTiles.draw(pen, shapes, groups[g], look.looks[g], scale, right, down); }
        });
      },
      /* As Leaflet has it, but tiles are drawn for the very zoom: they stay sharp between whole ones */
      _setView(center, zoom, noPrune, noUpdate) {
        if (!noUpdate) {
          this._tileZoom = this._clampZoom(zoom);
          this._updateLevels();
          this._resetGrid();
          this._update(center);
          if (!noPrune) { this._pruneTiles(); }
          this._noPrune = Boolean(noPrune);
        }
        this._setZoomTransforms(center, zoom);
      },
      /* A new width empties a tile; a cleared rectangle would be white on paper */
      repaint() { for (const { el, coords } of Object.values(this._tiles)) { el.width = el.height; this.paint(el, coords); } },
    });
    return new Layer({ tileSize: twinTiles.TILE, updateWhenZooming: false, keepBuffer: 1, ...options });
  },

  /* Grid coordinates of a place on the map */
  place(map, grid, latlng) {
    const world = map.project(latlng, 0).divideBy(256);
    return [(world.x - grid.west) / grid.step, (world.y - grid.north) / grid.step];
  },

  /* Latitude and longitude of grid coordinates */
  latlng(map, grid, x, y) {
    return map.unproject(L.point((x * grid.step + grid.west) * 256, (y * grid.step + grid.north) * 256), 0);
  },

  middle(shapes, i) {
    const box = 4 * i;
    return [(shapes.boxes[box] + shapes.boxes[box + 2]) / 2, (shapes.boxes[box + 1] + shapes.boxes[box + 3]) / 2];
  },

  /* The shape at a place: inside an area, else the nearest line or point within reach; -1 for none */
  hit(shapes, cells, area, x, y, reach) {
    let best = -1, least = reach * reach;
    for (const i of twinTiles.within(shapes, cells, x - reach, y - reach, x + reach, y + reach)) {
      if (area && twinTiles.inside(shapes, i, x, y)) { return i; }
      const far = twinTiles.distance(shapes, i, x, y, area);
      if (far < least) { least = far; best = i; }
    }
    return best;
  },

  inside(shapes, i, x, y) {
    let odd = false;
    for (let ring = shapes.rings[i]; ring < shapes.rings[i + 1]; ring += 1) {
      const from = shapes.corners[ring], to = shapes.corners[ring + 1];
      for (let k = from, j = to - 1; k < to; j = k, k += 1) {
        if ((shapes.y[k] > y) !== (shapes.y[j] > y)
          && x < (shapes.x[j] - shapes.x[k]) * (y - shapes.y[k]) / (shapes.y[j] - shapes.y[k]) + shapes.x[k]) { odd = !odd; }
      }
    }
    return odd;
  },

  /* Squared distance to the outline */
  distance(shapes, i, x, y, closed) {
    let least = Infinity;
    for (let ring = shapes.rings[i]; ring < shapes.rings[i + 1]; ring += 1) {
      const from = shapes.corners[ring], to = shapes.corners[ring + 1];
      for (let k = from; k < to; k += 1) {
        const j = k + 1 < to ? k + 1 : closed ? from : k;
        const dx = shapes.x[j] - shapes.x[k], dy = shapes.y[j] - shapes.y[k], length = dx * dx + dy * dy;
        const share = length ? Math.min(1, Math.max(0, ((x - shapes.x[k]) * dx + (y - shapes.y[k]) * dy) / length)) : 0;
        least = Math.min(least, (shapes.x[k] + share * dx - x) ** 2 + (shapes.y[k] + share * dy - y) ** 2);
      }
    }
    return least;
  },
};
