// Plays one broadcast and recovers from everything: hls.js where the browser needs it, the browser's own HLS elsewhere.
//
// new Engine(video, { renew, told }): renew() → Promise of a fresh ticket; told(name, value) hears "playing", "lost",
// "levels", "failed", "ended". Live pictures come from a short list; whoever goes back loads the whole list once.
const QUICK = { liveSyncDurationCount: 2, liveMaxLatencyDurationCount: 6, maxLiveSyncPlaybackRate: 1.5, maxBufferLength: 10, backBufferLength: 30 };
const CALM = { liveSyncDurationCount: 8, liveMaxLatencyDurationCount: 24, maxLiveSyncPlaybackRate: 1, maxBufferLength: 30, backBufferLength: 60, startLevel: 0 };
const STALLED_MS = 5000;

export class Engine {
  constructor(video, { renew, told }) {
    Object.assign(this, { video, renew, told, mode: "quick", kind: "", prefix: "", tries: 0, level: -1, closed: false });
    // Where there is no MediaSource (iPhones, WeChat) the browser plays HLS itself; "#native" asks for that elsewhere.
    const plays = Boolean(video.canPlayType("application/vnd.apple.mpegurl"));
    this.native = plays && (!("MediaSource" in window || "ManagedMediaSource" in window) || location.hash === "#native");
    this.seen = { at: 0, time: -1 };
    video.addEventListener("playing", () => this.#alive());
    video.addEventListener("error", () => this.hls || this.#lost("media"));
    video.addEventListener("ended", () => this.kind === "dvr" ? this.live() : this.kind === "replay" && told("ended"));
    this.watch = setInterval(() => this.#look(), 1000);
    addEventListener("online", () => this.kind && !this.video.paused && this.#again(0));
  }

  // Where live pictures are; a second ticket only changes the addresses of what is loaded next.
  take(ticket) {
    this.ticket = ticket;
    this.prefix = ticket.prefix ?? "";
  }

  live() { return this.#load("live", this.ticket.hls); }

  // So many seconds behind the newest picture.
  async back(behind) { await this.#load("dvr", this.ticket.dvr, { behind }); }

  replay(url, at = 0) {
    this.#drop();
    this.kind = "replay";
    this.video.src = url;
    this.startAt = at;
    this.video.currentTime = at;
    return this.#play();
  }

  setMode(mode) {
    if (mode === this.mode) return;
    this.mode = mode;
    if (this.kind === "live") this.live();
  }

  setLevel(level) {
    this.level = level;
    if (this.hls) this.hls.currentLevel = level;
  }

  get levels() { return this.hls?.levels ?? []; }

  // Seconds between the newest picture and what is shown; null when nobody can say.
  get latency() {
    if (this.kind !== "live") return null;
    if (this.hls) return this.hls.latency;
    const { seekable, currentTime } = this.video;
    return seekable.length ? seekable.end(seekable.length - 1) - currentTime : null;
  }

  // The moment at which the picture was made, by the server's clock.
  get shownAt() {
    const date = this.hls?.playingDate ?? this.video.getStartDate?.();
    if (!date || Number.isNaN(date.getTime())) return null;
    return this.hls ? date : new Date(date.getTime() + this.video.currentTime * 1000);
  }

  stop() { this.kind = ""; this.#drop(); this.video.removeAttribute("src"); this.video.load(); }

  close() { this.closed = true; clearInterval(this.watch); this.stop(); }

  async #load(kind, url, { behind = 0 } = {}) {
    this.#drop();
    this.kind = kind;
    this.seen = { at: performance.now() + 5000, time: -1 };
    if (this.native) return this.#loadNative(url, behind);
    const { default: Hls } = await import("../vendor/hls/hls.light.min.js");
    if (this.closed || this.kind !== kind) return;
    if (!Hls.isSupported()) return this.told("failed");
    const hls = new Hls({ ...(this.mode === "quick" ? QUICK : CALM), ...(kind === "dvr" ? { maxBufferLength: 20, startPosition: 0 } : {}),
      enableWorker: true, lowLatencyMode: false, manifestLoadingMaxRetry: 2, xhrSetup: (xhr, address) => this.#address(xhr, address),
      ...(kind === "dvr" ? { pLoader: closing(Hls.DefaultConfig.loader) } : {}) });
    this.hls = hls;
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      if (this.level >= 0 && this.level < hls.levels.length) hls.startLevel = this.level;
      this.told("levels", hls.levels.map((level, n) => ({ n, name: level.name })));
    });
    if (kind === "dvr") {
      hls.once(Hls.Events.LEVEL_LOADED, (_name, { details }) => {
        const at = Math.max(0, details.totalduration - behind);
        hls.startLoad(at);
        this.video.currentTime = at;
      });
    }
    hls.on(Hls.Events.ERROR, (_name, fault) => {
      if (!fault.fatal) return;
      if (fault.type === Hls.ErrorTypes.MEDIA_ERROR && this.tries < 2) {
        this.tries += 1;
        hls.recoverMediaError();
        return;
      }
      this.#lost(fault.response?.code ? String(fault.response.code) : fault.type);
    });
    hls.loadSource(url);
    hls.attachMedia(this.video);
    return this.#play();
  }

  #loadNative(url, behind) {
    this.video.src = url;
    if (behind) {
      this.video.addEventListener("loadedmetadata", () => {
        const { seekable } = this.video;
        if (seekable.length) this.video.currentTime = Math.max(0, seekable.end(seekable.length - 1) - behind);
      }, { once: true });
    }
    return this.#play();
  }

  // What was loaded under an older address goes on under the newest one.
  #address(xhr, address) {
    const now = this.prefix && new URL(this.prefix, location.href).href;
    const old = now && /^(.*\/hls\/[ob]\/\d+\/[\w-]+\/\w+\/[0-9a-f]+\/)(.*)$/.exec(address);
    xhr.open("GET", old ? now + old[2] : address, true);
    if (this.ticket?.is_foreign) return;
    xhr.withCredentials = true;
  }

  async #play() {
    try {
      await this.video.play();
    } catch (error) {
      if (error.name === "NotAllowedError" && !this.video.muted) {
        this.video.muted = true;
        this.told("muted");
        await this.video.play().catch(() => this.told("blocked"));
      } else if (error.name === "NotAllowedError") this.told("blocked");
    }
  }

  #alive() { this.tries = 0; this.told("playing"); }

  // A picture that stands although it should move: jump to the newest, then begin anew.
  #look() {
    const { video } = this;
    if (!this.kind || video.paused || video.ended) { this.seen = { at: performance.now(), time: video.currentTime }; return; }
    if (video.currentTime !== this.seen.time) { this.seen = { at: performance.now(), time: video.currentTime, jumped: false }; return; }
    const still = performance.now() - this.seen.at;
    if (still > STALLED_MS && !this.seen.jumped && this.kind === "live" && this.hls?.liveSyncPosition > video.currentTime) {
      this.seen.jumped = true;
      video.currentTime = this.hls.liveSyncPosition;
    } else if (still > STALLED_MS * 2) this.#lost("stalled");
  }

  #lost(why) {
    if (!this.kind || this.closed || this.retry) return;
    this.told("lost", why);
    this.#again(Math.min(15_000, 500 * 2 ** this.tries) * (0.6 + Math.random() * 0.8));
  }

  #again(after) {
    clearTimeout(this.retry);
    this.retry = setTimeout(async () => {
      this.retry = null;
      this.tries = Math.min(this.tries + 1, 6);
      const kind = this.kind;
      const at = this.video.currentTime;
      const fresh = await this.renew().catch(() => null);
      if (this.closed || !this.kind || this.kind !== kind) return;
      if (fresh && !["live", "replay"].includes(fresh.state)) return;
      if (kind === "replay") this.replay(this.ticket.replay, at);
      else this.live();
    }, after);
  }

  #drop() {
    clearTimeout(this.retry);
    this.retry = null;
    this.hls?.destroy();
    this.hls = null;
  }
}

// A loader that closes the list of everything so far: it is watched like a film and not asked for again and again.
function closing(Loader) {
  return class extends Loader {
    load(context, config, callbacks) {
      const { onSuccess } = callbacks;
      super.load(context, config, { ...callbacks, onSuccess: (answer, ...rest) => {
        if (context.type === "level" && !answer.data.includes("#EXT-X-ENDLIST")) answer.data += "\n#EXT-X-ENDLIST\n";
        onSuccess(answer, ...rest);
      } });
    }
  };
}
