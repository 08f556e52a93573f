// What the gate's app says of the shared examples. Run by test_app_vectors.py under node; reads a JSON object from
// stdin and writes one to stdout.
import { readFileSync } from "node:fs";
import { fromBase64, toHex } from "../../static/js/gate/bytes.js";
import { importKeys, read, verify } from "../../static/js/gate/code.js";
import { localTime } from "../../static/js/gate/days.js";
import { checkLive, livePart, livePartOf } from "../../static/js/gate/live.js";
import { find, idOf, merged, parse } from "../../static/js/gate/pack.js";
import { evaluate } from "../../static/js/gate/rules.js";

const JOBS = {
  async codes({ keys, edition, day, texts }) {
    const imported = await importKeys(keys);
    return Promise.all(texts.map(async (text) => {
      const { content, ...found } = await verify(text, imported, edition, day);
      return found;
    }));
  },
  async live({ secret, number, vectors }) {
    return Promise.all(vectors.map(({ text, at }) => checkLive(livePartOf(text), fromBase64(secret), number, new Date(at))));
  },
  async parts({ secret, number, steps }) {
    return Promise.all(steps.map((step) => livePart(fromBase64(secret), number, step)));
  },
  rules({ vectors }) {
    return vectors.map(({ rules, badge, scan, state }) => evaluate(rules, badge, scan, state));
  },
  days({ moments, zone }) {
    return moments.map((moment) => localTime(new Date(moment), zone));
  },
  async pack({ files, keys, codes, together }) {
    const imported = await importKeys(keys);
    let packs = files.map((file) => {
      const bytes = readFileSync(file);
      return parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    });
    if (together) packs = [merged(packs)];
    return Promise.all(codes.map(async (code) => {
      const { content } = await read(code, imported);
      return { id: await idOf(content), found: await find(packs, content) };
    }));
  },
  async speed({ file, keys, code }) {
    const imported = await importKeys(keys);
    const bytes = readFileSync(file);
    const began = performance.now();
    const packs = [parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))];
    const loaded = performance.now();
    for (let round = 0; round < 50; round += 1) await find(packs, (await read(code, imported)).content);
    return { load_ms: loaded - began, find_ms: (performance.now() - loaded) / 50, count: packs[0].count, hex: toHex(new Uint8Array(0)) };
  },
};

const { job, ...asked } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(await JOBS[job](asked)));
