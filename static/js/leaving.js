// Warns before a page is left with changes that were not sent.
export default function connect(form) {
  let changed = form.querySelector("[aria-invalid=true]") !== null;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", (event) => { if (!event.defaultPrevented) changed = false; });
  form.querySelectorAll("[data-leave-freely]").forEach((link) => link.addEventListener("click", () => { changed = false; }));
  addEventListener("beforeunload", (event) => { if (changed && form.isConnected) event.preventDefault(); });
}
