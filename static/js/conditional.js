// Shows what belongs to the kind that was chosen: <div data-controller="conditional" data-when="kind" data-is="supply demand">.
// Hidden parts are disabled, so that they are neither required nor sent.
export default function connect(part) {
  const form = part.closest("form");
  const wanted = new Set(part.dataset.is.split(/\s+/));
  const controls = () => [...part.querySelectorAll("input, select, textarea")];
  const always = new Set(controls().filter((control) => control.disabled));
  function update() {
    const chosen = new FormData(form).getAll(part.dataset.when);
    const shown = chosen.some((value) => wanted.has(String(value)));
    part.hidden = !shown;
    controls().forEach((control) => { control.disabled = !shown || always.has(control); });
  }
  form.addEventListener("change", (event) => { if (event.target.name === part.dataset.when) update(); });
  update();
}
