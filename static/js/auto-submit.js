// A filter form sends itself when something is chosen; its button is for those without JavaScript.
export default function connect(form) {
  form.querySelectorAll("[data-auto-submit-button]").forEach((button) => { button.hidden = true; });
  form.addEventListener("change", () => form.requestSubmit());
}
