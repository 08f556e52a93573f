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
    } catch (error) {
      show(text("print_failed", { reason: error.message }), "danger", 12);
      return;
    }
    frame?.remove();
    frame = document.createElement("iframe");
    frame.className = "gate-print";
    frame.title = text("print_good");
    frame.addEventListener("load", () => {
      try {
        frame.contentWindow.print();
      } catch {
        offer(); // A browser whose PDF viewer is not ours to command: the paper is one tap away.
      }
    });
    frame.src = address;
    document.body.append(frame);
  }

  function offer() {
    const link = document.createElement("a");
    link.href = address;
    link.target = "_blank";
    link.textContent = text("print_open");
    show(link, "info", 20);
  }

  gate.find("[data-print]").addEventListener("click", () => {
    gate.stage.hold();
    print(gate.stage.answer);
  });
}
