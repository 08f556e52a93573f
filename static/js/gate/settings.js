// How this device is held and behaves, and at which of its check-in points it stands.
import { text } from "../texts.js";
import { localTime } from "./days.js";

const SWITCHES = ["rapid", "sound", "vibration", "front", "typing"];

export function connectSettings(gate) {
  const form = gate.find("[data-settings-form]");

  function paint() {
    for (const name of SWITCHES) form.elements[name].checked = gate.settings[name];
    document.querySelectorAll("[data-hand-choice]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.handChoice === gate.settings.hand));
    });
    document.querySelectorAll("[data-list-select]").forEach((select) => {
      select.replaceChildren(...gate.device.lists.map((list) => new Option(list.name, list.id, false, list.id === gate.list.id)));
    });
    gate.find("[data-list-choice]").hidden = gate.device.lists.length < 2;
    const { packs } = gate;
    document.querySelectorAll("[data-pack-words]").forEach((place) => {
      place.textContent = packs.madeAt
        ? text("pack_words", { count: packs.size.toLocaleString(), time: localTime(new Date(packs.madeAt), gate.zone).time }) : text("pack_none");
    });
  }

  for (const name of SWITCHES) {
    form.elements[name].addEventListener("change", async (event) => {
      await gate.set({ [name]: event.target.checked });
      if (name === "front" && gate.camera.isOn) gate.startCamera();
      if (name === "rapid") gate.stage.clear();
    });
  }
  document.querySelectorAll("[data-hand-choice]").forEach((button) => button.addEventListener("click", () => gate.set({ hand: button.dataset.handChoice })));
  document.querySelectorAll("[data-list-select]").forEach((select) => select.addEventListener("change", async () => {
    await gate.set({ list: Number(select.value) });
    gate.sync.now();
  }));
  form.addEventListener("submit", (event) => event.preventDefault());
  gate.find("[data-sign-off]").addEventListener("click", () => {
    if (confirm(text("sign_off_sure"))) gate.forget("");
  });
  document.querySelectorAll("[data-language]").forEach((button) => button.addEventListener("click", () => {
    // The question goes past the kept page; the service worker then fetches it in this language.
    location.href = `/gate/?lang=${button.dataset.language}`;
  }));
  gate.addEventListener("painted", paint);
  gate.sync.addEventListener("done", () => { if (gate.device) paint(); });
}
