// A broadcast in its place on a page: what it is (not begun, live, over, replay) is asked of data-ticket, changes are
// heard from data-events, pictures are played by player-engine.js under the bar of player-controls.js.
import { listen } from "./events.js";
import { iconUse } from "./icon.js";
import { Controls } from "./player-controls.js";
import { Engine } from "./player-engine.js";

export default function connect(box) {
  const words = JSON.parse(box.dataset.words);
  const video = box.querySelector("video");
  const note = box.querySelector("[data-note]");
  const player = new Player(box, video, note, words);
  box.player = player; // For tests and for what stands beside the picture.
  player.ask();
  // Told to all at once, asked by each at a moment of its own: thousands of viewers must not come together.
  const soon = () => setTimeout(() => player.ask().catch(() => {}), Math.random() * (box.dataset.autostart ? 300 : 3000));
  listen(box.dataset.events, {
    open: soon, changed: soon,
    viewers: ({ n }) => player.controls.count(n),
    caption: (line) => player.caption(line),
  }, { every: 20 });
}

class Player {
  constructor(box, video, note, words) {
    Object.assign(this, { box, video, note, words, state: "", ticket: {}, wanted: Boolean(box.dataset.autostart), captions: "off", stored: remembered() });
    this.engine = new Engine(video, { renew: () => this.renew(), told: (name, value) => this.hear(name, value) });
    this.engine.mode = this.stored.mode ?? "quick";
    this.controls = new Controls(box, video, words, {
      toggle: () => (video.paused ? this.start() : this.pause()), start: () => this.start(), live: () => this.goLive(),
      mute: () => { video.muted = !video.muted; }, picture: () => this.picture(), full: () => this.full(), seek: (at) => this.seek(at),
    });
    this.lost = element("p", "live-lost", words.again);
    this.lost.hidden = true;
    this.hint = element("button", "live-hint", words.unmute_hint);
    this.hint.type = "button";
    this.hint.hidden = true;
    this.hint.addEventListener("click", () => { video.muted = false; this.hint.hidden = true; });
    this.text = element("p", "live-caption");
    this.text.hidden = true;
    box.append(this.lost, this.hint, this.text);
    video.addEventListener("volumechange", () => { if (!video.muted) this.hint.hidden = true; });
    box.addEventListener("keydown", (event) => this.key(event));
    setInterval(() => this.tick(), 500);
  }

  async ask() {
    const answer = await fetch(`${this.box.dataset.ticket}?from=${encodeURIComponent(location.pathname)}`, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    const ticket = await answer.json();
    // Reckoned on from here without the device's clock, which may be wrong or be set meanwhile.
    this.started = Date.parse(ticket.now) - performance.now();
    this.take(ticket);
    return ticket;
  }

  renew() { return this.ask(); }

  // The site's time in milliseconds.
  now() { return this.started + performance.now(); }

  take(ticket) {
    const before = this.ticket;
    this.ticket = ticket;
    this.engine.take(this.heard(ticket));
    clearTimeout(this.renewal);
    if (ticket.renew_in) this.renewal = setTimeout(() => this.ask().catch(() => {}), ticket.renew_in * 1000 * (0.8 + Math.random() * 0.2));
    clearTimeout(this.soon);
    if (ticket.again_in) this.soon = setTimeout(() => this.ask().catch(() => {}), ticket.again_in * 1000);
    if (ticket.viewers !== undefined) this.controls.count(ticket.viewers);
    const same = ticket.state === this.state && (ticket.player ?? "") === (before.player ?? "") && (ticket.replay ?? "") === (before.replay ?? "");
    if (same && (ticket.voices?.length ?? 0) !== (before.voices?.length ?? 0)) this.menu();
    if (same) return;
    this.state = this.box.dataset.state = ticket.state;
    if (ticket.player) return this.showForeign(ticket.player);
    this.frame?.remove();
    if (ticket.state === "live" || ticket.state === "replay") return this.ready();
    this.engine.stop();
    this.video.hidden = true;
    this.controls.show(false);
    this.controls.big.hidden = true;
    this.say();
  }

  // The ticket with the addresses of the chosen language; without an interpreter the sound of the hall comes back.
  heard(ticket) {
    const voice = ticket.voices?.find((one) => one.language === this.voice);
    return voice ? { ...ticket, hls: voice.hls, dvr: voice.dvr } : ticket;
  }

  chooseVoice(language) {
    this.voice = language;
    this.engine.take(this.heard(this.ticket));
    this.goLive();
  }

  // There is something to play: at once if it was running or should start alone, else by a tap.
  ready() {
    this.video.hidden = false;
    if (this.ticket.poster) this.video.poster = this.ticket.poster;
    this.tracks();
    this.menu();
    if (this.wanted) this.start();
    else { this.say(); this.controls.big.hidden = false; this.controls.show(false); }
  }

  start() {
    this.wanted = true;
    this.note.hidden = true;
    this.controls.big.hidden = true;
    this.controls.show(true);
    if (this.engine.kind === "dvr" && this.state === "live") this.video.play();
    else if (this.engine.kind === "replay" && this.state === "replay") this.video.play();
    else if (this.state === "replay") this.engine.replay(this.ticket.replay, this.startAt ?? 0);
    else if (this.state === "live") this.goLive();
  }

  pause() {
    this.pausedBehind = this.behind();
    this.video.pause();
  }

  goLive() { if (this.state === "live") { this.engine.live(); this.menu(); } }

  // Seconds since the broadcast began, and how far behind the newest picture we are.
  length() {
    if (this.state === "replay") return this.video.duration || 0;
    return this.ticket.begins ? Math.max(1, (this.now() - Date.parse(this.ticket.begins)) / 1000) : 1;
  }

  behind() {
    if (this.state !== "live") return null;
    if (this.engine.kind === "dvr") return Math.max(0, this.engine.hls ? this.dvrEnd() - this.video.currentTime + (performance.now() - this.dvrAt) / 1000 : 30);
    return this.engine.latency ?? 0;
  }

  dvrEnd() { return Number.isFinite(this.video.duration) ? this.video.duration : this.video.currentTime; }

  seek(part) {
    if (this.state === "replay") { this.video.currentTime = part * this.length(); return; }
    this.goBack((1 - part) * this.length());
  }

  goBack(behind) {
    if (behind < 8 || !this.ticket.dvr) { this.goLive(); return; }
    if (this.engine.kind === "dvr" && Number.isFinite(this.video.duration)) {
      const at = this.video.duration + (performance.now() - this.dvrAt) / 1000 - behind;
      if (at < this.video.duration - 3) { this.video.currentTime = Math.max(0, at); return; }
    }
    this.dvrAt = performance.now();
    this.engine.back(behind);
    this.menu();
  }

  tick() {
    if (this.state === "waiting" && this.ticket.starts_at) this.countdown();
    if (this.controls.bar.hidden) return;
    const behind = this.behind();
    if (this.state === "live") {
      const length = this.length();
      this.controls.update({ position: Math.max(0, 1 - (behind < 8 ? 0 : behind) / length), behind, time: behind > 15 ? this.words.behind.replace("{t}", clock(behind)) : clock(length) });
    } else {
      this.controls.update({ position: this.video.duration ? this.video.currentTime / this.video.duration : 0, behind: null,
        time: `${clock(this.video.currentTime)} / ${clock(this.video.duration || 0)}` });
    }
  }

  hear(name, value) {
    if (name === "playing") { this.lost.hidden = true; this.box.dataset.playing = "yes"; }
    if (name === "lost") { this.lost.hidden = false; this.box.dataset.playing = "no"; this.box.dataset.lost = value; }
    if (name === "levels") { this.levels = value; this.menu(); }
    if (name === "muted") this.hint.hidden = false;
    if (name === "blocked") { this.controls.big.hidden = false; }
    if (name === "failed") this.show("exclamation-triangle", this.words.failed);
  }

  menu() {
    const { words, engine } = this;
    const live = this.state === "live";
    const named = { src: words.original, low: words.small };
    const levels = live ? (this.levels ?? []) : [];
    const tracks = [{ label: words.off, value: "off" }, ...(live ? [{ label: words.typed, value: "typed" }] : []),
      ...(this.ticket.captions ?? []).map((one) => ({ label: one.label, value: one.language }))];
    this.controls.setMenu([
      { label: words.quality, items: levels.length > 1 ? [{ label: words.auto, chosen: engine.level < 0, choose: () => this.quality(-1) },
        ...levels.map(({ n, name }) => ({ label: named[name] ?? name, chosen: engine.level === n, choose: () => this.quality(n) }))] : [] },
      { label: words.mode, items: live ? [["quick", words.quick], ["calm", words.calm]].map(([mode, label]) => ({
        label, chosen: engine.mode === mode, choose: () => { engine.setMode(mode); remember({ mode }); this.menu(); } })) : [] },
      { label: words.sound, items: live && this.ticket.voices?.length ? [{ label: words.hall, chosen: !this.voice, choose: () => this.chooseVoice("") },
        ...this.ticket.voices.map(({ language, label }) => ({ label, chosen: this.voice === language, choose: () => this.chooseVoice(language) }))] : [] },
      { label: words.captions, items: tracks.map(({ label, value }) => ({ label, chosen: this.captions === value, choose: () => this.chooseCaptions(value) })) },
      { label: words.chapters, items: this.chapters().map((cue) => ({ label: cue.text, chosen: this.video.currentTime >= cue.startTime && this.video.currentTime < cue.endTime,
        choose: () => { this.video.currentTime = cue.startTime; this.menu(); } })) },
    ]);
  }

  quality(n) { this.engine.setLevel(n); this.menu(); }

  tracks() {
    this.video.querySelectorAll("track").forEach((track) => track.remove());
    for (const { language, label, url } of this.ticket.captions ?? []) {
      const track = Object.assign(document.createElement("track"), { kind: "captions", srclang: language, label, src: url });
      this.video.append(track);
      track.track.mode = "disabled";
    }
    if (!this.ticket.chapters) return;
    const chapters = Object.assign(document.createElement("track"), { kind: "chapters", src: this.ticket.chapters });
    chapters.addEventListener("load", () => this.menu());
    this.video.append(chapters);
    chapters.track.mode = "hidden";
  }

  // Where each project begins in a replay.
  chapters() {
    const track = this.state === "replay" ? [...this.video.textTracks].findLast((one) => one.kind === "chapters") : null;
    return [...(track?.cues ?? [])];
  }

  chooseCaptions(value) {
    this.captions = value;
    for (const track of [...this.video.textTracks].filter((one) => one.kind === "captions")) track.mode = track.language === value ? "showing" : "disabled";
    this.text.hidden = true;
    if (value === "typed" && this.ticket.lines?.length) this.caption({ text: this.ticket.lines.at(-1)[1], after: 0 });
    this.menu();
  }

  // A typed line waits until the picture is there that it was typed for.
  caption({ text }) {
    if (this.captions !== "typed") return;
    setTimeout(() => {
      this.text.textContent = text;
      this.text.hidden = false;
      clearTimeout(this.captionEnd);
      this.captionEnd = setTimeout(() => { this.text.hidden = true; }, 7000);
    }, Math.min(20, this.engine.latency ?? 0) * 500);
  }

  say() {
    const { words, ticket } = this;
    if (this.state === "waiting") this.show("clock", ticket.starts_at ? words.begins_in : words.waiting, "");
    else if (this.state === "missing") this.show("camera-video-off", words.missing, words.missing_note);
    else if (this.state === "ended") this.show("collection-play", words.ended, words.ended_note);
    else if (this.state === "none") this.show("camera-video-off", words.none);
    else if (this.state === "live") this.show("broadcast", words.live);
    else if (this.state === "replay") this.show("collection-play", words.replay);
    else if (this.state === "refused") {
      this.show("lock", words.refused, ticket.reason);
      if (ticket.sign_in) this.note.append(Object.assign(element("a", "btn btn-primary", words.sign_in), { href: ticket.sign_in }));
    }
    if (ticket.poster) this.poster(ticket.poster);
  }

  show(icon, title, text = "") {
    this.note.hidden = false;
    this.note.replaceChildren(iconUse(icon), element("strong", "", title), element("span", "tabular", text));
  }

  poster(address) {
    if (!this.image) { this.image = new Image(); this.image.alt = ""; this.box.prepend(this.image); }
    this.image.src = address;
    this.image.hidden = !this.video.hidden;
  }

  countdown() {
    const left = Math.floor((Date.parse(this.ticket.starts_at) - this.now()) / 1000);
    if (left < 0) { if (!this.asked) { this.asked = true; setTimeout(() => this.ask().catch(() => {}), Math.random() * 4000); } return; }
    const span = this.note.querySelector("span");
    if (span) span.textContent = clock(left);
  }

  showForeign(address) {
    this.engine.stop();
    this.video.hidden = true;
    this.note.hidden = true;
    this.controls.show(false);
    this.frame ??= Object.assign(document.createElement("iframe"), { className: "live-frame", title: this.box.getAttribute("aria-label"), allowFullscreen: true, referrerPolicy: "origin" });
    this.frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-presentation allow-popups");
    this.frame.setAttribute("allow", "autoplay; fullscreen; picture-in-picture");
    this.frame.src = address;
    this.box.append(this.frame);
  }

  async picture() {
    const { video } = this;
    if (video.webkitSetPresentationMode && !document.pictureInPictureEnabled) { video.webkitSetPresentationMode("picture-in-picture"); return; }
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await video.requestPictureInPicture?.().catch(() => {});
  }

  full() {
    const { box, video } = this;
    if (document.fullscreenElement) document.exitFullscreen();
    else if (box.requestFullscreen) box.requestFullscreen();
    else video.webkitEnterFullscreen?.();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.controls.bar.hidden) return;
    if (event.target.closest("input, select, textarea") && event.key.startsWith("Arrow")) return;
    const { video } = this;
    const step = (seconds) => (this.state === "replay" ? (video.currentTime += seconds) : this.goBack((this.behind() ?? 0) - seconds));
    const deeds = {
      " ": () => !event.target.closest("button") && (video.paused ? this.start() : this.pause()), k: () => (video.paused ? this.start() : this.pause()),
      m: () => { video.muted = !video.muted; }, f: () => this.full(), p: () => this.picture(), l: () => this.goLive(), End: () => this.goLive(),
      ArrowLeft: () => step(-10), ArrowRight: () => step(10), j: () => step(-30), Home: () => this.seek(0),
      ArrowUp: () => { video.volume = Math.min(1, video.volume + 0.1); }, ArrowDown: () => { video.volume = Math.max(0, video.volume - 0.1); },
      c: () => this.chooseCaptions(this.captions === "off" ? (this.state === "live" ? "typed" : this.ticket.captions?.[0]?.language ?? "off") : "off"),
    };
    const deed = deeds[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!deed || deed() === false) return;
    event.preventDefault();
  }
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

function remembered() {
  try { return JSON.parse(localStorage.getItem("player") ?? "{}"); } catch { return {}; }
}

function remember(values) {
  try { localStorage.setItem("player", JSON.stringify({ ...remembered(), ...values })); } catch { /* A private window keeps nothing. */ }
}

function element(name, kind, text = "") {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}
