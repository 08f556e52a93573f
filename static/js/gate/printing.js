// Prints the badge of who was found good. A print never counts as an entry; the site keeps the print log.
import { text } from "../texts.js";
import { show } from "../toast.js";

export function connectPrinting(gate) {
  let frame = null;
  let address = "";

  async function print(answer) {
    try {
      const pdf = await gate.site.get(`badges/${answer.registration}.pdf`, { binary: true });
      URL.revokeObjectURL(address);
      address = URL.createObjectURL(new Blob([pdf], { type: "application/pdf" }));
      frame?.remove();
      frame = document.createElement("iframe");
      frame.className = "gate-print";
      frame.title = text("print_good");
      frame.addEventListener("load", () => frame.contentWindow.print());
      frame.src = address;
      document.body.append(frame);
    } catch (error) {
      show(text("print_failed", { reason: error.message }), "danger", 12);
    }
  }

  gate.find("[data-print]").addEventListener("click", () => {
    gate.stage.hold();
    print(gate.stage.answer);
  });
}
