// Says whether the site answers, what waits to be handed in, and what came of it.
import { text } from "../texts.js";
import { show } from "../toast.js";
import { localTime } from "./days.js";
import { play } from "./sound.js";

const CLOCK_GOOD_MS = 2000;

export function connectLink(gate) {
  const { site, queue, packs } = gate;
  const dialog = gate.dialog("queue");
  const count = gate.find("[data-queue-count]");
  let doubles = [];

  function paint() {
    gate.body.dataset.link = site.isOnline ? "online" : "offline";
    gate.find("[data-link-word]").textContent = text(site.isOnline ? "online" : site.isUnplugged ? "unplugged" : "offline");
    count.hidden = !queue.length;
    count.textContent = text("waiting", { count: queue.length });
    if (dialog.open) explain();
  }

  function explain() {
    gate.find("[data-queue-words]", dialog).textContent = text(site.isOnline ? "queue_online" : "queue_offline");
    const rows = [
      ["queue_waiting", String(queue.length)],
      ["queue_pack", packs.size ? packs.size.toLocaleString() : text("pack_none")],
      ["queue_pack_age", packs.madeAt ? clockOf(packs.madeAt) : "–"],
      ["queue_skew", skewWords(site.skew)],
      ["queue_speed", gate.speed ? `${Math.round(gate.speed.ms)} ms · ${text(gate.speed.isOffline ? "offline" : "online")}` : "–"],
    ];
    gate.find("[data-queue-facts]", dialog).replaceChildren(...rows.map(([name, value]) => fact(text(name), value)));
    const found = gate.find("[data-doubles]", dialog);
    found.hidden = !doubles.length;
    found.textContent = text("doubles", { count: doubles.length, times: doubles.map((scan) => clockOf(scan.at)).join("、") });
    const stuck = gate.find("[data-stuck]", dialog);
    stuck.hidden = !queue.stuck && !gate.sync.failure;
    stuck.textContent = queue.stuck ? text("stuck", { count: queue.stuck, reason: queue.failure }) : gate.sync.failure;
  }

  function clockOf(moment) {
    return localTime(new Date(moment), gate.zone).clock;
  }

  site.addEventListener("link", () => {
    paint();
    if (!gate.device) return;
    if (!site.isOnline && !site.isUnplugged) play("warn");
    show(text(site.isOnline ? "back_online" : "gone_offline"), site.isOnline ? "success" : "warning", 4);
  });
  queue.addEventListener("change", paint);
  queue.addEventListener("merged", ({ detail }) => {
    doubles = [...doubles, ...detail.filter((scan) => scan.result === "double")];
    show(text("handed_in", { count: detail.length }), "success", 5);
    if (doubles.length) show(text("doubles", { count: doubles.length, times: doubles.map((scan) => clockOf(scan.at)).join("、") }), "warning", 20);
    paint();
  });
  gate.sync.addEventListener("done", paint);
  gate.addEventListener("opens", explain);
  gate.addEventListener("forgotten", () => { doubles = []; });
  gate.find("[data-sync]").addEventListener("click", async (event) => {
    const button = event.currentTarget;
    button.setAttribute("aria-busy", "true");
    await site.look();
    await gate.sync.now();
    button.removeAttribute("aria-busy");
    explain();
  });
  paint();
}

export function fact(name, value) {
  const row = document.createElement("div");
  const term = document.createElement("dt");
  const words = document.createElement("dd");
  term.textContent = name;
  words.append(value);
  row.append(term, words);
  return row;
}

export function skewWords(skew) {
  if (Math.abs(skew) < CLOCK_GOOD_MS) return text("clock_good");
  return text(skew > 0 ? "seconds_ahead" : "seconds_behind", { count: Math.round(Math.abs(skew) / 1000).toLocaleString() });
}
