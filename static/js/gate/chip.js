// Ties a chip to the badge that was found good at the desk: the reader types its number, or the phone reads it itself.
import { text } from "../texts.js";
import { show } from "../toast.js";
import { Away } from "./site.js";

export function connectChip(gate) {
  const dialog = gate.dialog("chip");
  const form = gate.find("[data-chip-form]", dialog);
  const fault = gate.find("[data-chip-error]", dialog);
  let answer = null;

  gate.find("[data-chip]").addEventListener("click", () => {
    ({ answer } = gate.stage);
    gate.stage.hold();
    gate.find("[data-chip-who]", dialog).textContent = [answer.name, answer.organisation].filter(Boolean).join(" · ");
    fault.hidden = true;
    form.reset();
    dialog.showModal();
    form.elements.chip.focus();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fault.hidden = true;
    try {
      await gate.site.post("chip", { registration: answer.registration, chip: form.elements.chip.value });
    } catch (error) {
      fault.textContent = error instanceof Away ? text("tie_needs_network") : error.message;
      fault.hidden = false;
      form.elements.chip.select();
      return;
    }
    dialog.close();
    show(text("chip_tied", { name: answer.name || text("somebody") }), "success", 4);
  });
  // What is read while the question stands is its answer, not a scan.
  gate.takesTag = (number) => {
    if (!dialog.open) return false;
    form.elements.chip.value = number;
    form.requestSubmit();
    return true;
  };
}
