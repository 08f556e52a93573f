// Opens a record beside its list, so that the place in the list is kept. Needs room; on the phone the link stays a link.
import { bindAll } from "./bind.js";
import { text } from "./texts.js";
import { show } from "./toast.js";

const WIDE = matchMedia("(min-width: 62rem)");

export default function connect(split) {
  const detail = split.querySelector(".split-detail");
  const target = detail.querySelector("[data-split-target]");
  let opener = null;

  async function open(link) {
    opener = link;
    split.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(link.href, { headers: { "X-Requested-With": "split" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const record = page.getElementById("record");
      if (!answer.ok || !record) { location.href = link.href; return; }
      record.removeAttribute("id");
      target.replaceChildren(document.adoptNode(record));
      window.htmx?.process(target);
      bindAll(target);
      detail.querySelector("[data-split-open]").href = link.href;
      split.dataset.open = "true";
      split.querySelectorAll("tr[aria-current]").forEach((row) => row.removeAttribute("aria-current"));
      link.closest("tr")?.setAttribute("aria-current", "true");
      detail.scrollTop = 0;
      detail.focus({ preventScroll: true });
    } catch {
      show(text("failed"), "danger");
    } finally {
      split.removeAttribute("aria-busy");
    }
  }

  function close() {
    delete split.dataset.open;
    target.replaceChildren();
    opener?.focus();
  }

  split.addEventListener("click", (event) => {
    const link = event.target.closest("[data-split-link]");
    if (event.target.closest("[data-split-close]")) close();
    if (!link || !WIDE.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link);
  });
  detail.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.defaultPrevented) close(); });
}
