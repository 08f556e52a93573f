// Other people's changes: heard at once through the edge, or asked for now and then without it.
import { listen } from "../events.js";

export function hearOthers(board) {
  let wait, broken = false;
  const refreshSoon = () => {
    clearTimeout(wait);
    wait = setTimeout(board.refresh, 120);
  };
  listen(board.root.dataset.events, {
    changed(data) {
      if (data.version <= board.version || board.root.hasAttribute("aria-busy")) {
        // One's own move is answered by itself; whatever else has come by then is fetched afterwards.
        if (data.version > board.version) refreshSoon();
        return;
      }
      if (data.by && data.by !== board.root.dataset.me) board.tell(board.text("changed_by", { name: data.by }));
      refreshSoon();
    },
    open() {
      broken = false;
      // With a stream the board never asks by itself: what it learns of others from now on it has been told.
      board.root.toggleAttribute("data-hears", Boolean(board.root.dataset.events));
      refreshSoon();
    },
    broken() {
      if (!broken) board.say(board.text("offline"));
      broken = true;
      board.root.removeAttribute("data-hears");
    },
  }, { every: 8 });
}
