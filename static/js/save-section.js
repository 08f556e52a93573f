// Sends a form by itself while one is typing, so that nothing is lost; its button still sends it as usual.
import { text } from "./texts.js";

const WAIT = 1500;

export default function connect(form) {
  const note = form.querySelector("[data-save-note]");
  let timer;
  let running = null;
  let dirty = false;

  async function save() {
    dirty = false;
    const data = new FormData(form);
    data.delete("once"); // The token belongs to the button's own sending.
    running = new AbortController();
    try {
      const answer = await fetch(form.action || location.href, {
        method: "POST", body: data, keepalive: true, signal: running.signal,
        headers: { "X-Requested-With": "autosave", Accept: "application/json" },
      });
      const result = await answer.json();
      if (answer.ok) say(result.said);
      else say(result.title ?? result.refusal ?? Object.values(result.errors ?? {}).flat().join(" "), "danger");
    } catch (error) {
      if (error.name !== "AbortError") { dirty = true; say(text("failed"), "danger"); }
    }
  }

  function say(sentence, tone = "") {
    note.textContent = sentence;
    note.dataset.tone = tone;
  }

  form.addEventListener("input", () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, WAIT);
  });
  form.addEventListener("submit", () => { clearTimeout(timer); running?.abort(); dirty = false; });
  addEventListener("pagehide", () => { if (dirty) { clearTimeout(timer); save(); } });
}
