// A moderator's list: asked for anew when something waits or a colleague has decided, but never while one types an answer.
import { bindAll } from "./bind.js";
import { listen } from "./events.js";

export default function connect(list) {
  let waiting;
  const again = () => {
    waiting ??= setTimeout(async () => {
      waiting = undefined;
      if (list.querySelector("details[open]") || document.querySelector("dialog[open]")) return again();
      const answer = await fetch(location.href, { cache: "no-store" }).catch(() => undefined);
      if (!answer?.ok || answer.redirected) return undefined;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(list.id);
      if (!fresh) return undefined;
      const focused = document.activeElement?.closest(".mod-item")?.id;
      list.replaceChildren(...fresh.children);
      document.querySelector(".tabs")?.replaceWith(page.querySelector(".tabs"));
      bindAll(list);
      if (focused) document.querySelector(`#${focused} button`)?.focus();
      return undefined;
    }, 400);
  };
  listen(list.dataset.events, { open: again, waiting: again, decided: again }, { every: 5 });
}
