// The stage manager's page: the countdown of what is on, and the page asked for anew when a colleague has tapped.
import { bindAll } from "./bind.js";
import { countdown } from "./countdown-clock.js";
import { listen } from "./events.js";

export default function connect(stage) {
  let state = JSON.parse(stage.dataset.state);
  let taps = 0;
  stage.addEventListener("submit", () => { taps += 1; });
  setInterval(() => {
    const shown = stage.querySelector("[data-countdown]");
    const { text, level } = countdown(state);
    shown.textContent = level === "over" ? `${stage.dataset.over} ${text}` : text;
    shown.dataset.level = level;
  }, 250);
  const again = async () => {
    if (taps || document.querySelector("dialog[open]")) return; // The own tap brings a page of its own.
    const answer = await fetch(location.href, { cache: "no-store" }).catch(() => undefined);
    if (!answer?.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("stage");
    if (!fresh || fresh.dataset.state === stage.dataset.state) return;
    stage.replaceChildren(...fresh.children);
    stage.dataset.state = fresh.dataset.state;
    state = JSON.parse(stage.dataset.state);
    bindAll(stage);
  };
  listen(stage.dataset.events, { open: again, cue: again }, { every: 3 });
}
