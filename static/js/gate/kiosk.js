// Self check-in: the device stands alone. Only the number that began it ends it, also after it was switched off.
import { text } from "../texts.js";
import { toHex } from "./bytes.js";

const HOLD_MS = 1500;

async function hashOf(pin, salt) {
  const bytes = new TextEncoder().encode(`${salt}:${pin}`);
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

export function connectKiosk(gate) {
  const dialog = gate.dialog("kiosk");
  const form = gate.find("[data-kiosk-form]", dialog);
  const error = gate.find("[data-kiosk-error]", dialog);
  const exit = gate.find("[data-kiosk-exit]");
  let timer, wrong = 0;

  function paint() {
    const isOn = Boolean(gate.settings.kiosk);
    gate.find("[data-kiosk-label]", dialog).textContent = text(isOn ? "kiosk_end" : "kiosk_begin");
    gate.find("[data-kiosk-button]", dialog).textContent = text(isOn ? "end" : "begin");
    error.hidden = true;
    form.reset();
  }

  async function begin(pin) {
    const salt = crypto.randomUUID();
    await gate.set({ kind: "entry", kiosk: { salt, hash: await hashOf(pin, salt) } });
    dialog.close();
    gate.show("kiosk");
    document.documentElement.requestFullscreen?.().catch(() => {}); // Where it is not allowed the page does as well.
    await gate.startCamera();
  }

  async function end(pin) {
    const { salt, hash } = gate.settings.kiosk;
    if (await hashOf(pin, salt) !== hash) {
      wrong += 1;
      error.textContent = text("kiosk_wrong");
      error.hidden = false;
      form.reset();
      // Guessing takes longer each time.
      form.elements.pin.disabled = true;
      setTimeout(() => { form.elements.pin.disabled = false; form.elements.pin.focus(); }, 1000 * 2 ** Math.min(wrong, 6) - 1000);
      return;
    }
    wrong = 0;
    await gate.set({ kiosk: null });
    dialog.close();
    if (document.fullscreenElement) document.exitFullscreen();
    gate.show("start");
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const pin = form.elements.pin.value;
    if (gate.settings.kiosk) end(pin);
    else begin(pin);
  });
  gate.addEventListener("opens", ({ detail }) => { if (detail === "kiosk") paint(); });
  // A visitor's short touch does nothing; a keyboard's press is meant.
  exit.addEventListener("pointerdown", () => { timer = setTimeout(ask, HOLD_MS); });
  for (const name of ["pointerup", "pointerleave", "pointercancel"]) exit.addEventListener(name, () => clearTimeout(timer));
  exit.addEventListener("click", (event) => { if (event.detail === 0) ask(); });

  function ask() {
    paint();
    dialog.showModal();
    setTimeout(() => { if (dialog.open && gate.settings.kiosk) dialog.close(); }, 30_000);
  }
}
