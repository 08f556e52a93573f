// Keeps the board as the server says it is: after own moves, after those of others, and when the grid itself changes.
import { Refusal } from "./context.js";

export function keepState(board) {
  const { root } = board;

  function build(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    return holder.content.firstElementChild;
  }

  function put(card, place) {
    const cell = place ? board.cell(place) : null;
    if (cell) {
      cell.append(card);
      return;
    }
    const item = document.createElement("li");
    item.dataset.slotOf = card.dataset.card;
    item.append(card);
    root.querySelector("[data-waiting]").append(item);
  }

  function take(card) {
    (card.closest("[data-slot-of]") ?? card).remove();
  }

  board.apply = (state) => {
    if (state.version < board.version) return;
    board.version = state.version;
    root.dataset.version = state.version;
    if (state.grid !== board.grid) {
      redraw();
      return;
    }
    const focused = document.activeElement?.closest("[data-card]")?.dataset.card;
    const known = new Set(state.cards.map((entry) => String(entry.id)));
    const stale = state.cards.filter((entry) => {
      const card = board.card(entry.id);
      return !card || card.dataset.look !== entry.look || board.placeOf(card) !== entry.place;
    });
    // All that move leave first: two of them may have changed places.
    for (const card of board.cards()) if (!known.has(card.dataset.card)) take(card);
    for (const entry of stale) if (board.card(entry.id)) take(board.card(entry.id));
    for (const entry of stale) put(build(entry.html), entry.place);
    const list = root.querySelector("[data-waiting]");
    for (const id of state.waiting) {
      const item = list.querySelector(`[data-slot-of="${id}"]`);
      if (item) list.append(item);
    }
    root.querySelector("[data-waiting-count]").textContent = state.waiting.length;
    root.classList.toggle("none-waiting", !state.waiting.length && state.loose.startsWith("0-"));
    board.looseMark = state.loose;
    root.querySelector("[data-waiting-none]").hidden = state.waiting.length > 0;
    const count = document.querySelector(".tabs a[href$='/conflicts'] .count");
    if (count) count.textContent = state.conflicts;
    board.turns(state.undo, state.redo);
    board.changed();
    if (focused && document.activeElement === document.body) {
      board.card(focused)?.querySelector("[data-grip], a")?.focus({ preventScroll: true });
    }
  };

  let asked = null;
  let again = false;
  // The answer that is on its way may be older than what one has heard of since: then it is asked for once more.
  board.refresh = () => {
    again = Boolean(asked);
    asked ??= ask().finally(() => { asked = null; });
    return asked;
  };

  async function ask() {
    do {
      again = false;
      try {
        board.apply(await board.request("state"));
      } catch (error) {
        if (error instanceof Refusal) board.tell(error.message, "danger");
      }
    } while (again);
  }

  // A move: the versions that one has before one's eyes go along, so that nobody overwrites what they have not seen.
  board.move = (move, ids) => {
    const seen = Object.fromEntries(ids.map((id) => [id, Number(board.card(id)?.dataset.version ?? 0)]));
    return post("moves", { move, seen });
  };
  board.turn = (which) => post(which, {});

  // One after the other: whoever is quick does not stumble over their own last move.
  const queue = [];
  let running = false;

  function post(path, body) {
    return new Promise((done) => {
      queue.push({ path, body, done });
      if (!running) run();
    });
  }

  async function run() {
    running = true;
    root.setAttribute("aria-busy", "true");
    while (queue.length) {
      const next = queue.shift();
      next.done(await send(next));
    }
    root.removeAttribute("aria-busy");
    running = false;
  }

  async function send({ path, body }) {
    try {
      const state = await board.request(path, body);
      // What waits was decided with this very move before one's eyes: it has seen what has become of it.
      for (const { body: { seen } } of queue) {
        for (const id of state.sessions) if (seen && seen[id] === body.seen?.[id]) seen[id] = state.version;
      }
      board.apply(state);
      return true;
    } catch (error) {
      board.tell(error instanceof Refusal ? error.message : board.text("offline"), "danger");
      await board.refresh();
      return false;
    }
  }

  const hallsIn = (part) => [...part.querySelectorAll("[data-hall-name]")].map((head) => head.dataset.hallName);

  // Halls or times are not the same any more: the table is fetched anew, and what is gone is said.
  async function redraw() {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("board");
    if (!page) {
      location.reload();
      return;
    }
    const before = hallsIn(root);
    for (const part of ["[data-grid-table]", "[data-waiting]", ".board-days"]) {
      const found = root.querySelector(part);
      if (found && page.querySelector(part)) found.replaceWith(document.adoptNode(page.querySelector(part)));
    }
    board.version = Number(page.dataset.version);
    board.grid = page.dataset.grid;
    const gone = before.filter((name) => !hallsIn(root).includes(name));
    const sentences = [board.text("grid_changed")];
    if (gone.length) sentences.push(board.text("halls_gone", { names: gone.join("、") }));
    board.tell(sentences.join(" "), "warning");
    root.dispatchEvent(new CustomEvent("board:redrawn"));
    board.changed();
  }
}
