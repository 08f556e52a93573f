// A branch venue's screen: says that it is there, shows what is live as soon as it is, counts who has come.
import { listen } from "./events.js";

const EVERY = 20_000;

export default function connect(screen) {
  const count = screen.querySelector("[data-count]");
  async function ask() {
    const answer = await fetch(screen.dataset.state, { cache: "no-store" }).catch(() => null);
    if (answer?.status === 404) { location.assign("/venue/"); return; }
    if (!answer?.ok) return; // Without the app the picture goes on; the next question is soon.
    const { live, count: here } = await answer.json();
    count.textContent = here.toLocaleString();
    const open = screen.querySelector("details[open]");
    if (live.join(" ") !== screen.dataset.live && !open) location.reload();
  }
  setInterval(ask, EVERY);
  listen(screen.dataset.events, { changed: () => screen.querySelector("details[open]") || location.reload() }, { every: 3600 });
  // The screen must not go dark while it is watched.
  const stay = () => navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && stay());
  stay();
}
