// Shows what was chosen, with a small preview of pictures; dropping works because the input lies over the whole zone.
// data-limit-mb on the input: a larger file is named at once, and the form does not go off with it.
import { text } from "./texts.js";

const MB = 1024 * 1024;

export default function connect(zone) {
  const input = zone.querySelector("input[type=file]");
  const list = zone.querySelector(".dropzone-files");
  const limit = Number(input.dataset.limitMb) || Infinity;
  const isTooLarge = (file) => file.size > limit * MB;
  zone.classList.add("bound");
  for (const kind of ["dragenter", "dragover"]) zone.addEventListener(kind, () => { zone.dataset.over = "true"; });
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => { delete zone.dataset.over; });
  input.addEventListener("change", () => {
    const files = [...input.files];
    const refusal = files.some(isTooLarge) ? text("too_large", { limit }) : "";
    list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    list.replaceChildren(...files.map((file) => entry(file, isTooLarge(file) && refusal)));
    input.setCustomValidity(refusal);
  });
}

function entry(file, refusal) {
  const item = document.createElement("li");
  if (/^image\/(png|jpeg|webp|gif)$/.test(file.type)) {
    const image = document.createElement("img");
    image.src = URL.createObjectURL(file);
    image.alt = "";
    item.append(image);
  }
  const size = file.size < 1_000_000 ? `${Math.ceil(file.size / 1000)} kB` : `${(file.size / 1_000_000).toFixed(1)} MB`;
  item.append(`${file.name} · ${size}`);
  if (refusal) {
    const reason = document.createElement("strong");
    reason.textContent = refusal;
    item.append(reason);
    item.className = "too-large";
  }
  return item;
}
