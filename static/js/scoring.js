// The scoring page: keeps what is typed on the server, hands in with Ctrl + Enter, starts in the first empty field.
export default function connect(root) {
  const form = root.querySelector("form");
  const note = root.querySelector("[data-scoring-note]");
  const url = root.dataset.url;
  let timer;

  async function keep() {
    const data = new FormData(form);
    data.delete("once"); // The token belongs to handing in.
    try {
      const answer = await fetch(url, { method: "POST", body: data, headers: { Accept: "application/json" } });
      if (answer.ok) note.textContent = `${root.dataset.kept} ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`;
    } catch {
      note.textContent = "";
    }
  }

  form.addEventListener("input", () => {
    if (!url) return;
    clearTimeout(timer);
    timer = setTimeout(keep, 700);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  [...form.querySelectorAll("input[type=number]")].find((input) => input.value === "")?.focus();
}
