// QR symbols drawn in the browser, for codes that change while there is no network: upper-case addresses, versions
// 5 to 10, level M (ISO/IEC 18004). `modules(text)` answers rows of booleans, dark ones true, or null for other texts.

const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
// version: [characters it holds, error words of a block, data words of each block, places of the small squares]
const VERSIONS = {
  5: [122, 24, [43, 43], [6, 30]], 6: [154, 16, [27, 27, 27, 27], [6, 34]], 7: [178, 18, [31, 31, 31, 31], [6, 22, 38]],
  8: [221, 22, [38, 38, 39, 39], [6, 24, 42]], 9: [262, 22, [36, 36, 36, 37, 37], [6, 26, 46]],
  10: [311, 26, [43, 43, 43, 43, 44], [6, 28, 50]],
};
// Level M with pattern 0, protected and masked as the standard asks. One pattern will do: the codes look random anyway.
const FORMAT = 0x5412;

const EXP = new Uint8Array(512), LOG = new Uint8Array(256);
for (let power = 0, value = 1; power < 255; power += 1) {
  EXP[power] = EXP[power + 255] = value;
  LOG[value] = power;
  value = (value << 1) ^ (value & 128 ? 0x11d : 0);
}
const times = (a, b) => (a && b ? EXP[LOG[a] + LOG[b]] : 0);

export function modules(text) {
  if ([...text].some((sign) => !SIGNS.includes(sign))) return null;
  const version = Number(Object.keys(VERSIONS).find((number) => text.length <= VERSIONS[number][0]));
  return version ? drawn(version, interleaved(version, words(text, version))) : null;
}

// The picture as the content of an SVG of `side` units with the quiet zone of 4 around it.
export function path(rows) {
  const runs = [];
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x += 1) {
      if (!row[x]) continue;
      const start = x;
      while (row[x + 1]) x += 1;
      runs.push(`M${start + 4} ${y + 4}h${x + 1 - start}v1h-${x + 1 - start}z`);
    }
  });
  return { side: rows.length + 8, path: runs.join("") };
}

function words(text, version) {
  const bits = [];
  const put = (value, size) => { for (let place = size - 1; place >= 0; place -= 1) bits.push((value >> place) & 1); };
  put(2, 4);
  put(text.length, version < 10 ? 9 : 11);
  for (let place = 0; place + 1 < text.length; place += 2) put(SIGNS.indexOf(text[place]) * 45 + SIGNS.indexOf(text[place + 1]), 11);
  if (text.length % 2) put(SIGNS.indexOf(text.at(-1)), 6);
  const room = VERSIONS[version][2].reduce((sum, size) => sum + size) * 8;
  put(0, Math.min(4, room - bits.length));
  while (bits.length % 8) bits.push(0);
  const found = [];
  for (let place = 0; place < bits.length; place += 8) found.push(Number.parseInt(bits.slice(place, place + 8).join(""), 2));
  for (let filler = 0xec; found.length < room / 8; filler ^= 0xec ^ 0x11) found.push(filler);
  return found;
}

function correction(data, size) {
  let generator = [1];
  for (let power = 0; power < size; power += 1) {
    const next = [...generator, 0];
    generator.forEach((factor, place) => { next[place + 1] ^= times(factor, EXP[power]); });
    generator = next;
  }
  const rest = [...data, ...new Array(size).fill(0)];
  data.forEach((_word, place) => {
    const lead = rest[place];
    if (lead) generator.forEach((factor, step) => { rest[place + step] ^= times(factor, lead); });
  });
  return rest.slice(data.length);
}

function interleaved(version, data) {
  const [, size, sizes] = VERSIONS[version];
  let place = 0;
  const blocks = sizes.map((length) => data.slice(place, (place += length)));
  const checks = blocks.map((block) => correction(block, size));
  const found = [];
  for (let word = 0; word < Math.max(...sizes); word += 1) for (const block of blocks) if (word < block.length) found.push(block[word]);
  for (let word = 0; word < size; word += 1) for (const check of checks) found.push(check[word]);
  return found;
}

function drawn(version, codewords) {
  const side = version * 4 + 17;
  const rows = Array.from({ length: side }, () => new Array(side).fill(null));
  const set = (y, x, dark) => { if (rows[y] && x >= 0 && x < side) rows[y][x] = dark; };
  const places = VERSIONS[version][3];
  for (const [top, left] of [[0, 0], [0, side - 7], [side - 7, 0]]) {
    for (let y = -1; y < 8; y += 1) for (let x = -1; x < 8; x += 1) {
      const ring = Math.max(Math.abs(y - 3), Math.abs(x - 3));
      set(top + y, left + x, ring !== 2 && ring < 4);
    }
  }
  for (const y of places) for (const x of places) {
    if (rows[y][x] !== null) continue;
    for (let down = -2; down < 3; down += 1) for (let over = -2; over < 3; over += 1) set(y + down, x + over, Math.max(Math.abs(down), Math.abs(over)) !== 1);
  }
  for (let step = 8; step < side - 8; step += 1) rows[6][step] = rows[step][6] = step % 2 === 0;
  for (let bit = 0; bit < 15; bit += 1) {
    const dark = Boolean((FORMAT >> bit) & 1);
    set(bit < 6 ? bit : bit < 8 ? bit + 1 : side - 15 + bit, 8, dark);
    set(8, bit < 8 ? side - 1 - bit : bit < 9 ? 7 : 14 - bit, dark);
  }
  set(side - 8, 8, true);
  if (version > 6) {
    let rest = version << 12;
    for (let bit = 17; bit > 11; bit -= 1) if ((rest >> bit) & 1) rest ^= 0x1f25 << (bit - 12);
    const said = (version << 12) | rest;
    for (let bit = 0; bit < 18; bit += 1) {
      const dark = Boolean((said >> bit) & 1), far = side - 11 + (bit % 3), near = Math.floor(bit / 3);
      set(far, near, dark);
      set(near, far, dark);
    }
  }
  fill(rows, codewords);
  return rows;
}

// In columns of two from the lower right, upwards and downwards in turn, past the upright line of the grid.
function fill(rows, codewords) {
  const side = rows.length;
  let bit = 0;
  for (let right = side - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let step = 0; step < side; step += 1) {
      const y = up ? side - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (rows[y][x] !== null) continue;
        const dark = Boolean(((codewords[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
        rows[y][x] = dark !== ((y + x) % 2 === 0);
        bit += 1;
      }
    }
  }
}
