// Messages that run over the picture: live ones as they come, over a replay at the second in which they were said.
// Switched on and off by a button; the choice is remembered. Says nothing to screen readers: the list does.
const LANES = 6;
const KEPT = "danmaku";

export class Danmaku {
  constructor(base, button, words) {
    this.base = base;
    this.box = document.querySelector(".live-player");
    if (!this.box || !button) return;
    this.layer = document.createElement("div");
    this.layer.className = "danmaku";
    this.layer.setAttribute("aria-hidden", "true");
    this.box.append(this.layer);
    this.free = new Array(LANES).fill(0);
    this.isOn = localStorage.getItem(KEPT) !== "off" && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    const say = () => {
      button.setAttribute("aria-pressed", String(this.isOn));
      button.querySelector("[data-over-label]").textContent = this.isOn ? words.over_on : words.over_off;
    };
    button.hidden = false;
    button.addEventListener("click", () => {
      this.isOn = !this.isOn;
      localStorage.setItem(KEPT, this.isOn ? "on" : "off");
      if (!this.isOn) this.layer.replaceChildren();
      say();
    });
    say();
    const video = this.box.querySelector("video");
    video?.addEventListener("timeupdate", () => this.follow(video));
    video?.addEventListener("seeking", () => { this.place = undefined; });
  }

  show(text) {
    if (!this.isOn || !this.layer || this.box.dataset.state === "replay" || document.hidden) return;
    this.run(text);
  }

  run(text) {
    const now = performance.now();
    const lane = this.free.findIndex((until) => until <= now);
    if (lane < 0) return; // Full: the list beside the picture has it.
    const item = document.createElement("span");
    item.textContent = text;
    item.dataset.lane = lane;
    this.layer.append(item);
    const width = item.offsetWidth;
    const way = this.layer.clientWidth + width;
    const duration = 8000 + 20 * text.length;
    this.free[lane] = now + (duration * (width + 40)) / way;
    const moving = item.animate([{ transform: `translateX(${this.layer.clientWidth}px)` }, { transform: `translateX(${-width}px)` }], { duration });
    moving.addEventListener("finish", () => item.remove());
  }

  async follow(video) {
    if (!this.isOn || this.box.dataset.state !== "replay") return;
    if (this.timed === undefined) {
      this.timed = [];
      const answer = await fetch(`${this.base}/danmaku.json`).catch(() => undefined);
      if (answer?.ok) this.timed = (await answer.json()).messages;
    }
    const at = video.currentTime;
    if (this.place === undefined) this.place = this.timed.findIndex(([second]) => second >= at - 0.5);
    while (this.place >= 0 && this.place < this.timed.length && this.timed[this.place][0] <= at) {
      this.run(this.timed[this.place][1]);
      this.place += 1;
    }
  }
}
