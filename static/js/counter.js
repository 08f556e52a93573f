// Says how long a text is and how long it may be. The limit is not enforced while typing: pasted text is never cut.
import { text } from "./texts.js";

export default function connect(area) {
  const most = area.maxLength;
  if (most <= 0) return;
  area.removeAttribute("maxlength");
  const counter = document.createElement("span");
  counter.className = "counter";
  area.after(counter);
  function count() {
    const length = [...area.value].length;
    const over = length - most;
    counter.textContent = over > 0 ? `${length} / ${most} · ${text("over", { n: over })}` : `${length} / ${most}`;
    counter.dataset.over = over > 0;
  }
  area.addEventListener("input", count);
  count();
}
