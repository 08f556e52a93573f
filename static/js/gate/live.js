// The moving part of a code on a phone, checked without asking anybody: the same verdicts as
// expo/registration/rules_live.py, held to it by tests/registration/vectors.json.
import { fromHex, joined, toBase32 } from "./bytes.js";

const STEP_MS = 30_000;
const WINDOW = 1;
const STEPS = 2 ** 20; // A part holds the low 20 bits of its step.
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const LIVE = /^[A-Z2-7]{12}$/;
const IN_ADDRESS = /\/B\/[^/?#]*\/([^/?#]*)\/?(?:[?#].*)?$/s;

export function livePartOf(text) {
  return text.length <= 500 ? IN_ADDRESS.exec(text.trim().toUpperCase())?.[1] ?? "" : "";
}

// "good" or the fault. `secret` is the badge's (bytes), `at` a moment by the site's clock.
export async function checkLive(part, secret, number, at) {
  if (!part) return "live_missing";
  const plain = part.trim().toUpperCase();
  if (!LIVE.test(plain)) return "live_wrong";
  const now = Math.floor(at.getTime() / STEP_MS);
  const step = nearest(plain, now);
  if (step < 0 || await livePart(secret, number, step) !== plain) return "live_wrong";
  return Math.abs(step - now) > WINDOW ? "live_stale" : "good";
}

export async function livePart(secret, number, step) {
  const low = step % STEPS;
  const place = [15, 10, 5, 0].map((shift) => ALPHABET[(low >> shift) & 31]).join("");
  const count = new DataView(new ArrayBuffer(8));
  count.setBigUint64(0, BigInt(step));
  const message = joined(new TextEncoder().encode("expo-live"), fromHex(number), new Uint8Array(count.buffer));
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return place + toBase32(new Uint8Array(await crypto.subtle.sign("HMAC", key, message)).subarray(0, 5));
}

// The whole step of a part: the one nearest to now, within half a year.
function nearest(part, now) {
  let low = 0;
  for (const letter of part.slice(0, 4)) low = (low << 5) | ALPHABET.indexOf(letter);
  const half = STEPS / 2;
  return now + ((((low - now + half) % STEPS) + STEPS) % STEPS) - half;
}
