// Filters at once while one types or chooses: what does not fit steps back, nothing changes its place.
export function filterSessions(board) {
  const { root } = board;
  const form = root.querySelector("[data-filter]");
  const count = form.querySelector("[data-filter-count]");
  const clear = form.querySelector("[data-filter-clear]");
  const names = ["q", "city", "industry", "kind", "host"];
  const value = (name) => form.elements[name]?.value.trim() ?? "";

  function fits(card) {
    const words = (card.dataset.words ?? "").toLowerCase();
    return "kind" in card.dataset
      && value("q").toLowerCase().split(/\s+/).every((word) => words.includes(word))
      && ["city", "industry", "kind"].every((name) => !value(name) || card.dataset[name] === value(name))
      && (!value("host") || card.dataset.hosts.split(" ").includes(value("host")));
  }

  function run() {
    const wanted = names.some(value);
    const cards = board.cards();
    let found = 0;
    for (const card of cards) {
      const fit = !wanted || fits(card);
      found += fit;
      card.closest("td, li")?.classList.toggle("is-missed", !fit);
    }
    for (const cell of root.querySelectorAll("td.is-missed")) if (!cell.querySelector("[data-card]")) cell.classList.remove("is-missed");
    count.textContent = wanted ? board.text("found", { n: found, all: cards.length }) : "";
    clear.hidden = !wanted;
  }

  function filtered() {
    const address = new URL(location.href);
    for (const name of names) {
      if (value(name)) address.searchParams.set(name, value(name));
      else address.searchParams.delete(name);
    }
    history.replaceState(null, "", address);
    run();
    root.dispatchEvent(new CustomEvent("board:filtered"));
  }

  form.addEventListener("input", filtered);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    filtered();
  });
  clear.addEventListener("click", (event) => {
    event.preventDefault();
    for (const name of names) if (form.elements[name]) form.elements[name].value = "";
    filtered();
  });
  root.addEventListener("board:changed", run);
}
