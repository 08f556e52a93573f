// The board by keyboard. On a grip: arrow keys go to other sessions, Enter or Space picks up; then arrow keys choose
// a place (past the last time: the next day; past the last hall: off the board), Enter drops, Escape cancels.
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export function useKeyboard(board) {
  const { root } = board;
  let byKeys = false;

  const rows = () => [...root.querySelectorAll("tbody[data-day] tr")].map((row) => [...row.querySelectorAll("td[data-cell]")])
    .filter((row) => row.length);
  const waiting = () => root.querySelector(".board-waiting");
  const shown = (element) => element.offsetParent !== null;

  function position(cell) {
    const all = rows();
    const row = all.findIndex((cells) => cells.includes(cell));
    return { all, row, column: row < 0 ? -1 : all[row].indexOf(cell) };
  }

  function aimAt(cell) {
    const day = cell.closest("tbody[data-day]");
    if (day?.hidden) board.showDay(day.dataset.day);
    // The grip may have gone out of sight with its day: the keys still belong to the board.
    if (document.activeElement === document.body) root.querySelector("[data-scroll]").focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    board.aim(cell);
  }

  function nextCell(from, [down, right]) {
    const { all, row, column } = position(from);
    if (row < 0) {
      // From the list of waiting sessions back onto the day that is in front.
      return right < 0 || down ? all.find((cells) => shown(cells[0]))?.at(right < 0 ? -1 : 0) : from;
    }
    if (right && !all[row][column + right]) return right > 0 ? waiting() : from;
    return all[row + down]?.[column + right] ?? from;
  }

  function byDay(from, way) {
    const { all, row, column } = position(from);
    const days = [...root.querySelectorAll("tbody[data-day]")];
    const here = days.indexOf(row < 0 ? days.find((day) => !day.hidden) : from.closest("tbody"));
    const target = days[here + way];
    return target ? all.find((cells) => target.contains(cells[0]))?.at(Math.max(0, column)) ?? from : from;
  }

  function carry(event) {
    const held = board.held();
    const from = held.aim ?? (held.from ? board.cell(held.from) : waiting());
    if (STEPS[event.key]) aimAt(nextCell(from, STEPS[event.key]));
    else if (event.key === "Home" || event.key === "End") {
      const { all, row } = position(from);
      if (row >= 0) aimAt(all[row].at(event.key === "Home" ? 0 : -1));
    } else if (event.key === "PageUp" || event.key === "PageDown") aimAt(byDay(from, event.key === "PageUp" ? -1 : 1));
    else if (event.key === "Delete" || event.key === "Backspace") aimAt(waiting());
    else if (event.key === "Enter" || event.key === " ") finish(held.id, () => board.drop());
    else if (event.key === "Escape") finish(held.id, () => board.cancel());
    else if (event.key === "Tab") finish(held.id, () => board.cancel(), false);
    else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  }

  async function finish(id, how, focus = true) {
    byKeys = false;
    await how();
    const card = board.card(id);
    const day = card?.closest("tbody[data-day]");
    if (day?.hidden) board.showDay(day.dataset.day);
    if (focus) card?.querySelector("[data-grip]")?.focus();
  }

  // From grip to grip: the nearest one in that direction.
  function wander(grip, [down, right]) {
    const here = grip.getBoundingClientRect();
    const found = [...root.querySelectorAll("[data-grip]")].filter(shown).map((other) => {
      const there = other.getBoundingClientRect();
      const [dx, dy] = [there.left - here.left, there.top - here.top];
      const along = dx * right + dy * down;
      return { other, along, away: along + 3 * Math.abs(dx * down + dy * right) };
    }).filter(({ other, along }) => other !== grip && along > 4).sort((a, b) => a.away - b.away)[0];
    found?.other.focus();
  }

  document.addEventListener("keydown", (event) => {
    if (byKeys && board.held()) carry(event);
  }, true);
  root.addEventListener("keydown", (event) => {
    if (byKeys && board.held()) return;
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.ctrlKey || event.metaKey || event.altKey) return;
    if (STEPS[event.key]) {
      event.preventDefault();
      wander(grip, STEPS[event.key]);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      byKeys = true;
      const card = grip.closest("[data-card]");
      board.say(board.text("taken", { title: card.dataset.title }));
      board.pickUp(card);
    }
  });

  // One grip of the table and one of the waiting list can be reached with Tab; the arrow keys go on from there.
  function rove(chosen) {
    for (const area of [root.querySelector("[data-grid-table]"), waiting()]) {
      const grips = [...area.querySelectorAll("[data-grip]")];
      const one = grips.includes(chosen) ? chosen : grips.find((grip) => grip.tabIndex === 0 && shown(grip)) ?? grips.find(shown);
      for (const grip of grips) grip.tabIndex = grip === one ? 0 : -1;
    }
  }
  root.addEventListener("focusin", (event) => { if (event.target.matches("[data-grip]")) rove(event.target); });
  root.addEventListener("board:changed", () => rove(null));
  root.addEventListener("board:day", () => rove(null));
  rove(null);
}
