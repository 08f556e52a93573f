// What every page loads. Behaviours live in files of their own; ./bind.js connects them.
import { bindAll } from "./bind.js";

document.documentElement.classList.add("js");
bindAll();
document.addEventListener("htmx:load", (event) => bindAll(event.target));

// "/" goes to the first search box of the page, the page's own before the global one.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const box = document.querySelector("main [data-shortcut='/']") ?? document.querySelector("[data-shortcut='/']");
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
});
