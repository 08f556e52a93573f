// Today's figures of the check-in point; without network those of this device.
import { text } from "../texts.js";
import { Away } from "./site.js";

const SVG = "http://www.w3.org/2000/svg";

export function connectFigures(gate) {
  const dialog = gate.dialog("figures");
  const note = gate.find("[data-figures-note]", dialog);
  const place = gate.find("[data-figures]", dialog);
  const hours = gate.find("[data-figures-hours]", dialog);
  const devices = gate.find("[data-figures-devices]", dialog);

  function draw(figures) {
    place.replaceChildren(...["admitted", "inside", "due", "repeated", "refused"].filter((name) => figures[name] !== undefined && figures[name] !== null)
      .map((name) => {
        const box = document.createElement("div");
        const term = document.createElement("dt");
        const value = document.createElement("dd");
        term.textContent = text(`figure_${name}`);
        value.textContent = figures[name].toLocaleString();
        box.append(term, value);
        return box;
      }));
    hours.replaceChildren(...(figures.hours && Object.keys(figures.hours).length ? [bars(figures.hours)] : []));
    devices.replaceChildren(...(figures.devices ?? []).map(({ name, admitted }) => {
      const row = document.createElement("tr");
      const title = document.createElement("th");
      const value = document.createElement("td");
      title.scope = "row";
      title.textContent = name;
      value.className = "number";
      value.textContent = admitted.toLocaleString();
      row.append(title, value);
      return row;
    }));
  }

  function ownFigures() {
    const count = (test) => gate.recent.filter((answer) => !answer.undone && answer.list.id === gate.list.id && test(answer)).length;
    return {
      admitted: count((one) => one.result === "admitted" && one.kind === "entry"),
      repeated: count((one) => one.result === "repeated"), refused: count((one) => one.result === "refused"),
    };
  }

  gate.addEventListener("opens", async ({ detail }) => {
    if (detail !== "figures") return;
    note.textContent = gate.list.name;
    draw({});
    try {
      draw(await gate.site.get(`statistics?list=${gate.list.id}`));
    } catch (error) {
      note.textContent = error instanceof Away ? text("figures_here") : error.message;
      if (error instanceof Away) draw(ownFigures());
    }
  });
}

function bars(byHour) {
  const hours = Object.keys(byHour).map(Number);
  const first = Math.min(...hours);
  const last = Math.max(...hours);
  const most = Math.max(...Object.values(byHour), 1);
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", `0 0 ${(last - first + 1) * 24} 76`);
  picture.setAttribute("class", "gate-hours");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", hours.map((hour) => `${text("of_hours", { hour })}: ${byHour[hour]}`).join(", "));
  for (let hour = first; hour <= last; hour += 1) {
    const count = byHour[hour] ?? 0;
    const height = (count / most) * 50;
    const at = (hour - first) * 24;
    for (const [name, values, words] of [
      ["rect", { x: at + 3, y: 62 - height, width: 18, height, rx: 2 }],
      ["text", { x: at + 12, y: 74, "text-anchor": "middle" }, String(hour)],
      ["text", { x: at + 12, y: 58 - height, "text-anchor": "middle" }, count ? String(count) : ""],
    ]) {
      const part = document.createElementNS(SVG, name);
      for (const [key, value] of Object.entries(values)) part.setAttribute(key, value);
      if (words !== undefined) part.textContent = words;
      picture.append(part);
    }
  }
  return picture;
}
