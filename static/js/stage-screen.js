// A monitor before the stage, or a strip over the picture: lives by events, keeps what it knows when the network is lost.
import { countdown } from "./countdown-clock.js";
import { listen } from "./events.js";

export default function connect(screen) {
  let state = JSON.parse(screen.dataset.state);
  const part = (name) => screen.querySelector(`[data-${name}]`);
  const write = (name, text) => { const found = part(name); if (found) found.textContent = text; };
  const show = (news) => {
    state = news;
    screen.dataset.phase = state.phase;
    write("title", state.now?.title ?? (state.phase === "on" ? "" : state.phase_label));
    write("who", [state.now?.owner, state.now?.presenter].filter(Boolean).join(" · "));
    write("next", state.next ? state.next.title : "");
    const box = part("next-box");
    if (box) box.hidden = !state.next;
  };
  show(state);
  setInterval(() => {
    const { text, level } = countdown(state);
    write("countdown", text);
    screen.dataset.level = level;
  }, 200);
  const ask = async () => {
    const answer = await fetch(screen.dataset.ask, { cache: "no-store" }).catch(() => undefined);
    if (answer?.ok) show(await answer.json());
  };
  listen(screen.dataset.events, { open: ask, cue: show }, { every: 3 });
}
