// The camera as a scanner: pictures go to a worker with zxing, onRead gets each text that it finds and the moment at
// which the picture was taken (performance.now()). Paused, it shows the picture and reads nothing.
const WIDTH = 1280;
const PAUSE_MS = 40;

export class Camera {
  constructor(video, onRead) {
    this.video = video;
    this.onRead = onRead;
    this.canvas = document.createElement("canvas");
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
    this.stream = null;
    this.worker = null;
    this.paused = false;
    this.facing = "environment";
  }

  static get isPossible() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  get isOn() {
    return this.stream !== null;
  }

  get hasTorch() {
    return Boolean(this.stream?.getVideoTracks()[0]?.getCapabilities?.().torch);
  }

  // Throws what getUserMedia throws: NotFoundError without a camera, NotAllowedError when it may not be used.
  async start(facing = this.facing) {
    this.stop();
    this.facing = facing;
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: false, video: { facingMode: facing, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    // A phone that takes the camera away (a call) gives the stream an end: start anew when it is back.
    this.stream.getVideoTracks()[0].addEventListener("ended", () => this.stop());
    this.worker ??= this.makeWorker();
    this.video.srcObject = this.stream;
    this.video.hidden = false;
    this.video.classList.toggle("mirrored", facing === "user");
    await this.video.play();
    this.look(this.stream);
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
    this.video.hidden = true;
  }

  async torch(on) {
    await this.stream?.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] });
  }

  makeWorker() {
    const worker = new Worker("/gate/decode-worker.js", { type: "module" });
    worker.addEventListener("message", ({ data }) => {
      if (data.text && this.isOn && !this.paused) this.onRead(data.text, data.taken);
      setTimeout(() => this.look(this.stream), PAUSE_MS);
    });
    worker.addEventListener("error", (event) => console.error(event.message));
    return worker;
  }

  // One picture at a time: the worker's answer asks for the next one.
  look(stream) {
    if (!stream || stream !== this.stream) return;
    if (this.paused || !this.video.videoWidth || document.hidden) {
      setTimeout(() => this.look(stream), PAUSE_MS * 3);
      return;
    }
    const taken = performance.now();
    this.canvas.width = Math.min(WIDTH, this.video.videoWidth);
    this.canvas.height = Math.round((this.canvas.width * this.video.videoHeight) / this.video.videoWidth);
    this.pen.drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    const picture = this.pen.getImageData(0, 0, this.canvas.width, this.canvas.height);
    this.worker.postMessage({ picture, taken }, [picture.data.buffer]);
  }
}
