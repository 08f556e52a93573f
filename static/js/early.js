// Loaded before the page is shown, on its own: a form whose behaviour has not been bound yet must not be sent past it.
// A confirmation would be skipped. The press is kept and done as soon as the behaviour is there.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const wanted = form.dataset.controller?.split(/\s+/) ?? [];
  const isBound = () => wanted.every((name) => form.dataset.bound?.split(" ").includes(name));
  if (!wanted.includes("confirm") || isBound()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  new MutationObserver((_changes, watch) => {
    if (!isBound()) return;
    watch.disconnect();
    form.requestSubmit(submitter);
  }).observe(form, { attributeFilter: ["data-bound"] });
}, true);
