// One flow for every scan: the site judges as long as it answers; when it does not, the device judges by itself, by
// the same rules, and keeps the scan for later. Whoever stands at the gate gets an answer either way.
import { fromBase64 } from "./bytes.js";
import { KINDS, importKeys, read, verify } from "./code.js";
import { localTime } from "./days.js";
import { checkLive, livePartOf } from "./live.js";
import { find, idOf } from "./pack.js";
import { evaluate } from "./rules.js";
import { Away, PATIENCE_MS, Refusal } from "./site.js";

// The badge that organisers print for trying a gate out; it lets nobody in.
export const TEST_NUMBER = "000000000000";
const COLOURS = { admitted: "good", readmitted: "good", repeated: "warn", refused: "danger", double: "warn", undone: "danger" };
// A chip's number as readers type it: in no pack, because its box would be easy to open.
const CHIP = /^[0-9A-F]{6,32}$/;
// Reasons against a badge that the device has no entry of: they may only mean that the entry is missing.
const PERHAPS = new Set(["wrong_zone", "not_signed_up", "live_wrong"]);

export class Gatekeeper extends EventTarget {
  constructor({ store, site, queue, seen, packs }) {
    super();
    Object.assign(this, { store, site, queue, seen, packs });
    this.keys = new Map();
    this.device = null;
    this.last = Promise.resolve();
  }

  async use(device) {
    this.device = device;
    if (isSafe()) this.keys = await importKeys(device.keys);
  }

  // Scans are answered one after the other, in the order in which they were made.
  scan(what) {
    const answer = this.last.then(() => this.answer(what));
    this.last = answer.catch(() => {});
    return answer;
  }

  // what: { list, kind, text | registration | id, force, note, began }
  async answer(what) {
    const at = this.site.now();
    const scan = { ...what, clientId: newId(), at };
    if (scan.text !== undefined && isSafe()) {
      const found = await read(scan.text, this.keys);
      if (found.number === TEST_NUMBER) return this.tested(scan, found);
    }
    if (this.site.isOnline) {
      try {
        return await this.ask(scan);
      } catch (error) {
        if (error instanceof Refusal) return { ...scan, result: "failed", reason: "", colour: "danger", sentence: error.message };
        if (!(error instanceof Away)) throw error;
      }
    }
    return this.decide(scan);
  }

  async ask(scan) {
    const { list, kind, text, registration, force, note } = scan;
    const asked = { client_id: scan.clientId, list: list.id, kind, ...(force && { force, note }) };
    if (registration) asked.registration = registration;
    else asked.code = text;
    const told = await this.site.post("scan", asked, { patience: PATIENCE_MS });
    const answer = { ...scan, ...told, at: new Date(told.at), list, isOffline: false };
    // What happened here is known here, too, should the network go.
    if (text && isSafe()) this.remember(answer).catch((error) => console.error(error));
    return answer;
  }

  async remember(answer) {
    const found = await read(answer.text, this.keys);
    if (found.fault || !answer.welcome) return;
    answer.id = await idOf(found.content);
    answer.before = await this.seen.note(answer.list.id, answer.id, answer.kind, answer.at);
  }

  async decide(scan) {
    // Who was found by name only cannot be judged without the site, unless somebody takes it upon himself.
    const isChip = scan.text?.length <= 100 && CHIP.test(scan.text.replaceAll(/[\s:.-]/g, "").toUpperCase());
    if (!isSafe() || (scan.text === undefined && !scan.force) || isChip) {
      return { ...scan, result: "failed", reason: isChip ? "chip_needs_network" : "away", colour: "danger", sentence: "", isOffline: true };
    }
    const judged = scan.force ? await this.overridden(scan) : await this.judge(scan);
    const answer = {
      ...scan, ...judged, isOffline: true, welcome: judged.result === "admitted" || judged.result === "readmitted",
      colour: COLOURS[judged.result], unkept: scan.list.not_offline,
    };
    const row = { client_id: scan.clientId, list: scan.list.id, kind: scan.kind, at: scan.at.toISOString(),
      decided: answer.result, reason: answer.reason, note: scan.note ?? "" };
    if (answer.id) row.id = answer.id;
    else row.registration = scan.registration;
    await this.queue.add(row);
    if (answer.welcome && answer.id) answer.before = await this.seen.note(scan.list.id, answer.id, scan.kind, scan.at);
    return answer;
  }

  // Somebody takes the responsibility: what the badge is was found out a moment ago.
  async overridden(scan) {
    const { id, name, organisation, badge } = scan.text === undefined ? scan : await this.judge(scan);
    return { id, name, organisation, badge, result: "admitted", reason: "override" };
  }

  async judge({ text, list, kind, at }) {
    const { zone, id: edition } = this.device.edition;
    const { day, time } = localTime(at, zone);
    const found = await verify(text, this.keys, edition, day);
    if (found.fault) return { id: await idOf(new TextEncoder().encode(text)), result: "refused", reason: found.fault };
    const id = await idOf(found.content);
    const entry = await find(this.packs.layers, found.content);
    const badge = badgeOf(found, entry, list, this.device.kinds);
    const live = list.rules.live ? await liveOf(text, entry, found.number, at) : "live_missing";
    const state = this.seen.stateOf(list.id, id, day);
    const verdict = evaluate(list.rules, badge, { kind, at: at.toISOString(), day, time, live }, state);
    if (!entry && (verdict.result === "admitted" || verdict.result === "readmitted" || PERHAPS.has(verdict.reason))) {
      verdict.reason = "not_in_pack";
    }
    const last = verdict.result === "repeated" ? this.seen.lastOf(list.id, id) : null;
    return { id, ...verdict, name: entry?.name ?? "", organisation: entry?.organisation ?? "", badge: badge.kind,
      registration: entry?.registration, first: last && { at: last.at, place: list.name } };
  }

  async tested(scan, found) {
    const { day } = localTime(scan.at, this.device.edition.zone);
    const fault = found.edition !== this.device.edition.id ? "other_edition" : day > found.validUntil ? "expired" : "";
    return { ...scan, result: fault ? "refused" : "tested", reason: fault, colour: fault ? "danger" : "good", isTest: true,
      isOffline: !this.site.isOnline };
  }

  // Takes a scan of this device back. Without the network an entry is handed in as one that was not granted after all,
  // so that it leaves a trace; an exit that was none leaves nothing.
  async undo(answer) {
    if (this.site.isOnline) {
      try {
        await this.queue.handIn();
        await this.site.post("undo", { client_id: answer.clientId });
        await this.forget(answer);
        return true;
      } catch (error) {
        if (!(error instanceof Away)) throw error;
      }
    }
    const isKept = answer.kind === "entry" ? await this.queue.change(answer.clientId, { decided: "refused", reason: "", note: "undone" })
      : await this.queue.drop(answer.clientId);
    if (!isKept) return false;
    await this.forget(answer);
    return true;
  }

  async forget(answer) {
    if (answer.id && answer.welcome) await this.seen.set(`${answer.list.id}:${answer.id}`, answer.before);
  }
}

function badgeOf(found, entry, list, kinds) {
  if (entry?.revoked) return { status: entry.revoked, kind: found.kind, zones: null, signed_up: null };
  if (!entry) return { status: "valid", kind: found.kind, zones: null, signed_up: null };
  const kind = kinds?.[entry.kind]?.value ?? KINDS[entry.kind];
  return { status: "valid", kind, zones: entry.zones, signed_up: entry.lists.includes(list.id) };
}

function liveOf(text, entry, number, at) {
  const part = livePartOf(text);
  if (!part) return "live_missing";
  return entry?.secret ? checkLive(part, fromBase64(entry.secret), number, at) : "live_wrong";
}

// WebCrypto, the service worker and the camera need https; without it the gate works while the site answers.
export function isSafe() {
  return Boolean(globalThis.crypto?.subtle);
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
