// A session that is being carried: what every place would mean for it, where it is aimed at, and its drop.
// It does not matter whether a mouse, a finger or the keyboard carries it.
const ICONS = { allowed: "check-circle", warns: "exclamation-triangle", "stops-release": "cone-striped", blocked: "x-octagon" };

export function carrying(board) {
  const { root } = board;
  const tip = root.querySelector("[data-tip]");
  let held = null;

  board.held = () => held;

  board.pickUp = async (card) => {
    held = { id: Number(card.dataset.card), version: card.dataset.version, title: card.dataset.title,
             from: board.placeOf(card), verdicts: null, aim: null };
    root.classList.add("is-carrying");
    card.classList.add("is-held");
    await judge(held);
  };

  async function judge(mine) {
    try {
      const { cells } = await board.request(`sessions/${mine.id}/verdicts`);
      if (held !== mine) return;
      mine.verdicts = cells;
      paint();
      if (mine.aim) tellAim(mine.aim);
    } catch (error) {
      if (held === mine) {
        board.cancel();
        board.tell(error.message, "danger");
      }
    }
  }

  function paint() {
    for (const cell of board.cells()) {
      const verdict = held.verdicts[cell.dataset.cell];
      cell.querySelector(".board-verdict")?.remove();
      if (!verdict || cell.dataset.cell === held.from) {
        delete cell.dataset.level;
        continue;
      }
      cell.dataset.level = verdict.level;
      const mark = document.createElement("span");
      mark.className = "board-verdict";
      mark.setAttribute("aria-hidden", "true");
      const word = document.createElement("span");
      word.textContent = board.text(verdict.level);
      mark.append(board.icon(verdict.swap ? "arrow-left-right" : ICONS[verdict.level]), word);
      cell.append(mark);
    }
  }

  function clear() {
    root.classList.remove("is-carrying");
    root.querySelectorAll(".board-verdict").forEach((mark) => mark.remove());
    root.querySelectorAll("[data-level]").forEach((cell) => delete cell.dataset.level);
    root.querySelectorAll(".is-aim").forEach((cell) => cell.classList.remove("is-aim"));
    root.querySelectorAll(".is-held").forEach((card) => card.classList.remove("is-held"));
    tip.hidden = true;
    held = null;
    root.dispatchEvent(new CustomEvent("board:let-go"));
  }

  board.aim = (cell) => {
    if (!held || held.aim === cell) return;
    held.aim?.classList.remove("is-aim");
    held.aim = cell;
    cell?.classList.add("is-aim");
    if (cell) tellAim(cell);
    else tip.hidden = true;
  };

  function tellAim(cell) {
    const [head, reasons] = words(cell);
    tip.replaceChildren();
    const strong = document.createElement("strong");
    strong.textContent = cell.dataset.where;
    const line = document.createElement("span");
    const verdict = held.verdicts?.[cell.dataset.cell];
    if (verdict && cell.dataset.cell !== held.from) {
      line.className = `is-${verdict.level}`;
      line.append(board.icon(ICONS[verdict.level]));
    }
    line.append(head);
    tip.append(strong, line, ...reasons.map((reason) => {
      const part = document.createElement("span");
      part.textContent = reason;
      return part;
    }));
    tip.hidden = false;
    board.say([cell.dataset.where, head, ...reasons].join(" · "));
  }

  // What is to be said of a place: [in a few words, the reasons].
  function words(cell) {
    const place = cell.dataset.cell;
    if (place === held.from) return [board.text("here"), []];
    if (!place) return [board.text("off"), []];
    const verdict = held.verdicts?.[place];
    if (!verdict) return [board.text("wait"), []];
    const parts = [board.text(verdict.level)];
    if (verdict.swap) parts.push(board.text("swap", { title: board.card(verdict.swap)?.dataset.title ?? "" }));
    if (verdict.cost) parts.push(board.text("cost", { cost: verdict.cost }));
    return [parts.join(" · "), verdict.why];
  }

  board.cancel = () => {
    if (!held) return;
    board.say(board.text("cancelled", { title: held.title }));
    clear();
  };

  board.drop = async () => {
    if (!held) return false;
    const { id, title, from, aim, verdicts } = held;
    const place = aim?.dataset.cell;
    if (aim === null || place === from) {
      board.cancel();
      return false;
    }
    const verdict = verdicts?.[place];
    if (verdict?.level === "blocked") {
      const reason = verdict.why[0] ?? board.text("blocked");
      clear();
      board.tell(reason, "danger");
      return false;
    }
    const occupant = place ? aim.querySelector("[data-card]") : null;
    clear();
    const done = await send(id, place, occupant);
    if (done) board.say(place ? board.text("dropped", { title, place: aim.dataset.where }) : board.text("unplaced", { title }));
    return done;
  };

  function send(id, place, occupant) {
    if (!place) return board.move({ do: "unplace", session: id }, [id]);
    if (occupant) {
      const other = Number(occupant.dataset.card);
      return board.move({ do: "swap", session: id, other }, [id, other]);
    }
    const [hall, slot] = place.split("-").map(Number);
    return board.move({ do: "place", session: id, hall, slot }, [id]);
  }

  // Somebody else's change while one carries: judged anew, or let go if it was this very session.
  root.addEventListener("board:changed", () => {
    if (!held) return;
    const card = board.card(held.id);
    if (!card || card.dataset.version !== held.version) {
      const { title } = held;
      clear();
      board.tell(board.text("changed_held", { title }), "warning");
      return;
    }
    card.classList.add("is-held");
    judge(held);
  });
  root.addEventListener("board:redrawn", () => { if (held) clear(); });
}
