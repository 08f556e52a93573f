// The gate's page: takes codes from the scanner's keyboard, the camera and the search, asks the server, and says the
// answer in colour, sign, word and sound. A scan keeps its id until it is answered, so that asking again counts once.
const RETRY_MS = [700, 1500, 3000, 5000];
const SAME_CODE_MS = 4000;
const COUNTS_MS = 10_000;
const SOUNDS = { good: [[880, 0.12], [1320, 0.16]], warn: [[520, 0.18], [520, 0.18]], danger: [[220, 0.5]] };

export default function connect(page) {
  const { url, csrf, gate, kind } = page.dataset;
  const answer = page.querySelector("[data-answer]");
  const form = page.querySelector("[data-code-form]");
  const input = form.elements.code;
  const queue = [];
  let busy = false;
  let audio = null;
  const seen = new Map(); // What the camera saw when: a badge that stays before it is one scan.

  function say(name, words) {
    answer.querySelector(`[data-${name}]`).textContent = words ?? "";
  }

  function show(told) {
    answer.dataset.colour = told.colour;
    for (const name of ["word", "sentence", "name", "organisation", "badge", "first", "time"]) say(name, told[name]);
    // The same answer twice in a row must be seen to be a new one.
    answer.classList.remove("fresh");
    void answer.offsetWidth;
    answer.classList.add("fresh");
  }

  function sound(colour) {
    navigator.vibrate?.(colour === "good" ? 80 : [200, 80, 200]);
    try {
      audio ??= new AudioContext();
      let at = audio.currentTime;
      for (const [pitch, length] of SOUNDS[colour] ?? []) {
        const tone = audio.createOscillator();
        const volume = audio.createGain();
        volume.gain.value = 0.25;
        tone.frequency.value = pitch;
        tone.connect(volume).connect(audio.destination);
        tone.start(at);
        tone.stop(at + length);
        at += length + 0.05;
      }
    } catch {
      // A device without sound still has colour, sign and word.
    }
  }

  async function ask(scan) {
    const reply = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf },
      body: JSON.stringify(scan),
    });
    const told = await reply.json();
    if (reply.status >= 500) throw new Error(String(reply.status));
    return reply.ok ? told : { colour: "danger", word: page.dataset.failed, sentence: told.title };
  }

  async function askUntilAnswered(scan) {
    for (let tries = 0; ; tries += 1) {
      try {
        return await ask(scan);
      } catch {
        scan.at ??= scan.made;
        show({ colour: "danger", word: page.dataset.noNetwork, sentence: page.dataset.notCounted });
        if (tries === 0) sound("danger");
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]));
      }
    }
  }

  async function work() {
    if (busy) return;
    busy = true;
    while (queue.length) {
      const scan = queue.shift();
      say("time", page.dataset.wait);
      const told = await askUntilAnswered(scan);
      show(told);
      sound(told.colour);
    }
    busy = false;
    counts();
  }

  function scan(what) {
    queue.push({ client_id: newId(), gate: Number(gate), kind, made: new Date().toISOString(), ...what });
    work();
  }

  function look(code) {
    const now = Date.now();
    const isNew = now - (seen.get(code) ?? 0) > SAME_CODE_MS;
    seen.set(code, now);
    if (isNew) scan({ code });
  }

  async function counts() {
    if (document.hidden) return;
    try {
      const reply = await fetch(page.dataset.counts, { headers: { Accept: "application/json" } });
      if (!reply.ok) return;
      for (const [name, number] of Object.entries(await reply.json())) {
        document.querySelectorAll(`[data-count=${name}]`).forEach((place) => { place.textContent = number.toLocaleString(); });
      }
    } catch {
      // The next round will bring the figures.
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = input.value.trim();
    input.value = "";
    if (code) scan({ code });
  });
  page.addEventListener("badge-read", (event) => look(event.detail));
  page.addEventListener("submit", (event) => {
    const person = event.target.elements.registration_id;
    if (!person) return;
    event.preventDefault();
    scan({ registration: Number(person.value) });
    input.focus();
  });
  // A keyboard scanner types wherever the focus is: give it back unless somebody is searching.
  document.addEventListener("click", (event) => {
    if (!event.target.closest("a, input, select, video, summary")) input.focus({ preventScroll: true });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.target.closest("input, select")) input.focus();
  });
  setInterval(counts, COUNTS_MS);
  document.documentElement.dataset.gateReady = "true";
}

function newId() {
  // randomUUID needs https; a gate on a local network may not have it.
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
