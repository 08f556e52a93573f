// Who has been let in at which list, by pack id: what the site told and what this device did itself. So going offline
// does not make it forget who is inside.
import { localTime } from "./days.js";

export class Seen {
  constructor(store, zone) {
    this.store = store;
    this.zone = zone;
    this.rows = new Map();
    this.cursors = {};
  }

  async load() {
    for (const row of await this.store.all("seen")) this.rows.set(row.key, row);
    this.cursors = (await this.store.get("cursors")) ?? {};
  }

  // What rules ask: { today, ever, inside, count }. How many are inside is known to the site only.
  stateOf(list, id, day) {
    const row = this.rows.get(`${list}:${id}`);
    const today = Boolean(row?.day === day);
    return { today, ever: Boolean(row), inside: today && row.inside, count: null };
  }

  lastOf(list, id) {
    return this.rows.get(`${list}:${id}`) ?? null;
  }

  // After a scan of this device; gives back what stood there before, for an undo.
  async note(list, id, kind, at) {
    const key = `${list}:${id}`;
    const before = this.rows.get(key) ?? null;
    if (kind === "print" || (kind === "exit" && !before)) return before;
    const day = kind === "exit" ? before.day : localTime(at, this.zone).day;
    await this.set(key, { key, at: at.toISOString(), day, inside: kind === "entry" });
    return before;
  }

  async set(key, row) {
    if (row) {
      this.rows.set(key, row);
      await this.store.put("seen", row);
    } else {
      this.rows.delete(key);
      await this.store.remove("seen", key);
    }
  }

  // What the site tells is older than what was scanned here a moment ago: the later moment wins.
  async take(list, { cursor, seen }) {
    const rows = [];
    for (const [id, at, inside] of seen) {
      const key = `${list}:${id}`;
      const held = this.rows.get(key);
      if (held && Date.parse(held.at) > Date.parse(at)) continue;
      rows.push({ key, at, day: localTime(new Date(at), this.zone).day, inside });
    }
    for (const row of rows) this.rows.set(row.key, row);
    if (rows.length) await this.store.put("seen", ...rows);
    if (cursor !== this.cursors[list]) {
      this.cursors[list] = cursor;
      await this.store.keep("cursors", this.cursors);
    }
  }
}
