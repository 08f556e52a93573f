// Undo and redo: by their buttons, by Ctrl+Z and Ctrl+Y. The server keeps the steps, so they survive a reload.
export function takeBack(board) {
  const { root } = board;
  const buttons = { undo: root.querySelector("[data-turn=undo]"), redo: root.querySelector("[data-turn=redo]") };

  board.turns = (undo, redo) => {
    for (const [name, what] of [["undo", undo], ["redo", redo]]) {
      const button = buttons[name];
      if (!button) continue; // Whoever only reads has none.
      button.disabled = !what;
      button.title = what ? board.text(name, { what }) : button.textContent.trim() || button.title;
    }
  };

  async function turn(which) {
    if ((buttons[which]?.disabled ?? true) || board.held()) return;
    if (await board.turn(which)) board.say(board.text(which === "undo" ? "undone" : "redone"));
  }

  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-turn]");
    if (button) turn(button.dataset.turn);
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest("input, textarea, select")) return;
    const key = event.key.toLowerCase();
    const which = key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : null;
    if (!which) return;
    event.preventDefault();
    turn(which);
  });
}
