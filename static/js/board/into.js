// A project over a session of the board: what that would mean is asked of the server, and said beside the pointer.
export function aimAtSessions(board) {
  const { root } = board;
  const tip = root.querySelector("[data-tip]");
  let aim = null; // { card, verdict }

  // `path`: where the verdict of a session is asked for, its number comes last.
  async function over(card, path) {
    if (card === (aim?.card ?? null)) return;
    clear();
    if (!card) return;
    const mine = { card, verdict: null };
    aim = mine;
    card.classList.add("is-into");
    tip.textContent = board.text("item_into", { title: card.dataset.title });
    tip.hidden = false;
    try {
      const verdict = await board.request(`${path}${card.dataset.card}`);
      if (aim !== mine) return;
      mine.verdict = verdict;
      tip.textContent = [board.text("item_into", { title: card.dataset.title }), board.text(verdict.level), ...verdict.why].join(" · ");
      board.say(tip.textContent);
    } catch (error) {
      if (aim === mine) tip.textContent = error.message;
    }
  }

  function clear() {
    aim?.card.classList.remove("is-into");
    tip.hidden = true;
    const done = aim;
    aim = null;
    return done;
  }

  return { over, clear };
}
