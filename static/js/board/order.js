// The running order beside the board: projects are put in order, into another session, or back among those without
// one, by dragging or by keyboard; their minutes add up while one types.
import { dragging } from "./drag.js";
import { aimAtSessions } from "./into.js";

export function orderProjects(board) {
  const { root } = board;
  const panel = root.querySelector("[data-panel]");
  const aim = aimAtSessions(board);
  let lifted = null; // { item, before: ids, out: whether it is over the projects without a session }

  const list = () => panel.querySelector("[data-order]");
  const items = () => [...list().querySelectorAll("[data-item]")];
  const ids = () => items().map((item) => Number(item.dataset.item));
  const session = () => Number(list().dataset.order);

  function lift(item) {
    lifted = { item, before: ids(), out: false };
    item.classList.add("is-lifted");
    root.classList.add("is-ordering");
  }

  function let_go() {
    lifted.item.classList.remove("is-lifted");
    root.classList.remove("is-ordering");
    const done = { ...lifted, target: aim.clear() };
    leave(false);
    lifted = null;
    return done;
  }

  function putBack() {
    const { before } = let_go();
    const known = new Map(items().map((item) => [Number(item.dataset.item), item]));
    for (const id of before) list().append(known.get(id));
    number();
  }

  async function settle() {
    const { item, before, out, target } = let_go();
    const id = Number(item.dataset.item);
    if (out) {
      await board.move({ do: "take_out", session: session(), items: [id] }, [session()]);
      return;
    }
    if (target) {
      const { verdict } = target;
      const other = Number(target.card.dataset.card);
      if (verdict?.level === "blocked") board.tell(verdict.why[0] ?? board.text("blocked"), "danger");
      else await board.move({ do: "move", items: [id], session: other }, [session(), other]);
      return;
    }
    const now = ids();
    if (now.some((one, place) => one !== before[place])) await board.move({ do: "reorder", session: session(), items: now }, [session()]);
  }

  function number() {
    const place = items().indexOf(lifted?.item) + 1;
    if (place) board.say(board.text("item_at", { n: place, all: items().length }));
  }

  dragging(panel, {
    grab: (event) => (list()?.hasAttribute("data-may-order") && !event.target.closest("input, button:not([data-item-grip])")
      ? event.target.closest("[data-item]") : null),
    ghost: (item) => {
      const ghost = item.cloneNode(true);
      ghost.style.width = `${item.offsetWidth}px`;
      return ghost;
    },
    start: lift,
    move(item, x, y) {
      const under = document.elementFromPoint(x, y);
      const over = under?.closest("[data-item]");
      if (over && over !== item && list().contains(over)) {
        const box = over.getBoundingClientRect();
        if (y < box.top + box.height / 2) over.before(item);
        else over.after(item);
      }
      into(panel.contains(under) ? null : under?.closest("[data-card][data-own]") ?? null);
      leave(Boolean(under?.closest("[data-loose]")));
    },
    drop: settle,
    cancel: putBack,
  });

  function into(card) {
    if (Number(card?.dataset.card) !== session()) aim.over(card, `items/${lifted.item.dataset.item}/verdict?session=`);
  }

  function leave(out) {
    const list = root.querySelector("[data-loose]");
    list?.classList.toggle("is-into", out);
    if (lifted) lifted.out = out;
  }

  panel.addEventListener("keydown", (event) => {
    const grip = event.target.closest("[data-item-grip]");
    if (!grip) return;
    const item = grip.closest("[data-item]");
    if (!lifted) {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      lift(item);
      board.say(board.text("item_taken", { title: item.dataset.title }));
      return;
    }
    const neighbour = { ArrowUp: item.previousElementSibling, ArrowDown: item.nextElementSibling }[event.key];
    event.preventDefault();
    if (event.key === "ArrowUp") neighbour?.before(item);
    else if (event.key === "ArrowDown") neighbour?.after(item);
    else if (event.key === "Enter" || event.key === " ") { settle(); return; }
    else if (event.key === "Escape") { event.stopPropagation(); putBack(); }
    else return;
    grip.focus();
    number();
  });

  // Minutes
  function sum() {
    const box = panel.querySelector("[data-sum]");
    const used = items().reduce((all, item) => all + Number(item.dataset.pause)
      + (Number.parseInt(item.querySelector("[data-item-minutes]").value, 10) || 0), Number(box.dataset.lead));
    box.querySelector("[data-sum-used]").textContent = used;
    box.classList.toggle("is-over", used > Number(box.dataset.minutes));
    return board.text("minutes_sum", { used, all: box.dataset.minutes });
  }
  panel.addEventListener("input", (event) => { if (event.target.matches("[data-item-minutes]")) sum(); });
  panel.addEventListener("change", (event) => {
    if (event.target.matches("[data-item-minutes]")) {
      const item = event.target.closest("[data-item]");
      board.say(sum());
      event.target.defaultValue = event.target.value; // Sent: what the server says of it may be drawn.
      board.move({ do: "minutes", session: session(), item: Number(item.dataset.item), minutes: Number.parseInt(event.target.value, 10) || 0 }, [session()]);
    } else if (event.target.matches("[data-into]") && event.target.value) {
      const chosen = panel.querySelector("[data-item][aria-current]");
      const other = Number(event.target.value);
      board.move({ do: "move", items: [Number(chosen.dataset.item)], session: other }, [session(), other]);
    }
  });
  panel.addEventListener("click", (event) => {
    const pin = event.target.closest("[data-item-pin]");
    if (!pin) return;
    const item = pin.closest("[data-item]");
    board.move({ do: "pin_item", session: session(), item: Number(item.dataset.item), pinned: pin.getAttribute("aria-pressed") !== "true" }, [session()]);
  });
  // Whatever project was touched last is the chosen one, which the list below sends elsewhere.
  panel.addEventListener("focusin", (event) => choose(event.target.closest("[data-item]")));
  panel.addEventListener("pointerdown", (event) => choose(event.target.closest("[data-item]")));
  function choose(item) {
    const select = panel.querySelector("[data-into]");
    if (!item || !select) return;
    items().forEach((one) => one.removeAttribute("aria-current"));
    item.setAttribute("aria-current", "true");
    select.disabled = false;
  }
}
