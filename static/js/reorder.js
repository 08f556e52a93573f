// Puts a list in order by dragging, or by the up and down buttons; the hidden inputs inside the items move along.
import Sortable from "../vendor/sortablejs/sortable.esm.js";

export default function connect(list) {
  const changed = () => list.dispatchEvent(new Event("input", { bubbles: true }));
  Sortable.create(list, { handle: ".reorder-grip", draggable: "[data-reorder-item]", animation: 120, onEnd: changed });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reorder-up], [data-reorder-down]");
    if (!button) return;
    const item = button.closest("[data-reorder-item]");
    const up = "reorderUp" in button.dataset;
    const neighbour = up ? item.previousElementSibling : item.nextElementSibling;
    if (!neighbour) return;
    if (up) neighbour.before(item);
    else neighbour.after(item);
    button.focus();
    changed();
  });
}
