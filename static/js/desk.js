// The desk by keyboard: F2 to a new person, F4 to the search; a badge goes to the printer without leaving the page.
export default function connect(desk) {
  const paper = document.querySelector("iframe[name=desk-paper]");
  const first = desk.querySelector("[data-desk-first]");
  const search = desk.querySelector("[data-desk-search]");
  let asked = false;

  paper.addEventListener("load", () => {
    if (!asked) return;
    asked = false;
    try { paper.contentWindow.print(); } catch { /* A viewer of its own: it has a button for printing. */ }
    first.focus();
  });
  desk.addEventListener("submit", (event) => { if (event.target.matches("[data-desk-print]")) asked = true; });
  document.addEventListener("keydown", (event) => {
    const target = { F2: first, F4: search }[event.key];
    if (!target) return;
    event.preventDefault();
    target.focus();
    target.select();
  });

  if ("printNow" in desk.dataset) {
    // Printed once: a reload of the page prints nothing.
    const address = new URL(location.href);
    address.searchParams.delete("print");
    history.replaceState(null, "", address);
    desk.querySelector("[data-desk-print]")?.requestSubmit();
    first.focus();
  }
}
