// The phone's navigation: opens without changing the address, closes by Escape or a tap beside it.
export default function connect(button) {
  const nav = document.getElementById(button.getAttribute("aria-controls"));
  function set(open) {
    nav.dataset.open = open;
    button.setAttribute("aria-expanded", open);
    if (open) nav.querySelector("a")?.focus();
  }
  button.setAttribute("role", "button");
  button.addEventListener("click", (event) => { event.preventDefault(); set(nav.dataset.open !== "true"); });
  nav.addEventListener("click", (event) => { if (event.target === nav) set(false); });
  nav.addEventListener("keydown", (event) => { if (event.key === "Escape") { set(false); button.focus(); } });
}
