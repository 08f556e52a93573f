// Fetches a big screen's content anew every few seconds; when the network is lost, what is shown stays and says how old it is.
import { bindAll } from "./bind.js";
import { text } from "./texts.js";

export default function connect(main) {
  const every = Math.max(2, Number(main.dataset.every) || 15) * 1000;
  const offline = document.querySelector("[data-offline]");
  let fresh = new Date();
  async function again() {
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      main.replaceChildren(...page.getElementById("main").children);
      bindAll(main);
      fresh = new Date();
      if (offline) offline.hidden = true;
    } catch {
      if (offline) {
        offline.hidden = false;
        offline.textContent = `${text("offline")} · ${fresh.toLocaleTimeString("en-GB")}`;
      }
    }
    setTimeout(again, every);
  }
  setTimeout(again, every);
}
