// Keeps the screen on while a gate is open. The system ends it whenever the page is hidden, so it is asked for again.
let lock = null;
let isWanted = false;

async function ask() {
  if (!isWanted || lock || document.hidden) return;
  try {
    lock = await navigator.wakeLock?.request("screen");
    lock?.addEventListener("release", () => { lock = null; });
  } catch {
    lock = null; // A low battery may forbid it; the gate works all the same.
  }
}

export function stayAwake(on) {
  isWanted = on;
  if (on) ask();
  else lock?.release();
}

document.addEventListener("visibilitychange", ask);
