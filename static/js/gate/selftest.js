// Is this device ready? What can be looked at is looked at; the rest is tried: a test badge with the network off.
import { text } from "../texts.js";
import { Camera } from "./camera.js";
import { localTime } from "./days.js";
import { isSafe } from "./gatekeeper.js";
import { skewWords } from "./link.js";
import { sentenceOf } from "./stage.js";
import { play, unlock } from "./sound.js";

const BIG_SKEW_MS = 60_000;
const TUNE_MS = 900;

export function connectSelftest(gate) {
  const dialog = gate.dialog("selftest");
  const unplug = gate.find("[data-selftest-unplug]", dialog);
  const step = gate.find("[data-selftest-step]", dialog);
  const camera = new Camera(gate.find("[data-selftest-video]", dialog), (code, began) => read(code, began));
  let test = null; // The answer to the test badge.
  let isBusy = false;

  async function checks() {
    const { site, packs, queue, keeper } = gate;
    const isShellKept = isSafe() && "caches" in window && Boolean(await caches.match("/gate/"));
    const isPersistent = Boolean(await navigator.storage?.persisted?.());
    return [
      ["check_secure", window.isSecureContext, text(window.isSecureContext ? "yes" : "no")],
      ["check_shell", isShellKept, text(isShellKept ? "yes" : "no")],
      ["check_keys", keeper.keys.size > 0, String(keeper.keys.size)],
      ["check_pack", packs.size > 0, packs.madeAt ? text("pack_words", { count: packs.size.toLocaleString(), time: localTime(new Date(packs.madeAt), gate.zone).time }) : text("pack_none")],
      ["check_clock", Math.abs(site.skew) < BIG_SKEW_MS ? true : null, skewWords(site.skew)],
      ["check_storage", isPersistent ? true : null, text(isPersistent ? "yes" : "no")],
      ["check_camera", Camera.isPossible ? true : null, text(Camera.isPossible ? "yes" : "no")],
      ["check_queue", queue.stuck ? false : true, queue.length ? text("waiting", { count: queue.length }) : text("none")],
      ["check_network", site.isOnline ? true : null, text(site.isOnline ? "online" : site.isUnplugged ? "unplugged" : "offline")],
    ];
  }

  function passed() {
    const { tested } = gate.device ?? {};
    return tested ? [["check_test", true, text("tested_at", { time: localTime(new Date(tested), gate.zone).time })]] : [["check_test", null, text("not_yet")]];
  }

  async function paint() {
    if (!gate.device) return;
    const rows = [...await checks(), ...passed()];
    gate.find("[data-selftest-checks]", dialog).replaceChildren(...rows.map(row));
    // At the start of a shift: what is not as it should be, and whether the device was tried.
    gate.find("[data-start-checks]").replaceChildren(...rows.filter(([name, isGood]) => !isGood || ["check_pack", "check_test", "check_network"].includes(name)).map(row));
    unplug.setAttribute("aria-pressed", String(gate.site.isUnplugged));
    step.textContent = stepWords();
  }

  function stepWords() {
    if (test?.result === "refused") return text("step_failed", { reason: sentenceOf(test) });
    if (test?.isOffline) return gate.site.isOnline ? text("step_done") : text("step_back");
    return text(gate.site.isOnline ? "step_unplug" : "step_scan");
  }

  async function read(code, began) {
    if (isBusy) return;
    isBusy = true;
    gate.lastSeen.set(code, performance.now());
    await gate.scan({ text: code, began });
    setTimeout(() => { isBusy = false; }, 2000);
  }

  gate.addEventListener("answered", async ({ detail }) => {
    if (!detail.isTest || !dialog.open) return;
    test = detail;
    if (test.result === "tested" && test.isOffline) {
      gate.device.tested = test.at.toISOString();
      await gate.store.keep("device", gate.device);
    }
    paint();
  });
  unplug.addEventListener("click", () => gate.site.unplug(!gate.site.isUnplugged));
  gate.find("[data-selftest-sounds]", dialog).addEventListener("click", () => {
    unlock();
    ["good", "warn", "danger"].forEach((name, place) => setTimeout(() => play(name), place * TUNE_MS));
  });
  gate.addEventListener("opens", async ({ detail }) => {
    if (detail !== "selftest") return;
    unlock();
    test = null;
    paint();
    gate.camera.stop();
    if (Camera.isPossible) await camera.start().catch((error) => { step.textContent = text(error.name === "NotFoundError" ? "camera_none" : "camera_denied"); });
  });
  dialog.addEventListener("close", () => {
    camera.stop();
    if (gate.site.isUnplugged) gate.site.unplug(false);
    if (["gate", "kiosk"].includes(gate.body.dataset.view)) gate.startCamera();
  });
  gate.site.addEventListener("link", paint);
  gate.addEventListener("view", ({ detail }) => { if (detail === "start") paint(); });
  gate.sync.addEventListener("done", paint);
  navigator.serviceWorker?.addEventListener("controllerchange", paint);
}

function row([name, isGood, words]) {
  const made = document.createElement("li");
  made.dataset.colour = isGood ? "good" : isGood === null ? "warn" : "danger";
  const title = document.createElement("span");
  const value = document.createElement("strong");
  title.textContent = text(name);
  value.textContent = words;
  made.append(title, value);
  return made;
}
