// Lets somebody in against the rules. Whoever does it says why.
import { sentenceOf } from "./stage.js";

export function connectOverride(gate) {
  const dialog = gate.dialog("override");
  const form = gate.find("[data-override-form]", dialog);
  let answer = null;

  gate.find("[data-override]").addEventListener("click", () => {
    ({ answer } = gate.stage);
    gate.stage.hold();
    gate.find("[data-override-who]", dialog).textContent = [answer.name, answer.organisation, sentenceOf(answer)].filter(Boolean).join(" · ");
    form.reset();
    dialog.showModal();
  });
  dialog.querySelectorAll("[data-reason]").forEach((button) => button.addEventListener("click", () => {
    form.elements.note.value = button.textContent;
    form.elements.note.focus();
  }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { text, registration, id, name, organisation, badge } = answer;
    dialog.close();
    // Read from a code, it is judged anew from the code; found by name, by the registration.
    const who = text ? { text } : { registration, id, name, organisation, badge };
    gate.scan({ ...who, force: true, note: form.elements.note.value.trim() });
  });
}
