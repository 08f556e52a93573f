// Without dragging: a press on a session's grip picks it up, a press on a place drops it. Also how a session arrives
// that was picked on another page (?pick=…).
export function tapSessions(board) {
  const { root } = board;
  const bar = root.querySelector("[data-carry]");
  let tapped = false;

  function pick(card) {
    tapped = true;
    board.pickUp(card);
    bar.querySelector("[data-carry-title]").textContent = card.dataset.title;
    bar.hidden = false;
    board.say(board.text("picked", { title: card.dataset.title }));
  }

  root.addEventListener("click", (event) => {
    if (tapped && board.held()) {
      const cell = event.target.closest("[data-cell]");
      if (event.target.closest("[data-carry-cancel]")) board.cancel();
      if (!cell) return;
      event.preventDefault();
      event.stopPropagation();
      board.aim(cell);
      board.drop();
      return;
    }
    const grip = event.target.closest("[data-grip]");
    if (grip && event.detail) pick(grip.closest("[data-card]"));
  }, true);
  root.addEventListener("pointermove", (event) => {
    if (tapped && board.held()) board.aim(event.target.closest("[data-cell]"));
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && tapped && board.held()) board.cancel(); });
  root.addEventListener("board:let-go", () => {
    tapped = false;
    bar.hidden = true;
  });

  const asked = root.dataset.pick && board.card(root.dataset.pick);
  if (asked) pick(asked);
}
