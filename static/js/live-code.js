// The live part of a badge's code, as expo/registration/rules_live.py describes it; WebCrypto, no network.

export const STEP = 30_000;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export const bytesOf = (base64) => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
export const stepAt = (milliseconds) => Math.floor(milliseconds / STEP);

// The badge's number stands in the signed code itself: bytes 6 to 11 of what its base32 says.
export function numberOf(address) {
  const signed = /\/B\/([A-Z2-7]{122})/.exec(address)[1];
  let bits = "";
  for (const sign of signed.slice(0, 20)) bits += ALPHABET.indexOf(sign).toString(2).padStart(5, "0");
  return Uint8Array.from({ length: 6 }, (_none, place) => Number.parseInt(bits.slice(48 + place * 8, 56 + place * 8), 2));
}

export async function livePart(secret, number, step) {
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const message = new Uint8Array(23);
  message.set(new TextEncoder().encode("expo-live"));
  message.set(number, 9);
  new DataView(message.buffer).setBigUint64(15, BigInt(step));
  const tag = new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
  const place = [15, 10, 5, 0].map((shift) => ALPHABET[Math.floor((step % 2 ** 20) / 2 ** shift) & 31]).join("");
  let bits = "";
  for (const byte of tag.slice(0, 5)) bits += byte.toString(2).padStart(8, "0");
  return place + bits.match(/.{5}/g).map((five) => ALPHABET[Number.parseInt(five, 2)]).join("");
}
