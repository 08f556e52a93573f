// The player's bar: play, time line back to the session's beginning, sound, settings, picture in picture, full screen.
// new Controls(box, video, words, act): act holds what the buttons do. Words come from the page, in its language.
import { iconUse } from "./icon.js";

export class Controls {
  constructor(box, video, words, act) {
    Object.assign(this, { box, video, words, act });
    this.bar = element("div", "live-bar", { hidden: true });
    this.play = this.#button("play-fill", words.play, act.toggle);
    this.line = element("input", "live-line", { type: "range", min: 0, max: 1000, value: 1000, step: 1 });
    this.line.setAttribute("aria-label", words.position);
    this.line.addEventListener("input", () => { this.dragging = true; });
    this.line.addEventListener("change", () => { this.dragging = false; act.seek(Number(this.line.value) / 1000); });
    this.time = element("span", "live-time tabular");
    this.live = this.#button(null, words.live, act.live, "live-now");
    this.mute = this.#button("volume-up", words.mute, act.mute);
    this.volume = element("input", "live-volume", { type: "range", min: 0, max: 1, step: 0.05, value: 1 });
    this.volume.setAttribute("aria-label", words.volume);
    this.volume.addEventListener("input", () => { video.volume = Number(this.volume.value); video.muted = video.volume === 0; });
    this.viewers = element("span", "live-viewers tabular");
    this.gear = this.#button("gear", words.settings, () => this.#openMenu(this.menu.hidden));
    this.gear.setAttribute("aria-expanded", "false");
    this.menu = element("div", "live-menu", { hidden: true });
    this.pip = this.#button("pip", words.picture, act.picture);
    this.pip.hidden = !document.pictureInPictureEnabled && !video.webkitSupportsPresentationMode;
    this.full = this.#button("fullscreen", words.full, act.full);
    const left = element("div", "live-bar-part");
    left.append(this.play, this.mute, this.volume, this.live, this.time, this.viewers);
    const right = element("div", "live-bar-part");
    right.append(this.gear, this.pip, this.full);
    const row = element("div", "live-bar-row");
    row.append(left, right);
    this.bar.append(this.line, row);
    this.big = this.#button("play-fill", words.start, act.start, "live-start");
    this.big.hidden = true;
    box.append(this.big, this.menu, this.bar);
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.menu.hidden) return;
      this.#openMenu(false);
      this.gear.focus();
    });
    document.addEventListener("pointerdown", (event) => {
      if (!this.menu.hidden && !this.menu.contains(event.target) && !this.gear.contains(event.target)) this.#openMenu(false);
    });
    for (const name of ["play", "pause", "volumechange"]) video.addEventListener(name, () => this.#state());
    box.addEventListener("pointermove", () => this.#wake());
    box.addEventListener("focusin", () => this.#wake());
    video.addEventListener("click", () => (matchMedia("(pointer: coarse)").matches ? this.#wake() : act.toggle()));
    this.#state();
  }

  show(is) { this.bar.hidden = !is; if (!is) this.#openMenu(false); this.#wake(); }

  // position: 0 … 1 on the line; behind: seconds behind the newest picture, null in a replay.
  update({ position, behind, time }) {
    if (!this.dragging) this.line.value = Math.round(position * 1000);
    this.line.style.setProperty("--played", `${this.line.value / 10}%`);
    this.line.setAttribute("aria-valuetext", time);
    this.time.textContent = time;
    this.live.hidden = behind === null;
    const late = behind !== null && behind > 15;
    this.live.classList.toggle("is-late", late);
    this.live.title = late ? this.words.to_live : this.words.live;
  }

  count(n) { this.viewers.textContent = n > 0 ? this.words.viewers.replace("{n}", n.toLocaleString()) : ""; }

  // groups: [{ label, items: [{ label, chosen, choose }] }]
  setMenu(groups) {
    this.menu.replaceChildren(...groups.filter((group) => group.items.length > 1).map((group) => {
      const part = element("fieldset", "live-menu-part");
      part.append(element("legend", "", { textContent: group.label }), ...group.items.map((item) => {
        const button = element("button", "", { type: "button", textContent: item.label });
        button.setAttribute("aria-pressed", String(item.chosen));
        button.addEventListener("click", () => { item.choose(); this.#openMenu(false); this.gear.focus(); });
        return button;
      }));
      return part;
    }));
    this.gear.hidden = !this.menu.childElementCount;
  }

  #openMenu(is) {
    this.menu.hidden = !is;
    this.gear.setAttribute("aria-expanded", String(is));
    if (is) this.menu.querySelector("button")?.focus();
  }

  #button(icon, label, action, kind = "live-button") {
    const button = element("button", kind, { type: "button" });
    if (icon) { button.append(iconUse(icon)); button.title = label; button.setAttribute("aria-label", label); } else button.textContent = label;
    button.addEventListener("click", () => action());
    return button;
  }

  #set(button, icon, label) {
    button.replaceChildren(iconUse(icon));
    button.title = label;
    button.setAttribute("aria-label", label);
  }

  #state() {
    const { video, words } = this;
    this.#set(this.play, video.paused ? "play-fill" : "pause-fill", video.paused ? words.play : words.pause);
    this.#set(this.mute, video.muted ? "volume-mute" : "volume-up", video.muted ? words.unmute : words.mute);
    this.volume.value = video.muted ? 0 : video.volume;
    this.#wake();
  }

  // The bar hides while nobody moves and the picture runs.
  #wake() {
    this.box.classList.remove("is-quiet");
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      if (!this.video.paused && this.menu.hidden && !this.bar.matches(":focus-within")) this.box.classList.add("is-quiet");
    }, 3000);
  }
}

function element(name, kind = "", values = {}) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  return Object.assign(made, values);
}
