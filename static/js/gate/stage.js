// Says an answer: colour, sign and words for who stands two metres away, sound for who looks elsewhere.
import { text } from "../texts.js";
import { localTime } from "./days.js";
import { play } from "./sound.js";

const GOOD_MS = 1400;
const BAD_MS = 3800;
const KIOSK_MS = 4000;
const NEVER_OURS = new Set(["unknown_code", "forged", "expired", "other_edition"]);

export class Stage extends EventTarget {
  constructor(view, settings) {
    super();
    this.view = view;
    this.settings = settings;
    this.place = view.querySelector("[data-answer]");
    this.answer = null;
    this.isKiosk = false;
    view.querySelector("[data-next]").addEventListener("click", () => this.clear());
    this.place.addEventListener("click", (event) => {
      if (!event.target.closest("button") && !this.stays) this.clear();
    });
  }

  // Whether the answer stays until somebody presses "Next".
  get stays() {
    return !this.settings.rapid && !this.isKiosk;
  }

  say(name, words) {
    this.place.querySelector(`[data-${name}]`).textContent = words ?? "";
  }

  // Gives back what stands in the big word, for the line of the last answer.
  show(answer, { zone, rights }) {
    clearTimeout(this.timer);
    this.answer = answer;
    const word = wordOf(answer);
    const at = localTime(answer.at, zone);
    this.say("word", text(word));
    this.say("name", answer.name);
    this.say("badge", answer.badge ? text(`badge_${answer.badge}`) : "");
    this.say("organisation", answer.organisation);
    this.say("second", this.isKiosk ? text(`second_${word}`) : "");
    this.say("sentence", this.isKiosk && answer.colour !== "good" ? `${text("ask_desk")} · ${text("second_ask_desk")}` : sentenceOf(answer));
    this.say("first", this.isKiosk ? "" : firstOf(answer, zone));
    this.say("unkept", answer.isOffline && answer.welcome && !this.isKiosk ? unkept(answer.unkept) : "");
    this.say("time", at.clock);
    this.place.querySelector("[data-offline-mark]").hidden = !answer.isOffline;
    this.place.querySelector("[data-override]").hidden = !canOverride(answer, rights) || this.isKiosk;
    const isAtDesk = answer.kind === "print" && answer.welcome && rights.includes("print") && !this.isKiosk;
    for (const name of ["print", "chip"]) this.place.querySelector(`[data-${name}]`).hidden = !isAtDesk || !answer.registration;
    this.place.dataset.colour = answer.colour;
    this.place.dataset.result = answer.result;
    // The same answer twice in a row must be seen to be a new one.
    this.place.classList.remove("fresh");
    void this.place.offsetWidth;
    this.place.classList.add("fresh");
    play(answer.colour);
    if (!this.stays) this.timer = setTimeout(() => this.clear(), this.isKiosk ? KIOSK_MS : answer.colour === "good" ? GOOD_MS : BAD_MS);
    this.dispatchEvent(new Event("shown"));
  }

  // While somebody reads or decides, the answer stays.
  hold() {
    clearTimeout(this.timer);
  }

  clear() {
    clearTimeout(this.timer);
    this.place.dataset.colour = "idle";
    this.dispatchEvent(new Event("cleared"));
  }
}

export function wordOf({ kind, result, reason, welcome }) {
  if (welcome && kind === "exit") return "exit";
  if (welcome && kind === "print") return "print_good";
  if (result === "repeated") return reason === "inside" || !reason ? "inside" : "repeated";
  return result;
}

export function sentenceOf(answer) {
  if (answer.result === "tested") return text("test_passed", { ms: Math.round(answer.ms) });
  if (answer.result === "failed") return answer.reason ? text(answer.reason) : answer.sentence;
  if (answer.result === "repeated" && answer.reason === "inside") return text("look");
  return answer.reason ? text(`reason_${answer.reason}`) : answer.sentence ?? "";
}

function firstOf({ first, isOffline }, zone) {
  return first ? text(isOffline ? "last" : "first", { time: localTime(new Date(first.at), zone).clock, place: first.place }) : "";
}

export function unkept(rules, name = "unkept") {
  return rules?.length ? text(name, { rules: rules.map((rule) => text(`unkept_${rule}`)).join("、") }) : "";
}

export function canOverride({ result, reason, kind, text: code, registration }, rights) {
  return rights.includes("override") && kind === "entry" && (result === "refused" || result === "repeated")
    && !NEVER_OURS.has(reason) && Boolean(code || registration);
}
