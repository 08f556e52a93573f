// A <details> menu closes when one looks elsewhere, by Escape, and goes up and down by the arrow keys.
export default function connect(menu) {
  const summary = menu.querySelector("summary");
  const entries = () => [...menu.querySelectorAll(".menu-list a, .menu-list button")];
  document.addEventListener("click", (event) => { if (menu.open && !menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) { menu.open = false; summary.focus(); }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    menu.open = true;
    const all = entries();
    const here = all.indexOf(document.activeElement);
    const next = event.key === "ArrowDown" ? here + 1 : here - 1;
    all[(next + all.length) % all.length]?.focus();
  });
}
