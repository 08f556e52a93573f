// Binds behaviours to elements: data-controller="copy" loads ./copy.js and calls its default export with the element.
// A new behaviour needs its own file here and nothing else. Bound again for whatever htmx brings in.
const bound = new WeakMap();

async function bind(element) {
  const done = bound.get(element) ?? new Set();
  bound.set(element, done);
  for (const name of element.dataset.controller.split(/\s+/).filter(Boolean)) {
    if (done.has(name) || !/^[a-z][a-z0-9-]*$/.test(name)) continue;
    done.add(name);
    const { default: connect } = await import(`./${name}.js`);
    connect(element);
    element.dataset.bound = [...(element.dataset.bound?.split(" ") ?? []), name].join(" "); // Journeys wait for it.
  }
}

export function bindAll(root = document) {
  if (root.matches?.("[data-controller]")) bind(root);
  root.querySelectorAll("[data-controller]").forEach(bind);
}

