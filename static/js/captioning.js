// The captioner's line: Enter sends it without leaving the page, and the next one can be typed at once.
export default function connect(form) {
  const line = form.elements.text;
  const refused = document.querySelector("[data-refusal]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const data = new FormData(form);
    data.delete("once"); // Every line is sent by the same form.
    const text = line.value;
    line.value = "";
    const answer = await fetch(location.href, { method: "POST", body: data, headers: { "X-Requested-With": "fetch", Accept: "application/json" } }).catch(() => null);
    const failed = !answer?.ok;
    refused.textContent = failed ? (await answer?.json().catch(() => ({})))?.refusal ?? "…" : "";
    if (failed) { line.value = text; return; }
    const item = document.createElement("li");
    item.textContent = text;
    document.getElementById("captions-said").prepend(item);
  });
}
