// A form that is being sent says so and is not sent twice by an impatient click.
export default function connect(form) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (form.dataset.sending) { event.preventDefault(); return; }
    form.dataset.sending = "true";
    // Later, so that the pressed button's own name and value are still sent.
    setTimeout(() => form.querySelectorAll("button[type=submit]").forEach((button) => button.setAttribute("aria-busy", "true")));
  });
  addEventListener("pageshow", () => {
    delete form.dataset.sending;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  });
}
