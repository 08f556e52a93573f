// What the parts of the board share: where things are, words, and how the server is asked.
import { show } from "../toast.js";

export class Refusal extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

export function contextOf(root) {
  const texts = JSON.parse(root.dataset.texts);
  const live = root.querySelector("[data-say]");
  const token = root.querySelector("input[name=csrf_token]")?.value ?? "";

  const board = {
    root,
    version: Number(root.dataset.version),
    grid: root.dataset.grid,
    mayPlace: "mayPlace" in root.dataset,
    text: (name, values = {}) => (texts[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole),
    say(sentence) {
      // The same sentence twice is said twice.
      live.textContent = live.textContent === sentence ? `${sentence}\u00a0` : sentence;
    },
    tell(sentence, tone = "info") {
      board.say(sentence);
      show(sentence, tone);
    },
    cells: () => [...root.querySelectorAll("td[data-cell]")],
    cell: (place) => root.querySelector(`[data-cell="${place}"]`),
    card: (id) => root.querySelector(`[data-card="${id}"]`),
    cards: () => [...root.querySelectorAll("[data-card]")],
    placeOf: (card) => card.closest("[data-cell]")?.dataset.cell ?? "",
    changed: () => root.dispatchEvent(new CustomEvent("board:changed")),
    icon(name) {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("class", "icon");
      svg.setAttribute("aria-hidden", "true");
      const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
      use.setAttribute("href", `${root.dataset.icons}#${name}`);
      svg.append(use);
      return svg;
    },
    async request(path, body) {
      const options = { headers: { Accept: "application/json" } };
      if (body !== undefined) {
        options.method = "POST";
        options.body = JSON.stringify(body);
        Object.assign(options.headers, { "Content-Type": "application/json", "X-CSRFToken": token });
      }
      const answer = await fetch(`${root.dataset.url}/${path}`, options);
      const data = await answer.json();
      if (!answer.ok) throw new Refusal(data.title, answer.status);
      return data;
    },
  };
  return board;
}
