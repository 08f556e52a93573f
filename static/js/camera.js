// The phone's camera as a scanner: pictures go to a worker with zxing; what it reads is told by a "badge-read" event.
const WIDTH = 960;
const PAUSE_MS = 60;

export default function connect(place) {
  const video = place.querySelector("video");
  const button = place.querySelector("[data-camera]");
  const label = button.querySelector("span");
  const note = place.querySelector("[data-camera-note]");
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  let stream = null;
  let worker = null;

  if (!navigator.mediaDevices?.getUserMedia) {
    note.textContent = window.isSecureContext ? place.dataset.none : place.dataset.insecure;
    return;
  }
  button.hidden = false;

  function look() {
    if (!stream || !worker) return;
    if (!video.videoWidth) { setTimeout(look, PAUSE_MS); return; }
    canvas.width = Math.min(WIDTH, video.videoWidth);
    canvas.height = Math.round((canvas.width * video.videoHeight) / video.videoWidth);
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
    worker.postMessage(picture, [picture.data.buffer]);
  }

  async function start() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: 1280 } } });
    } catch (error) {
      note.textContent = error.name === "NotFoundError" ? place.dataset.none : place.dataset.denied;
      return;
    }
    worker = new Worker(new URL("./decode-worker.js", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }) => {
      if (data.text) place.dispatchEvent(new CustomEvent("badge-read", { bubbles: true, detail: data.text }));
      setTimeout(look, PAUSE_MS);
    });
    worker.addEventListener("error", (event) => { note.textContent = event.message; });
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    label.textContent = place.dataset.stops;
    note.textContent = "";
    look();
  }

  function stop() {
    stream.getTracks().forEach((track) => track.stop());
    worker.terminate();
    stream = worker = null;
    video.hidden = true;
    label.textContent = place.dataset.starts;
  }

  button.addEventListener("click", () => (stream ? stop() : start()));
}
