// The badge designer's preview: what is being written is laid out by the site and shown as pictures of the paper.
// Attributes: data-preview (address), data-waiting, data-failed, data-cut (sentences).
const PAUSE = 500;

export default function connect(element) {
  const form = element.querySelector("form");
  const [state, faults, badges, kind] = ["state", "faults", "badges", "kind"].map((name) => element.querySelector(`[data-${name}]`));
  let timer, running;

  function figure({ label, pages, cut }) {
    const box = document.createElement("figure");
    if (cut.length) box.className = "is-cut";
    for (const page of pages) {
      const picture = document.createElement("img");
      picture.src = page;
      picture.alt = label;
      box.append(picture);
    }
    const caption = document.createElement("figcaption");
    caption.textContent = label;
    if (cut.length) {
      const note = document.createElement("strong");
      note.textContent = `${element.dataset.cut}: ${cut.join("; ")}`;
      caption.append(document.createElement("br"), note);
    }
    box.append(caption);
    return box;
  }

  async function show() {
    running?.abort();
    running = new AbortController();
    state.textContent = element.dataset.waiting;
    const sent = new FormData(form);
    sent.delete("once");
    sent.set("kind", kind.value);
    try {
      const answer = await fetch(element.dataset.preview, {
        method: "POST", body: sent, signal: running.signal, headers: { Accept: "application/json" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await answer.json();
      faults.replaceChildren(...found.faults.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })));
      badges.replaceChildren(...found.badges.map(figure));
      state.textContent = "";
    } catch (error) {
      if (error.name !== "AbortError") state.textContent = element.dataset.failed;
    }
  }

  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, PAUSE); });
  kind.addEventListener("change", show);
  badges.replaceChildren();
  show();
}
