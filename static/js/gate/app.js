// The gate's app: enrolling, opening, scanning. What it does by itself stands here; each dialog has a file of its own.
import { text } from "../texts.js";
import { stayAwake } from "./awake.js";
import { Camera } from "./camera.js";
import { connectChip } from "./chip.js";
import { localTime } from "./days.js";
import { connectEnrolling } from "./enrol.js";
import { connectFigures } from "./figures.js";
import { Gatekeeper, isSafe } from "./gatekeeper.js";
import { connectInstalling, keepShell } from "./install.js";
import { connectKiosk } from "./kiosk.js";
import { connectLink } from "./link.js";
import { connectOverride } from "./override.js";
import { Packs } from "./packs.js";
import { connectPrinting } from "./printing.js";
import { Queue } from "./queue.js";
import { connectRecent } from "./recent.js";
import { listenToScanner, listenToTags } from "./scanner.js";
import { connectSearch } from "./search.js";
import { Seen } from "./seen.js";
import { connectSelftest } from "./selftest.js";
import { connectSettings } from "./settings.js";
import { Site } from "./site.js";
import { setSound, unlock } from "./sound.js";
import { Stage, unkept, wordOf } from "./stage.js";
import { Store } from "./store.js";
import { Sync } from "./sync.js";

const SAME_CODE_MS = 4000;
const RECENT = 30;
const SETTINGS = { rapid: true, sound: true, vibration: true, front: false, typing: false, hand: "right", list: null, kind: "entry", kiosk: null };

class Gate extends EventTarget {
  constructor(store) {
    super();
    this.store = store;
    this.body = document.body;
    this.recent = []; // In memory only: it holds names.
    this.lastSeen = new Map(); // What the camera saw when: a badge that stays before it is one scan.
  }

  async load() {
    this.settings = { ...SETTINGS, ...await this.store.get("settings") };
    this.device = await this.store.get("device");
    this.site = new Site(this.device?.token);
    this.site.skew = (await this.store.get("skew")) ?? 0;
    this.queue = new Queue(this.store, this.site);
    this.packs = new Packs(this.store, this.site);
    this.seen = new Seen(this.store, this.device?.edition.zone);
    this.keeper = new Gatekeeper(this);
    this.sync = new Sync(this);
    this.stage = new Stage(this.view("gate"), this.settings);
    this.camera = new Camera(this.find("[data-video]"), (code, began) => this.look(code, began));
    await this.queue.load();
    if (this.device) {
      await this.keeper.use(this.device);
      await this.packs.load();
      await this.seen.load();
    }
  }

  find(selector, root = document) {
    return root.querySelector(selector);
  }

  view(name) {
    return this.find(`[data-for~="${name}"]`);
  }

  dialog(name) {
    return document.getElementById(`gate-${name}`);
  }

  get list() {
    const { lists } = this.device;
    return lists.find((list) => list.id === this.settings.list) ?? lists[0];
  }

  get rights() {
    return this.device?.rights ?? [];
  }

  get zone() {
    return this.device.edition.zone;
  }

  has(right) {
    return this.rights.includes(right);
  }

  show(view) {
    this.body.dataset.view = view;
    document.querySelectorAll("[data-for]").forEach((part) => { part.hidden = !part.dataset.for.split(" ").includes(view); });
    const isOpen = view === "gate" || view === "kiosk";
    this.stage.isKiosk = view === "kiosk";
    stayAwake(isOpen);
    if (!isOpen) this.camera.stop();
    this.dispatchEvent(new CustomEvent("view", { detail: view }));
  }

  // Names, places and rights as they are now, wherever they stand.
  paint() {
    if (!this.device) return;
    const { list, device, settings } = this;
    const say = (selector, words) => document.querySelectorAll(selector).forEach((place) => { place.textContent = words; });
    say("[data-list-name]", list.name);
    say("[data-list-place]", [text(`place_${list.kind}`), list.venue].filter(Boolean).join(" · "));
    say("[data-device-name]", device.device.name);
    say("[data-edition-name]", device.edition.name);
    const counts = device.counts?.[list.id];
    for (const name of ["inside", "admitted"]) say(`[data-count=${name}]`, counts ? counts[name].toLocaleString() : "–");
    document.querySelectorAll("[data-right]").forEach((place) => { place.hidden = !this.has(place.dataset.right); });
    document.querySelectorAll("button[data-kind]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.kind === settings.kind));
      if (button.dataset.kind === "print") button.hidden = !this.has("print");
    });
    document.querySelectorAll("[data-unkept-note]").forEach((note) => {
      note.textContent = unkept(list.not_offline, "unkept_note");
      note.hidden = !note.textContent;
    });
    this.body.dataset.hand = settings.hand;
    this.body.dataset.kind = settings.kind;
    this.body.toggleAttribute("data-typing", settings.typing);
    this.body.toggleAttribute("data-steady", !settings.rapid);
    setSound(settings);
    this.dispatchEvent(new Event("painted"));
  }

  async set(changes) {
    Object.assign(this.settings, changes);
    this.paint();
    await this.store.keep("settings", this.settings);
  }

  // What the site says about this device; the token stays what it is.
  async learn(news) {
    const { token } = this.device ?? {};
    this.device = { ...this.device, ...news, token: news.token ?? token };
    this.site.token = this.device.token;
    this.seen.zone = this.zone;
    await this.keeper.use(this.device);
    await this.store.keep("device", this.device);
    this.paint();
  }

  async open() {
    unlock();
    this.show("gate");
    this.paint();
    // Nobody is asked twice for NFC.
    listenToTags((code, began) => this.takesTag(code) || this.scan({ text: code, began })).catch(() => {});
    await this.startCamera();
  }

  async startCamera() {
    const note = this.find("[data-camera-note]");
    const button = this.find("[data-camera-start]");
    note.textContent = "";
    button.hidden = true;
    if (!Camera.isPossible) {
      note.textContent = text(window.isSecureContext ? "camera_none" : "camera_insecure");
      return;
    }
    try {
      await this.camera.start(this.settings.front || this.stage.isKiosk ? "user" : "environment");
    } catch (error) {
      note.textContent = text(error.name === "NotFoundError" ? "camera_none" : "camera_denied");
      button.hidden = false;
    }
    this.find("[data-torch]").hidden = !this.camera.hasTorch;
  }

  // The camera reads the same badge many times.
  look(code, began) {
    const now = performance.now();
    const isNew = now - (this.lastSeen.get(code) ?? -Infinity) > SAME_CODE_MS;
    this.lastSeen.set(code, now);
    if (isNew && !(this.stage.stays && this.stage.place.dataset.colour !== "idle") && !document.querySelector("dialog[open]")) {
      this.scan({ text: code, began });
    }
  }

  // what: { text } or { registration } or an answer with { force, note }; began: when its picture was taken or its
  // last key was typed (performance.now()).
  async scan({ began = performance.now(), ...what }) {
    const answer = await this.keeper.scan({ list: this.list, kind: this.settings.kind, ...what });
    answer.ms = performance.now() - began;
    this.tell(answer);
    return answer;
  }

  tell(answer) {
    this.stage.show(answer, { zone: this.zone, rights: this.rights });
    performance.measure("scan to answer", { start: performance.now() - answer.ms, detail: { offline: answer.isOffline, result: answer.result } });
    this.speed = { ms: answer.ms, isOffline: answer.isOffline };
    if (!answer.isTest) {
      this.recent.unshift(answer);
      this.recent.length = Math.min(this.recent.length, RECENT);
      this.count(answer);
    }
    this.dispatchEvent(new CustomEvent("answered", { detail: answer }));
  }

  // The figures move at once; the site sets them right with its next word.
  count({ list, kind, welcome }) {
    const counts = this.device.counts?.[list.id];
    if (!counts || !welcome || kind === "print") return;
    counts.inside = Math.max(0, counts.inside + (kind === "exit" ? -1 : 1));
    if (kind === "entry") counts.admitted += 1;
    this.paint();
  }

  lineOf(answer) {
    return [localTime(answer.at, this.zone).time, text(wordOf(answer)), answer.name].filter(Boolean).join(" · ");
  }

  // No longer trusted: whatever could be read or misused goes; scans that nobody else knows of stay.
  async forget(reason) {
    this.sync.stop();
    this.camera.stop();
    await this.store.wipe();
    this.device = null;
    this.site.token = "";
    this.packs.layers = [];
    this.seen.rows.clear();
    this.recent = [];
    this.settings = Object.assign(this.settings, SETTINGS);
    document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    this.stage.clear();
    this.dispatchEvent(new CustomEvent("forgotten", { detail: reason }));
    this.show("enrol");
  }
}

function connectTools(gate) {
  document.querySelectorAll("[data-opens]").forEach((button) => button.addEventListener("click", () => {
    document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    gate.dispatchEvent(new CustomEvent("opens", { detail: button.dataset.opens }));
    gate.dialog(button.dataset.opens).showModal();
  }));
  document.querySelectorAll("button[data-kind]").forEach((button) => {
    button.addEventListener("click", () => gate.set({ kind: button.dataset.kind }));
  });
  gate.find("[data-camera-start]").addEventListener("click", () => gate.startCamera());
  gate.find("[data-open-gate]").addEventListener("click", () => gate.open());
  gate.find("[data-close-gate]").addEventListener("click", () => {
    gate.dialog("settings").close();
    gate.show("start");
  });
  const torch = gate.find("[data-torch]");
  torch.addEventListener("click", async () => {
    const on = torch.getAttribute("aria-pressed") !== "true";
    await gate.camera.torch(on);
    torch.setAttribute("aria-pressed", String(on));
  });
  const form = gate.find("[data-code-form]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = form.elements.code.value.trim();
    form.elements.code.value = "";
    if (code) gate.scan({ text: code });
  });
  listenToScanner((code, began) => {
    const view = gate.body.dataset.view;
    if (gate.takesTag(code)) return;
    if (view === "gate" || view === "kiosk" || gate.dialog("selftest").open) gate.scan({ text: code, began });
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && gate.body.dataset.view !== "enrol" && gate.device) gate.sync.now();
  });
}

const gate = new Gate(await Store.open());
await gate.load();
for (const connect of [connectTools, connectEnrolling, connectLink, connectSearch, connectOverride, connectRecent, connectFigures,
  connectSettings, connectSelftest, connectKiosk, connectPrinting, connectChip, connectInstalling]) connect(gate);
gate.site.addEventListener("revoked", () => { if (gate.device) gate.forget("revoked"); });
gate.paint();
if (isSafe()) keepShell(gate);
await gate.begin?.();
if (gate.device) {
  if (gate.body.dataset.view === "loading") gate.show(gate.settings.kiosk ? "kiosk" : "start");
  if (gate.settings.kiosk) gate.startCamera();
  gate.sync.start();
} else if (gate.body.dataset.view === "loading") gate.show("enrol");
document.documentElement.dataset.gateReady = "true";
