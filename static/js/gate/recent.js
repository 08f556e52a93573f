// The last scans of this device, and taking one back. They live in memory only: they hold names.
import { text } from "../texts.js";
import { show } from "../toast.js";
import { button, personRow } from "./people.js";
import { sentenceOf } from "./stage.js";

const UNDO_MS = 10 * 60_000;

export function connectRecent(gate) {
  const dialog = gate.dialog("recent");
  const list = gate.find("[data-recent]", dialog);
  const undo = gate.find("[data-undo]");
  const last = gate.find("[data-last]");

  function canUndo(answer) {
    return answer.welcome && !answer.undone && answer.kind !== "print" && gate.site.now() - answer.at < UNDO_MS;
  }

  function paint() {
    undo.disabled = !gate.recent.some(canUndo);
    const [answer] = gate.recent;
    last.hidden = !answer;
    if (answer) {
      last.dataset.colour = answer.undone ? "idle" : answer.colour;
      gate.find("[data-last-words]").textContent = answer.undone ? text("undone", { name: answer.name || text("somebody") }) : gate.lineOf(answer);
    }
    gate.find("[data-recent-none]", dialog).hidden = gate.recent.length > 0;
    if (dialog.open) draw();
  }

  function draw() {
    list.replaceChildren(...gate.recent.map((one) => {
      const row = personRow(gate.lineOf(one), [one.organisation, sentenceOf(one), one.undone && text("taken_back")],
        ...(canUndo(one) ? [button(text("take_back"), () => takeBack(one))] : []));
      row.dataset.colour = one.undone ? "idle" : one.colour;
      return row;
    }));
  }

  async function takeBack(answer) {
    try {
      if (await gate.keeper.undo(answer)) {
        answer.undone = true;
        const counts = gate.device.counts?.[answer.list.id];
        if (counts && answer.kind === "entry") {
          counts.admitted -= answer.result === "admitted" ? 1 : 0;
          counts.inside -= 1;
          gate.paint();
        }
        gate.lastSeen.clear();
        gate.stage.clear();
        show(text("undone", { name: answer.name || text("somebody") }), "info", 5);
      } else {
        show(text("not_undone"), "danger");
      }
    } catch (error) {
      show(error.message, "danger");
    }
    paint();
  }

  undo.addEventListener("click", () => {
    const answer = gate.recent.find(canUndo);
    if (answer) takeBack(answer);
  });
  gate.addEventListener("answered", paint);
  gate.addEventListener("forgotten", paint);
  gate.addEventListener("opens", ({ detail }) => { if (detail === "recent") draw(); });
}
