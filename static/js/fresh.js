// Fetches a part of the page anew every few seconds as long as it says so: data-controller="fresh" data-every="2" and an id.
// The part that comes back without the attribute (the work is done) is the last one.
import { bindAll } from "./bind.js";

export default function connect(part) {
  const every = Math.max(1, Number(part.dataset.every) || 2) * 1000;
  async function again() {
    if (!part.isConnected) return;
    try {
      const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.getElementById(part.id);
      if (answer.ok && next) {
        part.replaceWith(next);
        bindAll(next.parentElement);
        return;
      }
    } catch {
      // The network is away for a moment: what is shown stays, and the next turn asks again.
    }
    setTimeout(again, every);
  }
  setTimeout(again, every);
}
