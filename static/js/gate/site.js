// Speaks with the site and knows whether it can be reached. Tells "link" when that changes, "revoked" when the device
// is trusted no longer.
export const PATIENCE_MS = 2000;
const PROBE_MS = 3000;
const SLOW_MS = 20_000;
// A site behind a broken database or edge answers these; the device goes on by itself.
const AWAY = new Set([408, 429, 500, 502, 503, 504]);

// Nobody answered, or nobody who could store anything.
export class Away extends Error {}

// The site answered and said no: the sentence is for the staff.
export class Refusal extends Error {
  constructor(status, body) {
    super(body?.title ?? String(status));
    this.status = status;
  }
}

export class Site extends EventTarget {
  constructor(token = "") {
    super();
    this.token = token;
    this.isOnline = navigator.onLine;
    this.isUnplugged = false; // The staff switched the network off for a test.
    this.waitUntil = 0;
    this.skew = 0; // The device's clock minus the site's, in milliseconds.
    this.skewTrip = Infinity;
    this.probe = null; // What to ask when looking whether the site is back.
    addEventListener("offline", () => this.lost());
    addEventListener("online", () => this.look());
  }

  // The moment by the site's clock.
  now() {
    return new Date(Date.now() - this.skew);
  }

  unplug(isUnplugged) {
    this.isUnplugged = isUnplugged;
    if (isUnplugged) this.lost();
    else this.look();
  }

  async call(method, path, body, { patience = SLOW_MS, binary = false } = {}) {
    if (this.isUnplugged) throw new Away("unplugged");
    const headers = { Accept: binary ? "application/octet-stream, application/pdf" : "application/json" };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let reply, said;
    try {
      reply = await fetch(`/api/checkin/${path}`, {
        method, headers, cache: "no-store", credentials: "omit", body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(patience),
      });
      said = binary && reply.ok ? await reply.arrayBuffer() : await reply.json();
    } catch (error) {
      this.lost();
      throw new Away(String(error));
    }
    if (AWAY.has(reply.status)) {
      this.waitUntil = Date.now() + 1000 * Math.min(30, Number(reply.headers.get("Retry-After")) || 0);
      this.lost();
      throw new Away(String(reply.status));
    }
    if (reply.status === 401 && this.token) this.dispatchEvent(new CustomEvent("revoked", { detail: said?.reason }));
    if (!reply.ok) throw new Refusal(reply.status, said);
    this.reached();
    return said;
  }

  get(path, options) {
    return this.call("GET", path, undefined, options);
  }

  post(path, body, options) {
    return this.call("POST", path, body, options);
  }

  // Half of the way there and back is taken off; the quickest answer tells the clock best.
  measure(sent, time) {
    const trip = Date.now() - sent;
    if (trip > this.skewTrip * 2 && trip > 300) return;
    this.skewTrip = trip;
    this.skew = Math.round(sent + trip / 2 - Date.parse(time));
  }

  reached() {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.isOnline) return;
    this.isOnline = true;
    this.dispatchEvent(new Event("link"));
  }

  lost() {
    if (this.isOnline) {
      this.isOnline = false;
      this.dispatchEvent(new Event("link"));
    }
    this.timer ??= setTimeout(() => this.look(), Math.max(PROBE_MS, this.waitUntil - Date.now()));
  }

  async look() {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.isUnplugged || !this.probe) return;
    try {
      await this.probe();
    } catch {
      // Still away: lost() has set the next look. A refusal is told where it is asked for.
    }
  }
}
