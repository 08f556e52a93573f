// What is on stage, on a session's page: the card beside the picture, the marked turn in the running order, shifted times.
import { listen } from "./events.js";

export default function connect(card) {
  const words = JSON.parse(card.dataset.words);
  const part = (name) => card.querySelector(`[data-${name}]`);
  const show = (state) => {
    const { now, next, phase } = state;
    card.hidden = phase === "over" || (phase === "waiting" ? !state.since || !next : !now && !next);
    part("phase").textContent = { on: words.on, break: words.break }[phase] ?? words.next;
    const shown = now ?? next;
    const title = part("title");
    title.textContent = shown?.title ?? "";
    if (shown?.number) title.href = card.dataset.project.replace("NUMBER", shown.number);
    else title.removeAttribute("href");
    part("who").textContent = [shown?.owner, shown?.presenter].filter(Boolean).join(" · ");
    const meet = part("meet-link");
    meet.hidden = !now?.number;
    if (now?.number) meet.href = card.dataset.meet.replace("NUMBER", now.number);
    const late = state.delay_min >= 2 ? words.later.replace("{n}", state.delay_min) : state.delay_min <= -2 ? words.earlier.replace("{n}", -state.delay_min) : "";
    part("next").textContent = [now && next ? `${words.next}: ${next.title}` : "", next ? late : ""].filter(Boolean).join(" · ");
    mark(state, words);
  };
  show(JSON.parse(card.dataset.state));
  const ask = async () => {
    const answer = await fetch(card.dataset.ask).catch(() => undefined);
    if (answer?.ok) show(await answer.json());
  };
  listen(card.dataset.events, { open: ask, cue: show }, { every: 10 });
}

// The running order of the page: which turn is on, and when the others are expected.
function mark(state, words) {
  for (const turn of document.querySelectorAll("[data-turn]")) {
    const project = turn.dataset.turn;
    if (state.since || state.now) {
      turn.classList.toggle("is-live", String(state.now?.project) === project);
      turn.querySelector("[data-planned]")?.remove();  // Who taps knows better than the plan.
    }
    const time = turn.querySelector("time");
    const expected = state.expected[project];
    if (!time || !expected) continue;
    const planned = new Date(time.dateTime);
    const shifted = Math.abs(new Date(expected) - planned) >= 60_000 && state.phase !== "waiting";
    let note = turn.querySelector("[data-expected]");
    if (!shifted) {
      note?.remove();
      continue;
    }
    if (!note) {
      note = document.createElement("small");
      note.dataset.expected = "";
      time.after(note);
    }
    // In the zone of the printed times, whatever zone the reader's device keeps.
    const minutes = Math.round((new Date(expected) - planned) / 60_000);
    const [hours, rest] = time.textContent.trim().split(":").map(Number);
    const all = (((hours * 60 + rest + minutes) % 1440) + 1440) % 1440;
    note.textContent = words.expected.replace("{time}", `${String(Math.floor(all / 60)).padStart(2, "0")}:${String(all % 60).padStart(2, "0")}`);
  }
}
