// Keeps the device's offline pack fresh by difference.
import { merged, parse } from "./pack.js";

const MOST_LAYERS = 8;

export class Packs {
  constructor(store, site) {
    this.store = store;
    this.site = site;
    this.layers = []; // Newest first.
    this.isBusy = false;
  }

  get version() {
    return this.layers[0]?.version ?? 0;
  }

  get madeAt() {
    return this.layers[0]?.made_at ?? null;
  }

  // How many badges are held; a badge that changed since is counted once more.
  get size() {
    return this.layers.reduce((sum, pack) => sum + pack.count, 0);
  }

  async load() {
    const rows = await this.store.all("packs");
    this.layers = rows.sort((a, b) => b.version - a.version).map((row) => parse(row.buffer));
  }

  // Gives back the newest head if there is something new.
  async refresh() {
    if (this.isBusy) return null;
    this.isBusy = true;
    try {
      let news = null;
      for (let isComplete = false; !isComplete;) {
        const pack = parse(await this.site.get(`pack?since=${this.version}`, { binary: true, patience: 60_000 }));
        isComplete = pack.complete !== false;
        news = pack;
        await this.take(pack);
      }
      return news;
    } finally {
      this.isBusy = false;
    }
  }

  async take(pack) {
    if (pack.since === 0) this.layers = [pack];
    else if (pack.count || pack.version > this.version) this.layers = [pack, ...this.layers.filter((one) => one.version !== pack.version)];
    else return;
    if (this.layers.length > MOST_LAYERS) this.layers = [merged(this.layers)];
    if (this.layers.length === 1) await this.store.replace("packs", [row(this.layers[0])]);
    else await this.store.put("packs", row(pack));
  }
}

function row(pack) {
  return { version: pack.version, buffer: pack.buffer };
}
