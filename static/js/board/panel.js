// The details of a session beside the board: fetched when its title is pressed, and again whenever something changes.
export function openDetails(board) {
  const { root } = board;
  const panel = root.querySelector("[data-panel]");
  let open = null;
  let opener = null;
  let drawn = "";

  let loading = 0;

  async function load(options = {}) {
    loading += 1;
    panel.setAttribute("aria-busy", "true");
    try {
      await draw(options);
    } finally {
      loading -= 1;
      if (!loading) panel.removeAttribute("aria-busy");
    }
  }

  async function draw({ focus = false }) {
    const mine = open;
    const answer = await fetch(mine, { headers: { "X-Requested-With": "panel" } });
    if (open !== mine) return;
    if (!answer.ok) {
      close();
      return;
    }
    const text = await answer.text();
    if (open !== mine || (!focus && (isBusy() || text === drawn))) return;
    drawn = text;
    const page = new DOMParser().parseFromString(text, "text/html");
    const { scrollTop } = panel;
    const at = panel.contains(document.activeElement) ? keyOf(document.activeElement) : null;
    panel.replaceChildren(...page.body.childNodes);
    panel.hidden = false;
    root.classList.add("has-panel");
    panel.scrollTop = focus ? 0 : scrollTop;
    if (focus) panel.querySelector("[data-panel-title]").focus({ preventScroll: true });
    else if (at) panel.querySelector(at)?.focus({ preventScroll: true });
    panel.dispatchEvent(new CustomEvent("panel:loaded"));
  }

  // What somebody is typing or carrying is not drawn over; once it is done, it is a change of its own.
  function isBusy() {
    const typed = document.activeElement?.matches("input") && panel.contains(document.activeElement) ? document.activeElement : null;
    return panel.querySelector(".is-lifted") || (typed && typed.value !== typed.defaultValue);
  }

  // How to find the same control again once the panel has been drawn anew.
  function keyOf(element) {
    const item = element.closest("[data-item]");
    const own = ["data-item-grip", "data-item-minutes", "data-item-pin", "data-pin-here", "data-unpin", "data-panel-title"]
      .find((name) => element.hasAttribute(name)) ?? (element.name ? `name="${element.name}"` : null);
    return own ? `${item ? `[data-item="${item.dataset.item}"] ` : ""}[${own}]` : null;
  }

  function close() {
    open = null;
    panel.hidden = true;
    panel.replaceChildren();
    root.classList.remove("has-panel");
    root.querySelectorAll("[data-card].is-open").forEach((card) => card.classList.remove("is-open"));
    if (opener) board.card(opener)?.querySelector("a")?.focus();
  }

  function mark() {
    root.querySelectorAll("[data-card].is-open").forEach((card) => card.classList.remove("is-open"));
    if (open && opener) board.card(opener)?.classList.add("is-open");
  }

  root.addEventListener("click", (event) => {
    const link = event.target.closest("[data-open]");
    if (event.target.closest("[data-panel-close]")) close();
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open = link.dataset.open;
    opener = link.closest("[data-card]").dataset.card;
    mark();
    load({ focus: true });
  });
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.defaultPrevented) close(); });

  // Pins
  panel.addEventListener("change", (event) => { if (event.target.closest("[data-pins]") && event.target.matches("select")) pin(event.target); });
  panel.addEventListener("click", (event) => {
    const here = event.target.closest("[data-pin-here]");
    const none = event.target.closest("[data-unpin]");
    const id = Number((here ?? none)?.closest("[data-pins]").dataset.pins);
    if (here) board.move({ do: "pin", session: id, hall: Number(here.dataset.hall), slot: Number(here.dataset.slot), day: null }, [id]);
    if (none) board.move({ do: "pin", session: id, hall: null, slot: null, day: null }, [id]);
  });

  function pin(select) {
    const box = select.closest("[data-pins]");
    const of = (name) => box.querySelector(`[name=${name}]`).value;
    const id = Number(box.dataset.pins);
    board.move({ do: "pin", session: id, hall: Number(of("hall")) || null, slot: Number(of("slot")) || null, day: of("day") || null }, [id]);
  }

  root.addEventListener("board:changed", () => {
    mark();
    if (open) load();
  });
}
