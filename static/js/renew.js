// Keeps parts of a page fresh: data-events is the stream to listen to, data-name what is pushed there, data-parts the
// ids of the elements that are fetched anew. While the page is hidden it waits; without a stream it asks now and then.
import { bindAll } from "./bind.js";
import { listen } from "./events.js";

const PAUSE = 1500;

export default function connect(element) {
  const parts = (element.dataset.parts || element.id).split(" ");
  const every = Number(element.dataset.every) || 15;
  let wanted = false, busy = false;

  async function renew() {
    if (busy || document.hidden) { wanted = true; return; }
    busy = true;
    wanted = false;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of parts) {
        const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
        if (!old || !fresh || old.contains(document.activeElement) && old.querySelector("input:focus")) continue;
        old.replaceChildren(...fresh.childNodes);
        bindAll(old);
      }
      element.dataset.renewed = String(Number(element.dataset.renewed || 0) + 1);
    } catch { /* The network is away: what is shown stays, the stream's return asks again. */ } finally {
      setTimeout(() => { busy = false; if (wanted) renew(); }, PAUSE);
    }
  }

  document.addEventListener("visibilitychange", () => !document.hidden && wanted && renew());
  let opened = false;
  listen(element.dataset.events, {
    [element.dataset.name || "changed"]: renew,
    open: () => { if (opened || !element.dataset.events) renew(); opened = true; },
  }, { every });
}
