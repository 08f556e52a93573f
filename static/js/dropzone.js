// Shows what was chosen, with a small preview of pictures; dropping works because the input lies over the whole zone.
export default function connect(zone) {
  const input = zone.querySelector("input[type=file]");
  const list = zone.querySelector(".dropzone-files");
  zone.classList.add("bound");
  for (const kind of ["dragenter", "dragover"]) zone.addEventListener(kind, () => { zone.dataset.over = "true"; });
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => { delete zone.dataset.over; });
  input.addEventListener("change", () => {
    list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    list.replaceChildren(...[...input.files].map(entry));
  });
}

function entry(file) {
  const item = document.createElement("li");
  if (/^image\/(png|jpeg|webp|gif)$/.test(file.type)) {
    const image = document.createElement("img");
    image.src = URL.createObjectURL(file);
    image.alt = "";
    item.append(image);
  }
  const size = file.size < 1_000_000 ? `${Math.ceil(file.size / 1000)} kB` : `${(file.size / 1_000_000).toFixed(1)} MB`;
  item.append(`${file.name} · ${size}`);
  return item;
}
