// Finds who has no readable code: a person by name or the phone's last digits, or a whole delegation.
import { text } from "../texts.js";
import { show } from "../toast.js";
import { localTime } from "./days.js";
import { newId } from "./gatekeeper.js";
import { button, personRow } from "./people.js";
import { Away } from "./site.js";

const WAIT_MS = 250;

export function connectSearch(gate) {
  const dialog = gate.dialog("search");
  const input = gate.find("[data-search-input]", dialog);
  const note = gate.find("[data-search-note]", dialog);
  const found = gate.find("[data-search-found]", dialog);
  const admit = gate.find("[data-group-admit]", dialog);
  let mode = "search";
  let timer, asked = 0;

  function clear(sentence = "") {
    found.replaceChildren();
    admit.hidden = true;
    note.textContent = sentence;
  }

  // The answer to an older question must not stand under a newer one.
  async function ask(address, draw) {
    asked += 1;
    const mine = asked;
    try {
      const answer = await gate.site.get(address);
      if (mine === asked) draw(answer);
    } catch (error) {
      if (mine === asked) clear(error instanceof Away ? text("search_needs_network") : error.message);
    }
  }

  function search() {
    const q = input.value.trim();
    if (q.length < 2 && mode === "search") {
      clear(q ? text("type_more") : "");
      return;
    }
    ask(`${mode}?list=${gate.list.id}&q=${encodeURIComponent(q)}`, mode === "search" ? drawPeople : drawGroups);
  }

  function drawPeople({ people }) {
    clear(people.length ? "" : text("nobody"));
    found.append(...people.map((person) => personRow(person.name, detailsOf(person),
      ...(person.has_badge ? [button(text("let_in"), () => letIn(person), "btn-primary")] : []))));
  }

  function detailsOf(person) {
    return [person.organisation, person.badge && text(`badge_${person.badge}`), person.phone,
      person.has_badge ? "" : text("no_badge"),
      person.first && text("here_since", { time: localTime(new Date(person.first.at), gate.zone).time })];
  }

  async function letIn(person) {
    dialog.close();
    await gate.scan({ registration: person.registration, name: person.name, organisation: person.organisation, badge: person.badge });
  }

  function drawGroups({ groups }) {
    clear(groups.length ? "" : text("nobody"));
    found.append(...groups.map((group) => personRow(group.name, [text("group_people", group)],
      button("→", () => ask(`groups/${encodeURIComponent(group.key)}?list=${gate.list.id}`, drawMembers)))));
  }

  function drawMembers({ people }) {
    clear();
    for (const person of people) {
      const box = document.createElement("input");
      box.type = "checkbox";
      box.value = person.registration;
      box.disabled = !person.has_badge;
      box.checked = person.has_badge && !person.first;
      box.setAttribute("aria-label", person.name);
      box.addEventListener("change", offer);
      found.append(personRow(person.name, detailsOf(person), box));
    }
    offer();
  }

  function chosen() {
    return [...found.querySelectorAll("input:checked")].map((box) => Number(box.value));
  }

  function offer() {
    const { length } = chosen();
    admit.hidden = false;
    admit.disabled = !length;
    admit.textContent = text("group_admit", { count: length });
  }

  admit.addEventListener("click", async () => {
    admit.disabled = true;
    try {
      const scans = chosen().map((registration) => ({ client_id: newId(), registration }));
      const { answers } = await gate.site.post("group", { list: gate.list.id, scans });
      const good = answers.filter((answer) => answer.result === "admitted" || answer.result === "readmitted");
      show(text("group_done", { count: good.length }), "success", 8);
      for (const answer of answers) if (!good.includes(answer)) show(`${answer.name ?? ""} ${text(`reason_${answer.reason || "inside"}`)}`, "warning", 12);
      dialog.close();
      gate.sync.now();
    } catch (error) {
      note.textContent = error instanceof Away ? text("search_needs_network") : error.message;
      admit.disabled = false;
    }
  });

  dialog.querySelectorAll("[data-search-for]").forEach((tab) => tab.addEventListener("click", () => {
    mode = tab.dataset.searchFor;
    dialog.querySelectorAll("[data-search-for]").forEach((one) => one.setAttribute("aria-pressed", String(one === tab)));
    clear();
    search();
    input.focus();
  }));
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, WAIT_MS);
  });
  gate.addEventListener("opens", ({ detail }) => {
    if (detail !== "search") return;
    input.value = "";
    clear(gate.site.isOnline ? "" : text("search_needs_network"));
  });
  dialog.addEventListener("close", () => { clear(); input.value = ""; });
}
