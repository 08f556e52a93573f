// Adds up the minutes of a running order while they are typed, and says when there are more than the session has.
export default function connect(form) {
  // Welcome and batches take their part before any project.
  const besides = Number.parseInt(form.dataset.besides, 10) || 0;
  const most = Number.parseInt(form.dataset.length, 10);
  const output = form.querySelector("[data-minutes-sum]");
  const state = form.querySelector("[data-minutes-state]");

  function count() {
    let sum = besides;
    for (const input of form.querySelectorAll("[data-minutes]")) {
      const taken = input.closest("[data-reorder-item]").querySelector("input[name=remove]")?.checked;
      if (!taken) sum += Number.parseInt(input.value, 10) || 0;
    }
    output.textContent = sum;
    state.classList.toggle("is-over", sum > most);
  }

  form.addEventListener("input", count);
  form.addEventListener("change", count);
}
