// Reads the code on a badge without asking anybody: the same verdicts as expo/registration/rules_codes.py, held to it
// by tests/registration/vectors.json.
import { fromBase32, fromBase64, toBase32, toHex } from "./bytes.js";

const VERSION = 1;
const PAYLOAD = 12;
const LONGEST = 400;
const DAY_MS = 86_400_000;
const EPOCH = Date.UTC(2020, 0, 1);
const ADDRESS = /^(?:(?:HTTPS?:\/\/)?[A-Z0-9.:\-[\]/_~]{1,250}?)?\/B\/([^/?#]*)(?:\/[^/?#]*\/?)?(?:[?#].*)?$/s;
const BARE = /^[A-Z2-7]{122}$/;
// A kind's place stands on printed badges.
export const KINDS = ["guest", "exhibitor", "trade_visitor", "visitor", "media", "staff", "volunteer", "expert",
  "signatory", "caretaker", "presenter"];

// The public keys as they come from the site ({number: uncompressed point in base64url}), ready for reading.
export async function importKeys(points) {
  const keys = await Promise.all(Object.entries(points).map(async ([number, point]) => [
    Number(number),
    await crypto.subtle.importKey("raw", fromBase64(point), { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]),
  ]));
  return new Map(keys);
}

// { fault } or { kind, keyId, edition, validUntil (yyyy-mm-dd), number (hex), content (76 bytes) }. Any text may come.
export async function read(text, keys) {
  const characters = text.length <= LONGEST * 2 && [...text].length <= LONGEST ? charactersOf(text) : null;
  if (characters === null) return { fault: "unknown_code" };
  const content = BARE.test(characters) ? fromBase32(characters) : null;
  // 122 characters hold 610 bits; the two that are left over must be 0, or two texts would be the same code.
  if (!content || toBase32(content) !== characters) return { fault: "forged" };
  const payload = content.subarray(0, PAYLOAD);
  const key = keys.get(payload[1]);
  const kind = KINDS[payload[0] & 15];
  if (payload[0] >> 4 !== VERSION || !kind || !key) return { fault: "forged" };
  const isSigned = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, content.subarray(PAYLOAD), payload);
  if (!isSigned) return { fault: "forged" };
  return {
    kind,
    keyId: payload[1],
    edition: (payload[2] << 8) | payload[3],
    validUntil: new Date(EPOCH + ((payload[4] << 8) | payload[5]) * DAY_MS).toISOString().slice(0, 10),
    number: toHex(payload.subarray(6)),
    content,
  };
}

// As read, and the code must belong to the edition and be good on the day (yyyy-mm-dd in the event's zone).
export async function verify(text, keys, edition, day) {
  const found = await read(text, keys);
  if (found.fault) return found;
  if (found.edition !== edition) return { fault: "other_edition" };
  return day <= found.validUntil ? found : { fault: "expired" };
}

function charactersOf(text) {
  const plain = text.trim().toUpperCase();
  const found = ADDRESS.exec(plain);
  if (found) return found[1];
  return BARE.test(plain) ? plain : null;
}
