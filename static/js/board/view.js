// Which day is in front, how large the board is drawn, and whether it is condensed. The browser remembers the latter two.
const ZOOMS = [1, 2, 3, 4];
const KEPT = "expo-board";

export function chooseView(board) {
  const { root } = board;
  const kept = read();

  function read() {
    try {
      return JSON.parse(localStorage.getItem(KEPT)) ?? {};
    } catch {
      return {}; // A browser that keeps nothing, or kept something else: the usual view.
    }
  }

  function keep() {
    try {
      localStorage.setItem(KEPT, JSON.stringify(kept));
    } catch { /* The view holds for this page then. */ }
  }

  function draw() {
    const zoom = ZOOMS.includes(kept.zoom) ? kept.zoom : 3;
    root.dataset.zoom = zoom;
    root.classList.toggle("is-condensed", Boolean(kept.condensed));
    root.querySelector("[data-condense]").setAttribute("aria-pressed", String(Boolean(kept.condensed)));
    root.querySelector("[data-zoom-step='-1']").disabled = zoom === ZOOMS[0];
    root.querySelector("[data-zoom-step='1']").disabled = zoom === ZOOMS.at(-1);
  }

  board.showDay = (day) => {
    for (const body of root.querySelectorAll("tbody[data-day]")) body.hidden = day !== "all" && body.dataset.day !== day;
    for (const tab of root.querySelectorAll("[data-day-tab]")) {
      if (tab.dataset.dayTab === day) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    }
    root.querySelector("[data-filter] [name=day]").value = day;
    const address = new URL(location.href);
    address.searchParams.set("day", day);
    history.replaceState(null, "", address);
    root.dispatchEvent(new CustomEvent("board:day"));
  };

  root.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-day-tab]");
    const step = event.target.closest("[data-zoom-step]");
    if (tab && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      board.showDay(tab.dataset.dayTab);
    } else if (step) {
      kept.zoom = Math.min(ZOOMS.at(-1), Math.max(ZOOMS[0], Number(root.dataset.zoom) + Number(step.dataset.zoomStep)));
      keep();
      draw();
    } else if (event.target.closest("[data-condense]")) {
      kept.condensed = !kept.condensed;
      keep();
      draw();
    }
  });
  draw();
}
