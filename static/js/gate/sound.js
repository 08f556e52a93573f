// Says an answer to ears and hands. Browsers let a page sound only after it was touched: unlock() belongs to a click.
const TUNES = {
  good: [[880, 0.09], [1320, 0.14]],
  warn: [[520, 0.16], [0, 0.06], [520, 0.16], [0, 0.06], [520, 0.16]],
  danger: [[240, 0.45], [180, 0.35]],
  key: [[1000, 0.03]],
};
const SHAKES = { good: [70], warn: [120, 80, 120], danger: [350, 100, 350], key: [15] };

let audio = null;
let isLoud = true;
let shakes = true;

export function setSound({ sound, vibration }) {
  isLoud = sound;
  shakes = vibration;
}

export function unlock() {
  try {
    audio ??= new AudioContext();
    if (audio.state === "suspended") audio.resume();
  } catch {
    audio = null; // A device without sound still has colour, sign, word and vibration.
  }
}

export function play(name) {
  if (shakes) navigator.vibrate?.(SHAKES[name]);
  if (!isLoud || !audio) return;
  let at = audio.currentTime;
  for (const [pitch, length] of TUNES[name]) {
    if (pitch) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      volume.gain.setValueAtTime(0.35, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + length);
      tone.type = name === "good" || name === "key" ? "sine" : "square";
      tone.frequency.value = pitch;
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + length);
    }
    at += length;
  }
}
