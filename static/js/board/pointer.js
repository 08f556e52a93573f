// Sessions dragged over the board. Resting on a day's tab brings that day to the front.
import { dragging } from "./drag.js";

const OPEN_DAY_MS = 450;

export function dragSessions(board) {
  const { root } = board;
  let tab = null;
  let timer;

  dragging(root, {
    grab: (event) => board.held() ? null : (event.target.closest("[data-grip]") ?? event.target.closest("[data-card]"))?.closest("[data-movable]") ?? null,
    ghost(card) {
      const ghost = card.cloneNode(true);
      ghost.removeAttribute("data-card");
      ghost.style.width = `${Math.min(card.offsetWidth, 240)}px`;
      return ghost;
    },
    start: (card) => board.pickUp(card),
    move(_card, x, y) {
      const under = document.elementFromPoint(x, y);
      const cell = under?.closest("[data-cell]");
      board.aim(cell && root.contains(cell) ? cell : null);
      rest(under?.closest("[data-day-tab]") ?? null);
    },
    async drop() {
      rest(null);
      await board.drop();
    },
    cancel() {
      rest(null);
      board.cancel();
    },
  });

  function rest(over) {
    if (over === tab) return;
    tab = over;
    clearTimeout(timer);
    if (tab) timer = setTimeout(() => board.showDay(over.dataset.dayTab), OPEN_DAY_MS);
  }
}
