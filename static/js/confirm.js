// Asks before a form is sent: <form data-controller="confirm" data-confirm="what will change">.
import { text } from "./texts.js";

function ask(form, submitter) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  const title = document.createElement("h2");
  title.id = "confirm-title";
  title.textContent = form.dataset.confirmTitle || text("sure");
  const head = document.createElement("div");
  head.className = "dialog-head";
  head.append(title);
  const body = document.createElement("div");
  body.className = "dialog-body";
  body.textContent = form.dataset.confirm;
  const foot = document.createElement("div");
  foot.className = "dialog-foot";
  const no = button(text("cancel"), "btn");
  const yes = button(form.dataset.confirmLabel || text("confirm"), form.dataset.confirmDanger ? "btn btn-danger-solid" : "btn btn-primary");
  foot.append(no, yes);
  dialog.append(head, body, foot);
  dialog.setAttribute("aria-labelledby", title.id);
  document.body.append(dialog);
  no.addEventListener("click", () => dialog.close());
  yes.addEventListener("click", () => {
    dialog.close();
    form.dataset.confirmed = "true";
    form.requestSubmit(submitter);
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  no.focus();
}

function button(label, look) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = look;
  made.textContent = label;
  return made;
}

export default function connect(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(form, event.submitter);
  }, true);
}
