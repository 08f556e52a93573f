// Good news moves out of the page into a corner and goes away by itself; show() says something new there.
import { text } from "./texts.js";

function corner() {
  const found = document.querySelector(".toasts");
  if (found) return found;
  const made = document.createElement("div");
  made.className = "toasts";
  made.setAttribute("role", "status");
  document.body.append(made);
  return made;
}

export function show(message, tone = "info", seconds = 7) {
  const toast = document.createElement("div");
  toast.className = `toast toast-${tone}`;
  const words = document.createElement("div");
  if (message instanceof Node) words.append(message);
  else words.textContent = message;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", text("close"));
  close.addEventListener("click", () => toast.remove());
  toast.append(words, close);
  corner().append(toast);
  let timer = setTimeout(() => toast.remove(), seconds * 1000);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => { timer = setTimeout(() => toast.remove(), 2000); });
}

export default function connect(message) {
  const words = document.createDocumentFragment();
  words.append(...message.querySelector(".callout-body").childNodes);
  show(words, message.dataset.tone);
  const flashes = message.closest(".flashes");
  message.remove();
  if (flashes && !flashes.children.length) flashes.remove();
}
