// The app stays on the device: kept by its service worker, and installed when the browser offers it.
import { text } from "../texts.js";
import { show } from "../toast.js";

export function connectInstalling() {
  let offer = null;
  const buttons = document.querySelectorAll("[data-install]");
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = event;
    buttons.forEach((button) => { button.hidden = false; });
  });
  addEventListener("appinstalled", () => buttons.forEach((button) => { button.hidden = true; }));
  buttons.forEach((button) => button.addEventListener("click", () => offer?.prompt()));
}

export async function keepShell(gate) {
  if (!("serviceWorker" in navigator)) return;
  const hadOne = Boolean(navigator.serviceWorker.controller);
  const registration = await navigator.serviceWorker.register("/gate/sw.js", { scope: "/gate/", updateViaCache: "none" });
  // A new version never changes the app under somebody's hands: only before the gate is open, or by the button.
  navigator.serviceWorker.addEventListener("controllerchange", () => { if (hadOne) location.reload(); });
  const isAtRest = () => !["gate", "kiosk"].includes(gate.body.dataset.view);
  const takeOver = () => registration.waiting?.postMessage("take over");
  if (registration.waiting && isAtRest()) takeOver();
  registration.addEventListener("updatefound", () => {
    const coming = registration.installing;
    coming.addEventListener("statechange", () => {
      if (coming.state !== "installed" || !navigator.serviceWorker.controller) return;
      if (isAtRest()) takeOver();
      else show(text("update"), "info", 10);
    });
  });
  gate.addEventListener("view", ({ detail }) => { if (detail === "start") takeOver(); });
}
