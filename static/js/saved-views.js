// Views of a list (search, filters, order) kept under a name in this browser; a view is an address, so it can be sent as well.
import { text } from "./texts.js";

export default function connect(place) {
  const key = `views:${place.dataset.list}`;
  const read = () => JSON.parse(localStorage.getItem(key) ?? "[]");
  const write = (views) => { localStorage.setItem(key, JSON.stringify(views)); draw(); };

  function element(tag, look, words, act) {
    const made = document.createElement(tag);
    if (look) made.className = look;
    made.textContent = words;
    if (act) made.addEventListener("click", act);
    return made;
  }

  function ask() {
    const form = element("form", "cluster", "");
    const input = element("input", "input input-s", "");
    input.required = true;
    input.maxLength = 30;
    input.setAttribute("aria-label", text("view_name"));
    input.placeholder = text("view_name");
    const save = element("button", "btn btn-s", text("save"));
    form.append(input, save);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      write([...read().filter((view) => view.name !== input.value), { name: input.value, search: location.search }]);
    });
    place.append(form);
    input.focus();
  }

  function draw() {
    place.replaceChildren();
    for (const view of read()) {
      const link = element("a", "chip", view.name);
      link.href = place.dataset.list + view.search;
      if (view.search === location.search) link.setAttribute("aria-current", "true");
      const remove = element("button", "btn btn-quiet btn-s btn-icon", "×", () => write(read().filter((one) => one.name !== view.name)));
      remove.type = "button";
      remove.setAttribute("aria-label", `${text("remove")}: ${view.name}`);
      place.append(link, remove);
    }
    if (location.search && !read().some((view) => view.search === location.search)) {
      const add = element("button", "btn btn-link btn-s", text("save_view"), () => { add.remove(); ask(); });
      add.type = "button";
      place.append(add);
    }
    place.hidden = !place.children.length;
  }
  place.className = "cluster";
  draw();
}
