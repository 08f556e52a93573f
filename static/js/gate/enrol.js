// A device becomes one of the gate's: by the secret behind the # of the address that an organiser shows.
import { text } from "../texts.js";
import { Camera } from "./camera.js";
import { unlock } from "./sound.js";
import { Away } from "./site.js";

export function connectEnrolling(gate) {
  const view = gate.view("enrol");
  const error = gate.find("[data-enrol-error]", view);
  const form = gate.find("[data-enrol-form]", view);
  const button = gate.find("[data-enrol-camera]", view);
  const camera = new Camera(gate.find("[data-enrol-video]", view), (code) => enrol(code));
  let isBusy = false;

  function complain(sentence) {
    error.textContent = sentence;
    error.hidden = !sentence;
  }

  async function enrol(code) {
    const secret = secretOf(code);
    if (isBusy) return;
    if (!secret) {
      complain(text("enrol_no_code"));
      return;
    }
    isBusy = true;
    complain("");
    camera.stop();
    form.elements.secret.disabled = true;
    try {
      const sent = Date.now();
      const language = document.documentElement.lang.startsWith("en") ? "en" : "zh_Hans";
      const news = await gate.site.post("enrol", { secret, language });
      gate.site.measure(sent, news.time);
      await navigator.storage?.persist?.();
      await gate.learn(news);
      await gate.set({ list: news.lists[0].id });
      gate.show("start");
      gate.sync.start();
    } catch (failure) {
      complain(failure instanceof Away ? text("enrol_no_network") : failure.message);
    } finally {
      isBusy = false;
      form.elements.secret.disabled = false;
      form.reset();
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    enrol(form.elements.secret.value);
  });
  button.addEventListener("click", async () => {
    unlock();
    try {
      if (camera.isOn) camera.stop();
      else await camera.start();
    } catch (failure) {
      complain(text(failure.name === "NotFoundError" ? "camera_none" : "camera_denied"));
    }
  });
  button.disabled = !Camera.isPossible;
  gate.find("[data-insecure]", view).hidden = window.isSecureContext;

  function mention(reason) {
    complain(reason ? text(reason) : "");
    const kept = gate.find("[data-kept]", view);
    kept.hidden = !gate.queue.length;
    kept.textContent = text("kept", { count: gate.queue.length });
  }
  gate.addEventListener("view", ({ detail }) => { if (detail !== "enrol") camera.stop(); });
  gate.addEventListener("forgotten", ({ detail }) => mention(detail));
  mention("");

  // The phone's own camera led here with the secret. It leaves the address at once.
  gate.begin = async () => {
    const secret = location.hash.slice(1);
    if (!location.pathname.endsWith("/enrol") || !secret) return;
    history.replaceState(null, "", "/gate/");
    gate.show("enrol");
    await enrol(secret);
    if (!error.hidden && gate.device) gate.show("start"); // An old link on a device that is enrolled already.
  };
}

function secretOf(code) {
  const plain = code.trim();
  const found = /#([\w-]{8,200})$/.exec(plain);
  if (found) return found[1];
  return /^[\w-]{8,200}$/.test(plain) ? plain : "";
}
