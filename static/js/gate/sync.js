// Keeps device and site together: lists and rights, the clock, the pack, who was seen, and the scans that wait.
import { isSafe } from "./gatekeeper.js";
import { Away, Refusal } from "./site.js";

const EVERY_MS = 30_000;

export class Sync extends EventTarget {
  constructor(gate) {
    super();
    this.gate = gate;
    this.running = null;
    this.failure = "";
    gate.site.probe = () => this.state();
    gate.site.addEventListener("link", () => { if (gate.site.isOnline && gate.device) this.now(); });
  }

  start() {
    clearInterval(this.timer);
    this.timer = setInterval(() => this.now(), EVERY_MS);
    this.now();
  }

  stop() {
    clearInterval(this.timer);
  }

  // One round at a time; who asks while one runs gets that one.
  now() {
    this.running ??= this.round().finally(() => { this.running = null; });
    return this.running;
  }

  async round() {
    const { gate } = this;
    try {
      await this.state();
      // Scans first: the site's word on who is inside shall know of them.
      await gate.queue.handIn();
      if (isSafe()) {
        await this.pack();
        const list = gate.list.id;
        await gate.seen.take(list, await gate.site.get(`seen?list=${list}&since=${encodeURIComponent(gate.seen.cursors[list] ?? "")}`));
      }
      this.failure = "";
    } catch (error) {
      if (!(error instanceof Away || error instanceof Refusal)) throw error;
      this.failure = error instanceof Refusal ? error.message : "";
    }
    this.dispatchEvent(new Event("done"));
  }

  async state() {
    const { site, queue, packs } = this.gate;
    const sent = Date.now();
    const news = await site.post("state", { queue: queue.length, skew_ms: site.skew, pack: packs.version });
    site.measure(sent, news.time);
    await this.gate.store.keep("skew", site.skew);
    if (this.gate.device) await this.gate.learn(news);
  }

  async pack() {
    const head = await this.gate.packs.refresh();
    if (head?.lists?.length && head.version) this.dispatchEvent(new Event("packed"));
  }
}
