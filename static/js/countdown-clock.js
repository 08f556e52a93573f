// What is left of a project's minutes. No behaviour of its own; stage.js and stage-screen.js show it.
// The device's clock may be wrong: the server's time of the last news is compared with the moment of its arrival.
const offsets = new WeakMap();

export function countdown(state) {
  if (!offsets.has(state)) offsets.set(state, Date.parse(state.at) - Date.now());
  const now = Date.now() + offsets.get(state);
  if (state.phase === "break" && state.since) return { text: clock(now - Date.parse(state.since)), level: "break" };
  if (!state.ends_at) return { text: "–", level: "none" };
  const left = Date.parse(state.ends_at) - now;
  const level = left < 0 ? "over" : left < 30_000 ? "last" : left < 60_000 ? "soon" : "good";
  return { text: clock(Math.abs(left)), level };
}

function clock(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
