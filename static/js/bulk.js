// Chosen rows of a table: counts them, selects all of the page, a range with Shift, and refuses to act on none.
import { text } from "./texts.js";
import { show } from "./toast.js";

export default function connect(form) {
  const rows = () => [...form.querySelectorAll("[data-bulk-row]")];
  const all = form.querySelector("[data-bulk-all]");
  const bar = form.querySelector("[data-bulk-bar]");
  const clear = form.querySelector("[data-bulk-clear]");
  let last = null;

  function count() {
    const chosen = rows().filter((row) => row.checked).length;
    form.querySelector("[data-bulk-count]").textContent = chosen;
    bar.hidden = chosen === 0;
    clear.hidden = chosen === 0;
    if (all) {
      all.checked = chosen > 0 && chosen === rows().length;
      all.indeterminate = chosen > 0 && !all.checked;
    }
    return chosen;
  }

  form.addEventListener("click", (event) => {
    const row = event.target.closest("[data-bulk-row]");
    if (!row) return;
    const list = rows();
    if (event.shiftKey && last && list.includes(last)) {
      const [from, to] = [list.indexOf(last), list.indexOf(row)].sort((a, b) => a - b);
      list.slice(from, to + 1).forEach((one) => { one.checked = row.checked; });
    }
    last = row;
  });
  form.addEventListener("change", (event) => {
    if (event.target === all) rows().forEach((row) => { row.checked = all.checked; });
    count();
  });
  clear.addEventListener("click", () => { rows().forEach((row) => { row.checked = false; }); count(); });
  form.addEventListener("submit", (event) => {
    if (count() > 0) return;
    event.preventDefault();
    show(text("choose_first"), "warning");
  });
  count();
}
