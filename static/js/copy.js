// Copies the field beside the button; in old in-app browsers it selects the text instead.
import { text } from "./texts.js";
import { show } from "./toast.js";

export default function connect(box) {
  const input = box.querySelector("input");
  box.querySelector("[data-copy]").addEventListener("click", async () => {
    input.select();
    try {
      await navigator.clipboard.writeText(input.value);
    } catch {
      document.execCommand("copy");
    }
    show(text("copied"), "success", 3);
  });
}
