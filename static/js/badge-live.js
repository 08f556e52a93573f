// The badge on the phone: the picture of its code is drawn anew every half minute, with or without the network.
// Attributes of the figure: data-code (address of the code), data-secret (base64), data-clock (address of the site's
// clock), data-worker (service worker that keeps this page), data-note (element that says how it stands).
import { bytesOf, livePart, numberOf, STEP, stepAt } from "./live-code.js";
import { modules, path } from "./qr-drawing.js";

const OFFSET = "badge-clock-offset";
const NAMESPACE = "http://www.w3.org/2000/svg";

export default async function connect(figure) {
  // Without WebCrypto (an address without https) the printed code stays: gates that ask for the live one say so.
  if (!globalThis.crypto?.subtle) return;
  const { code, secret, clock, worker } = figure.dataset;
  const number = numberOf(code), bytes = bytesOf(secret);
  let offset = Number(localStorage.getItem(OFFSET) ?? 0);
  let shown = -1;

  const bar = document.createElement("progress");
  bar.className = "badge-live-bar";
  bar.max = STEP / 1000;
  bar.setAttribute("aria-label", figure.dataset.label ?? "");

  async function draw(step) {
    const rows = modules(`${code}/${await livePart(bytes, number, step)}`);
    if (!rows) return;
    const symbol = path(rows), old = figure.querySelector("img, svg");
    const svg = document.createElementNS(NAMESPACE, "svg");
    svg.setAttribute("viewBox", `0 0 ${symbol.side} ${symbol.side}`);
    svg.setAttribute("shape-rendering", "crispEdges");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", old.getAttribute("alt") ?? old.getAttribute("aria-label") ?? "");
    const ground = document.createElementNS(NAMESPACE, "rect");
    for (const [name, value] of Object.entries({ width: symbol.side, height: symbol.side, fill: "#fff" })) ground.setAttribute(name, value);
    const dark = document.createElementNS(NAMESPACE, "path");
    dark.setAttribute("d", symbol.path);
    svg.append(ground, dark);
    old.replaceWith(svg);
    figure.dataset.step = step;
    if (!bar.isConnected) figure.append(bar);
  }

  async function tick() {
    const now = Date.now() + offset, step = stepAt(now);
    bar.value = Math.ceil((STEP - (now % STEP)) / 1000);
    if (step !== shown) {
      shown = step;
      await draw(step);
    }
  }

  async function setClock() {
    const sent = Date.now();
    try {
      const answer = await fetch(clock, { cache: "no-store" });
      const { now } = await answer.json();
      offset = Math.round(now - (sent + Date.now()) / 2);
      localStorage.setItem(OFFSET, String(offset));
    } catch {
      // No network: the difference that was measured last still holds.
    }
  }

  await tick();
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) setClock().then(tick); });
  await setClock();
  await tick();
  await keepPage(worker);
}

// Once kept, the page opens without a network. The worker keeps what this page is made of.
async function keepPage(worker) {
  if (!worker || !("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register(worker);
  const ready = registration.active ?? (await navigator.serviceWorker.ready).active;
  const parts = performance.getEntriesByType("resource").map((part) => part.name)
    .filter((name) => name.startsWith(`${location.origin}/static/`));
  ready.postMessage({ keep: [location.href, ...new Set(parts)] });
}
