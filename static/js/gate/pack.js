// The offline pack: who may come in, one encrypted box for each badge. A box opens only with its own badge's code, so
// a lost device shows nothing. The format stands in docs/checkin-protocol.md.
import { fromHex, joined, toHex } from "./bytes.js";

const MAGIC = "EXPOPCK1";
const ID = 8;
const NONCE = 4;
const REVOKED = { 1: "replaced", 2: "cancelled" };
const text = new TextEncoder();

async function digest(label, bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(text.encode(label), bytes)));
}

// The pack's id of a code, as hex; it opens no box. Texts that are no codes get one, too, for the record.
export async function idOf(content) {
  return toHex((await digest("expo-pack-id", content)).subarray(0, ID));
}

export function parse(buffer) {
  const bytes = new Uint8Array(buffer);
  const view = new DataView(buffer);
  if (new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) !== MAGIC) throw new Error("not a pack");
  const headLength = view.getUint32(MAGIC.length, true);
  const headAt = MAGIC.length + 4;
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(headAt, headAt + headLength)));
  const idsAt = Math.ceil((headAt + headLength) / 4) * 4;
  const offsetsAt = idsAt + head.count * ID;
  const boxesAt = offsetsAt + (head.count + 1) * 4;
  if (view.getUint32(boxesAt - 4, true) + boxesAt > bytes.length) throw new Error("a pack that was cut off");
  return { ...head, buffer, bytes, view, idsAt, offsetsAt, boxesAt };
}

// The box of an id in one pack, or null.
export function boxIn(pack, id) {
  const { bytes, view, idsAt, offsetsAt, boxesAt } = pack;
  let low = 0;
  let high = pack.count - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compare(bytes, idsAt + middle * ID, id);
    if (order === 0) {
      const at = offsetsAt + middle * 4;
      return bytes.subarray(boxesAt + view.getUint32(at, true), boxesAt + view.getUint32(at + 4, true));
    }
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return null;
}

function compare(bytes, at, id) {
  for (let place = 0; place < ID; place += 1) {
    const difference = bytes[at + place] - id[place];
    if (difference) return difference;
  }
  return 0;
}

// What the packs (newest first) know of a code: null, { revoked }, or the opened box.
export async function find(packs, content) {
  const id = (await digest("expo-pack-id", content)).subarray(0, ID);
  for (const pack of packs) {
    const box = boxIn(pack, id);
    if (box) return box.length === 1 ? { revoked: REVOKED[box[0]] ?? "cancelled" } : opened(box, id, content);
  }
  return null;
}

async function opened(box, id, content) {
  const secret = (await digest("expo-pack-key", content)).subarray(0, 16);
  const key = await crypto.subtle.importKey("raw", secret, "AES-GCM", false, ["decrypt"]);
  const iv = new Uint8Array(12);
  iv.set(box.subarray(0, NONCE));
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: id, tagLength: 128 }, key, box.subarray(NONCE));
  const [registration, name, organisation, kind, extra = {}] = JSON.parse(new TextDecoder().decode(plain));
  return { registration, name, organisation, kind, zones: extra.z ?? [], secret: extra.s ?? "", lists: extra.u ?? [] };
}

// Several packs as one, the newer entry of an id first: a device that is never switched off gathers many differences.
export function merged(packs) {
  const [newest] = packs;
  const boxes = new Map();
  for (const pack of packs) {
    for (let place = 0; place < pack.count; place += 1) {
      const id = toHex(pack.bytes.subarray(pack.idsAt + place * ID, pack.idsAt + (place + 1) * ID));
      if (boxes.has(id)) continue;
      const at = pack.offsetsAt + place * 4;
      boxes.set(id, pack.bytes.subarray(pack.boxesAt + pack.view.getUint32(at, true), pack.boxesAt + pack.view.getUint32(at + 4, true)));
    }
  }
  const ids = [...boxes.keys()].sort();
  const { edition, version, lists, keys, made_at } = newest;
  const head = text.encode(JSON.stringify({ edition, version, since: 0, complete: true, count: ids.length, made_at, lists, keys }));
  const headAt = MAGIC.length + 4;
  const idsAt = Math.ceil((headAt + head.length) / 4) * 4;
  const boxesAt = idsAt + ids.length * ID + (ids.length + 1) * 4;
  const buffer = new ArrayBuffer(boxesAt + ids.reduce((sum, id) => sum + boxes.get(id).length, 0));
  const bytes = new Uint8Array(buffer);
  const view = new DataView(buffer);
  bytes.set(text.encode(MAGIC));
  view.setUint32(MAGIC.length, head.length, true);
  bytes.set(head, headAt);
  let length = 0;
  ids.forEach((id, place) => {
    bytes.set(fromHex(id), idsAt + place * ID);
    bytes.set(boxes.get(id), boxesAt + length);
    length += boxes.get(id).length;
    view.setUint32(idsAt + ids.length * ID + (place + 1) * 4, length, true);
  });
  return parse(buffer);
}
