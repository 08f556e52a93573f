// Keeps a long text as a draft in this browser until its form is sent, and offers it again after an accident.
import { text } from "./texts.js";

const DAY = 86_400_000;

export default function connect(area) {
  const key = `draft:${location.pathname}:${area.name}`;
  const note = document.createElement("div");
  note.className = "draft-note";
  note.setAttribute("role", "status");
  area.after(note);
  let timer;

  function time(at) {
    return new Date(at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  }

  function offer(draft) {
    note.textContent = text("draft", { time: time(draft.at) });
    for (const [label, act] of [["restore", () => { area.value = draft.value; area.dispatchEvent(new Event("input", { bubbles: true })); }],
      ["discard", () => localStorage.removeItem(key)]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text(label);
      button.addEventListener("click", () => { note.replaceChildren(); act(); });
      note.append(button);
    }
  }

  const kept = JSON.parse(localStorage.getItem(key) ?? "null");
  if (kept && Date.now() - kept.at > 14 * DAY) localStorage.removeItem(key);
  else if (kept && kept.value !== area.value) offer(kept);

  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      localStorage.setItem(key, JSON.stringify({ value: area.value, at: Date.now() }));
      note.textContent = text("draft_kept", { time: time(Date.now()) });
    }, 800);
  });
  // A refused form comes back with the text in it, so the draft may go as soon as it is sent.
  area.form?.addEventListener("submit", () => { clearTimeout(timer); localStorage.removeItem(key); });
}
