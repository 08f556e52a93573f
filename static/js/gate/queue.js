// Scans that the site does not know of yet. They are handed in by themselves, in any order and any number of times:
// the site counts each client id once.
import { Refusal } from "./site.js";

const BATCH = 500;

export class Queue extends EventTarget {
  constructor(store, site) {
    super();
    this.store = store;
    this.site = site;
    this.length = 0;
    this.stuck = 0; // Refused by the site one by one: they stay, to be shown.
    this.isBusy = false;
  }

  async load() {
    this.length = await this.store.count("queue");
    this.told();
  }

  told() {
    this.dispatchEvent(new Event("change"));
  }

  // Resolves when the scan is safely stored.
  async add(scan) {
    await this.store.put("queue", scan);
    this.length += 1;
    this.told();
  }

  async change(clientId, changes) {
    const found = (await this.store.all("queue")).find((scan) => scan.client_id === clientId);
    if (!found) return false;
    await this.store.put("queue", { ...found, ...changes });
    return true;
  }

  async drop(clientId) {
    if (!(await this.store.all("queue")).some((scan) => scan.client_id === clientId)) return false;
    await this.store.remove("queue", clientId);
    this.length -= 1;
    this.told();
    return true;
  }

  async handIn() {
    if (this.isBusy || !this.length) return;
    this.isBusy = true;
    const done = [];
    try {
      const waiting = (await this.store.all("queue")).sort((a, b) => (a.at < b.at ? -1 : 1));
      this.stuck = 0;
      for (let from = 0; from < waiting.length; from += BATCH) done.push(...await this.send(waiting.slice(from, from + BATCH)));
    } finally {
      this.isBusy = false;
      this.length = await this.store.count("queue");
      this.told();
      if (done.length) this.dispatchEvent(new CustomEvent("merged", { detail: done }));
    }
  }

  // One bad row must not keep the others: a batch that is refused as a whole is halved until it stands alone.
  async send(scans) {
    let answers;
    try {
      ({ answers } = await this.site.post("merge", { scans: scans.map(({ failure, ...scan }) => scan) }));
    } catch (error) {
      if (!(error instanceof Refusal) || error.status === 401) throw error;
      if (scans.length > 1) {
        const half = Math.ceil(scans.length / 2);
        return [...await this.send(scans.slice(0, half)), ...await this.send(scans.slice(half))];
      }
      this.stuck += 1;
      await this.store.put("queue", { ...scans[0], failure: error.message });
      return [];
    }
    await this.store.remove("queue", ...answers.map((answer) => answer.client_id));
    const sent = new Map(scans.map((scan) => [scan.client_id, scan]));
    return answers.map((answer) => ({ ...sent.get(answer.client_id), ...answer }));
  }
}
