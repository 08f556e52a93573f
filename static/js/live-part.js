// Part of a page that looks after itself: fetched anew when data-events says so, and now and then where nothing is pushed.
// data-url: the page, where its own address is not to be asked again. The element needs an id; what is being typed or opened in it is not taken away.
import { bindAll } from "./bind.js";
import { listen } from "./events.js";

export default function connect(part) {
  let waiting;
  async function again() {
    const here = document.getElementById(part.id);
    if (!here || here.contains(document.activeElement) && document.activeElement.matches("input, textarea, select") || here.querySelector("dialog[open], details[open]")) return;
    const answer = await fetch(part.dataset.url ?? location.pathname + location.search, { cache: "no-store" }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(part.id);
    if (!fresh) return;
    here.replaceChildren(...fresh.childNodes);
    bindAll(here);
  }
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(again, 150); };
  listen(part.dataset.events, { open: soon, changed: soon }, { every: Number(part.dataset.every) || 5 });
}
