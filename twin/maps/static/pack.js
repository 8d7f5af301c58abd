"use strict";
/* Reads the blocks that twin/maps/pack.py writes. */
const twinPack = {
  /* base64 of gzip -> bytes, without a request */
  async bytes(text) {
    const raw = atob(text);
    const packed = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i += 1) { packed[i] = raw.charCodeAt(i); }
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  },

  /* LEB128: numbers up to 2**49, so no bit operations beyond the first four bytes */
  varints(bytes) {
    let count = 0;
    for (let i = 0; i < bytes.length; i += 1) { if (bytes[i] < 128) { count += 1; } }
    const found = new Float64Array(count);
    for (let i = 0, n = 0; n < count; n += 1) {
      let byte = bytes[i++], value = byte & 127;
      for (let scale = 128; byte > 127; scale *= 128) { byte = bytes[i++]; value += (byte & 127) * scale; }
      found[n] = value;
    }
    return found;
  },

  signed(value) { return value % 2 ? -(value + 1) / 2 : value / 2; },

  async shapes(text) {
    const numbers = twinPack.varints(await twinPack.bytes(text));
    const count = numbers[0];
    const rings = new Uint32Array(count + 1);
    let at = 1;
    for (let i = 0; i < count; i += 1) { rings[i + 1] = rings[i] + numbers[at++]; }
    const corners = new Uint32Array(rings[count] + 1);
    for (let i = 0; i < rings[count]; i += 1) { corners[i + 1] = corners[i] + numbers[at++]; }
    const x = new Int32Array(corners[rings[count]]), y = new Int32Array(x.length);
    for (let i = 0, right = 0, down = 0; i < x.length; i += 1) {
      right += twinPack.signed(numbers[at++]);
      down += twinPack.signed(numbers[at++]);
      x[i] = right; y[i] = down;
    }
    return { count, rings, corners, x, y, boxes: twinPack.boxes(count, rings, corners, x, y) };
  },

  /* least x, least y, greatest x, greatest y of each shape */
  boxes(count, rings, corners, x, y) {
    const found = new Int32Array(4 * count);
    for (let i = 0; i < count; i += 1) {
      let west = 2147483647, north = west, east = -west, south = -west;
      for (let k = corners[rings[i]]; k < corners[rings[i + 1]]; k += 1) {
        if (x[k] < west) { west = x[k]; }
        if (x[k] > east) { east = x[k]; }
        if (y[k] < north) { north = y[k]; }
        if (y[k] > south) { south = y[k]; }
      }
      found.set([west, north, east, south], 4 * i);
    }
    return found;
  },

  /* a column of figures; missing ones are NaN */
  async figures(text, decimals, base) {
    const numbers = twinPack.varints(await twinPack.bytes(text));
    const scale = 10 ** decimals;
    const found = new Float64Array(numbers.length);
    for (let i = 0; i < numbers.length; i += 1) {
      if (numbers[i] === 0) { found[i] = NaN; continue; }
      const before = base && base[i] === base[i] ? Math.round(base[i] * scale) : 0;
      found[i] = (twinPack.signed(numbers[i] - 1) + before) / scale;
    }
    return found;
  },

  async lines(text) { return new TextDecoder().decode(await twinPack.bytes(text)).split("\n"); },

  async codes(text) { return Uint32Array.from(twinPack.varints(await twinPack.bytes(text))); },
};
