// Presents from the browser: camera, screen or both are drawn into one picture, recorded by MediaRecorder and sent by
// WebSocket to the studio, which hands them on. Sources can be changed while it runs. Comes back by itself after a break.
import { iconUse } from "./icon.js";

const WIDTH = 1280;
const HEIGHT = 720;
const FPS = 25;
const RATES = [2_500_000, 1_200_000, 600_000];
const FORMS = ["video/webm;codecs=h264,opus", "video/mp4;codecs=avc1.42E01F,mp4a.40.2", "video/x-matroska;codecs=avc1,opus", "video/webm;codecs=vp8,opus", "video/webm"];

export default function connect(box) {
  const presenter = new Presenter(box, JSON.parse(box.dataset.words));
  box.presenter = presenter; // For tests.
}

class Presenter {
  constructor(box, words) {
    Object.assign(this, { box, words, camera: null, screen: null, microphone: null, rate: 0, state: "off", corner: "right" });
    this.part = (name) => box.querySelector(`[data-${name}]`);
    this.canvas = this.part("preview");
    this.canvas.width = WIDTH;
    this.canvas.height = HEIGHT;
    this.pen = this.canvas.getContext("2d", { alpha: false });
    this.views = { camera: video(), screen: video() };
    this.#draw();
    // Timers of a hidden page are slowed down; those of a worker are not, and whoever shows a screen looks elsewhere.
    this.beat = new Worker(new URL("./present-beat.js", import.meta.url));
    this.beat.postMessage(1000 / FPS);
    this.beat.onmessage = () => this.#draw();
    this.part("camera").addEventListener("change", () => this.#useCamera());
    this.part("cameras").addEventListener("change", () => this.#useCamera());
    this.part("screen").addEventListener("change", () => this.#useScreen());
    this.part("microphones").addEventListener("change", () => this.#useMicrophone());
    this.part("corner").addEventListener("change", (event) => { this.corner = event.target.value; });
    this.part("go").addEventListener("click", () => (this.state === "off" ? this.start() : this.stop()));
    addEventListener("beforeunload", (event) => { if (this.state !== "off") event.preventDefault(); });
    addEventListener("online", () => this.state === "waiting" && this.#open());
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#devices());
    addEventListener("pointerdown", () => this.audio?.resume()); // Browsers measure sound only after a touch.
    setInterval(() => this.#measure(), 1000);
    if (!navigator.mediaDevices?.getUserMedia || !("MediaRecorder" in window)) { this.say(words.unable, "danger"); this.part("go").disabled = true; return; }
    this.#begin();
  }

  async #begin() {
    this.part("camera").checked = true;
    await this.#useCamera();
    await this.#useMicrophone();
    await this.#devices();
  }

  async #devices() {
    const all = await navigator.mediaDevices.enumerateDevices();
    fill(this.part("cameras"), all.filter((one) => one.kind === "videoinput"), this.words.camera);
    fill(this.part("microphones"), all.filter((one) => one.kind === "audioinput"), this.words.microphone, this.words.no_microphone);
  }

  async #useCamera() {
    stopTracks(this.camera);
    this.camera = null;
    if (!this.part("camera").checked) return;
    try {
      const chosen = this.part("cameras").value;
      this.camera = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: WIDTH }, height: { ideal: HEIGHT }, frameRate: { ideal: FPS }, ...(chosen ? { deviceId: { exact: chosen } } : {}) } });
      this.views.camera.srcObject = this.camera;
      await this.views.camera.play();
    } catch (error) {
      this.part("camera").checked = false;
      this.say(this.#why(error, this.words.no_camera), "danger");
    }
  }

  async #useScreen() {
    stopTracks(this.screen);
    this.screen = null;
    if (!this.part("screen").checked) { this.#mix(); return; }
    try {
      this.screen = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: FPS }, width: { max: 1920 } }, audio: true });
      this.screen.getVideoTracks()[0].addEventListener("ended", () => { this.part("screen").checked = false; this.#useScreen(); });
      this.views.screen.srcObject = this.screen;
      await this.views.screen.play();
    } catch (error) {
      this.part("screen").checked = false;
      if (error.name !== "NotAllowedError") this.say(this.#why(error, this.words.no_screen), "danger");
    }
    this.#mix();
  }

  async #useMicrophone() {
    stopTracks(this.microphone);
    this.microphone = null;
    const chosen = this.part("microphones").value;
    if (chosen === "none") { this.#mix(); return; }
    try {
      this.microphone = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...(chosen ? { deviceId: { exact: chosen } } : {}) } });
    } catch (error) {
      this.say(this.#why(error, this.words.no_sound), "warn");
    }
    this.#mix();
  }

  #why(error, sentence) { return error.name === "NotAllowedError" ? this.words.allow : sentence; }

  // Microphone and the sound of the screen together; the nodes stay, so that a change is not heard as a break.
  #mix() {
    this.audio ??= new AudioContext();
    this.out ??= this.audio.createMediaStreamDestination();
    this.meter ??= Object.assign(this.audio.createAnalyser(), { fftSize: 1024 });
    for (const node of this.nodes ?? []) node.disconnect();
    this.nodes = [this.microphone, this.screen].filter((stream) => stream?.getAudioTracks().length).map((stream) => {
      const node = this.audio.createMediaStreamSource(new MediaStream(stream.getAudioTracks()));
      node.connect(this.out);
      node.connect(this.meter);
      return node;
    });
  }

  #draw() {
    const { pen, views } = this;
    pen.fillStyle = "#081218";
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    if (this.screen) {
      fit(pen, views.screen, 0, 0, WIDTH, HEIGHT);
      if (this.camera) {
        const [w, h] = [WIDTH / 4, HEIGHT / 4];
        cover(pen, views.camera, this.corner === "left" ? 24 : WIDTH - w - 24, HEIGHT - h - 24, w, h);
      }
    } else if (this.camera) cover(pen, views.camera, 0, 0, WIDTH, HEIGHT);
    else {
      pen.fillStyle = "#b4c3c9";
      pen.font = "36px sans-serif";
      pen.textAlign = "center";
      pen.fillText(this.words.nothing, WIDTH / 2, HEIGHT / 2);
    }
  }

  async start() {
    await this.audio?.resume();
    this.began = Date.now();
    this.#set("connecting");
    this.#open();
  }

  stop() {
    this.#set("off");
    clearTimeout(this.retry);
    this.#endRecorder();
    this.socket?.close();
  }

  #open() {
    if (this.state === "off") return;
    clearTimeout(this.retry);
    this.#endRecorder();
    this.socket?.close();
    const form = FORMS.find((one) => MediaRecorder.isTypeSupported(one));
    const address = new URL(this.box.dataset.studio, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => socket.send(JSON.stringify({ ticket: this.box.dataset.ticket, form })));
    socket.addEventListener("message", ({ data }) => {
      const said = JSON.parse(data);
      if (said.ready) { this.#record(form); this.pause = 500; this.#set("live"); }
      if (said.asked) this.delay = performance.now() - said.asked;
    });
    socket.addEventListener("close", ({ code, reason }) => {
      if (socket !== this.socket || this.state === "off") return;
      this.#endRecorder();
      if (code === 4003) { this.stop(); this.say(reason, "danger"); return; }
      this.#set("waiting");
      this.pause = Math.min(8000, (this.pause ?? 500) * 2);
      this.retry = setTimeout(() => this.#open(), this.pause * (0.7 + Math.random() * 0.6));
    });
  }

  // Each connection begins with a new recording: what comes first in it says how to read the rest.
  #record(form) {
    const stream = new MediaStream([...this.canvas.captureStream(FPS).getVideoTracks(), ...(this.out?.stream.getAudioTracks() ?? [])]);
    this.recorder = new MediaRecorder(stream, { mimeType: form, videoBitsPerSecond: RATES[this.rate], audioBitsPerSecond: 128_000, videoKeyFrameIntervalDuration: 1000 });
    this.recorder.addEventListener("dataavailable", ({ data }) => {
      if (data.size && this.socket?.readyState === WebSocket.OPEN) { this.socket.send(data); this.sent = (this.sent ?? 0) + data.size; }
    });
    this.recorder.start(200);
  }

  #endRecorder() {
    if (this.recorder && this.recorder.state !== "inactive") this.recorder.stop();
    this.recorder = null;
  }

  // How the way is: what waits in the browser, how long an answer takes. A bad way gets a smaller picture.
  #measure() {
    if (this.meter) {
      const samples = new Float32Array(this.meter.fftSize);
      this.meter.getFloatTimeDomainData(samples);
      const loud = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
      this.part("level").value = Math.max(0, Math.min(1, (20 * Math.log10(loud || 1e-6) + 60) / 60));
    }
    if (this.state !== "live" || this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send(JSON.stringify({ asked: performance.now() }));
    const waits = this.socket.bufferedAmount;
    const seconds = waits / (RATES[this.rate] / 8);
    const quality = seconds > 3 ? "bad" : seconds > 1 || this.delay > 800 ? "fair" : "good";
    const rate = Math.round(((this.sent ?? 0) * 8) / 1000);
    this.sent = 0;
    this.part("quality").textContent = `${this.words[quality]} · ${rate} kbit/s · ${Math.round(this.delay ?? 0)} ms`;
    this.part("quality").dataset.tone = quality;
    this.part("clock").textContent = clock((Date.now() - this.began) / 1000);
    this.bad = quality === "bad" ? (this.bad ?? 0) + 1 : 0;
    if (this.bad > 3 && this.rate < RATES.length - 1) { this.rate += 1; this.bad = 0; this.say(this.words.smaller, "warn"); this.#open(); }
  }

  #set(state) {
    this.state = state;
    this.box.dataset.state = state;
    const button = this.part("go");
    button.replaceChildren(iconUse(state === "off" ? "broadcast" : "stop-fill"), Object.assign(document.createElement("span"), { textContent: state === "off" ? this.words.go : this.words.end }));
    this.say(this.words[state], { live: "live", waiting: "warn", connecting: "info", off: "neutral" }[state]);
    if (state === "off") { this.part("quality").textContent = ""; this.part("clock").textContent = ""; }
  }

  say(sentence, tone) {
    const place = this.part("said");
    place.textContent = sentence;
    place.className = `pill tone-${tone}`;
  }
}

function video() { return Object.assign(document.createElement("video"), { muted: true, playsInline: true }); }

function stopTracks(stream) { stream?.getTracks().forEach((track) => track.stop()); }

function fill(select, devices, name, none = "") {
  const before = select.value;
  select.replaceChildren(...devices.map((one, n) => new Option(one.label || `${name} ${n + 1}`, one.deviceId)));
  if (none) select.append(new Option(none, "none"));
  if ([...select.options].some((option) => option.value === before)) select.value = before;
}

// The whole picture within the frame, or the frame filled.
function fit(pen, view, x, y, w, h) { place(pen, view, x, y, w, h, Math.min); }
function cover(pen, view, x, y, w, h) { place(pen, view, x, y, w, h, Math.max); }

function place(pen, view, x, y, w, h, choose) {
  if (!view.videoWidth) return;
  const scale = choose(w / view.videoWidth, h / view.videoHeight);
  const [width, height] = [view.videoWidth * scale, view.videoHeight * scale];
  pen.save();
  pen.beginPath();
  pen.rect(x, y, w, h);
  pen.clip();
  pen.drawImage(view, x + (w - width) / 2, y + (h - height) / 2, width, height);
  pen.restore();
}

function clock(seconds) {
  const two = (n) => String(Math.floor(n)).padStart(2, "0");
  return `${two(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
}
