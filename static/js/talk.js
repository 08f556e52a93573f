// The conversation beside a session's picture: asks for the latest when the page opens or the stream was broken, hears
// the rest as it comes, and sends what somebody writes. Messages run over the picture through danmaku.js.
import { Danmaku } from "./danmaku.js";
import { listen } from "./events.js";

const MOST = 150;

export default function connect(section) {
  new Talk(section);
}

class Talk {
  constructor(section) {
    this.section = section;
    this.words = JSON.parse(section.dataset.words);
    this.base = section.dataset.base;
    this.kind = "chat";
    this.lists = { chat: this.find("[data-list=chat]"), question: this.find("[data-list=question]") };
    this.known = new Map();
    this.danmaku = new Danmaku(this.base, this.find("[data-over]"), this.words);
    this.bindTabs();
    this.find("[data-form]")?.addEventListener("submit", (event) => this.send(event));
    this.find("[data-applaud]")?.addEventListener("click", () => this.applaud());
    listen(section.dataset.events, {
      open: () => this.ask(),
      message: (message) => this.take(message, true),
      messages: ({ messages }) => messages.forEach((message) => this.take(message, true)),
      gone: ({ ids }) => ids.forEach((id) => this.drop(id)),
      pinned: ({ message }) => this.pin(message),
      votes: ({ id, votes }) => this.count(id, votes),
      poll: (poll) => this.showPoll(poll),
      applause: ({ n }) => this.showApplause(n),
      room: (room) => this.setRoom(room),
    }, { every: 5 });
    this.ask(); // Not to wait for the stream to open.
  }

  find(selector) { return this.section.querySelector(selector); }

  async ask() {
    try {
      const answer = await fetch(`${this.base}/talk.json`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const data = await answer.json();
      const present = new Set([...data.messages, ...data.questions].map((message) => message.id));
      for (const id of this.known.keys()) if (!present.has(id) && this.isOld(id, data)) this.drop(id);
      data.messages.forEach((message) => this.take(message, this.hasAsked));
      data.questions.forEach((message) => this.take(message, false));
      this.hasAsked = true;
      this.pin(data.pinned);
      if (data.poll) this.showPoll(data.poll);
      this.showApplause(data.applause);
      this.setRoom({ mode: data.mode, questions: data.takes_questions });
      this.say();
    } catch {
      // The stream tries again by itself, and then this is asked again.
    }
  }

  // What is known, no longer there and not merely older than the latest ones was taken down.
  isOld(id, data) {
    const item = this.known.get(id);
    const list = item.dataset.kind === "question" ? data.questions : data.messages;
    return !item.dataset.held && (list.length < 80 || id >= list[0].id);
  }

  take(message, isNew) {
    const before = this.known.get(message.id);
    const item = this.draw(message);
    if (before) before.replaceWith(item);
    else this.put(item, message);
    this.known.set(message.id, item);
    if (!before && isNew && message.kind === "chat") this.danmaku.show(message.text);
    this.say();
  }

  put(item, message) {
    const list = this.lists[message.kind];
    list.querySelector(".talk-empty")?.remove();
    if (message.kind === "question") {
      const below = [...list.children].find((one) => Number(one.dataset.votes) < message.votes);
      list.insertBefore(item, below ?? null);
      return;
    }
    const panel = list.parentElement;
    const isAtEnd = panel.scrollHeight - panel.scrollTop - panel.clientHeight < 60;
    list.append(item);
    while (list.children.length > MOST) {
      this.known.delete(Number(list.firstElementChild.dataset.id));
      list.firstElementChild.remove();
    }
    if (isAtEnd) panel.scrollTop = panel.scrollHeight;
  }

  draw(message) {
    const item = element("li", `talk-item${message.official ? " is-official" : ""}`);
    Object.assign(item.dataset, { id: message.id, kind: message.kind, votes: message.votes });
    const head = element("span", "talk-author", message.author);
    if (message.official) head.append(" ", element("span", "pill tone-brand", this.words.official));
    item.append(head, element("span", "talk-text", message.text));
    if (message.kind === "question") item.append(this.vote(message));
    if (message.answer) {
      const answer = element("p", "talk-answer");
      answer.append(element("strong", "", `${this.words.answer}: `), message.answer);
      item.append(answer);
    }
    return item;
  }

  vote(message) {
    const button = element("button", "talk-vote tabular", `▲ ${message.votes}`);
    button.type = "button";
    button.title = this.words.vote;
    button.setAttribute("aria-label", `${this.words.vote}: ${message.votes}`);
    button.disabled = !this.section.dataset.signedIn;
    button.addEventListener("click", async () => {
      const found = await this.post(`/talk/${message.id}/vote`, {});
      if (found) {
        this.count(message.id, found.votes);
        this.known.get(message.id)?.querySelector(".talk-vote")?.setAttribute("aria-pressed", "true");
      }
    });
    return button;
  }

  count(id, votes) {
    const button = this.known.get(id)?.querySelector(".talk-vote");
    if (button) button.textContent = `▲ ${votes}`;
  }

  drop(id) {
    this.known.get(id)?.remove();
    this.known.delete(id);
    this.say();
  }

  pin(message) {
    const box = this.find("[data-pinned]");
    box.hidden = !message;
    box.replaceChildren();
    if (message) box.append(element("strong", "", `${this.words.pinned} · ${message.author}`), element("span", "", message.text));
  }

  say() {
    for (const [kind, list] of Object.entries(this.lists)) {
      if (list.children.length || !this.hasAsked) continue;
      list.append(element("li", "talk-empty soft", kind === "question" ? this.words.no_questions : this.words.empty));
    }
    const number = this.lists.question.querySelectorAll(".talk-item").length;
    const count = this.find("[data-questions]");
    count.hidden = !number;
    count.textContent = number;
  }

  showPoll(poll) {
    const box = this.find("[data-poll]");
    box.hidden = false;
    const all = poll.votes.reduce((sum, one) => sum + one, 0);
    const head = element("p", "talk-poll-question");
    head.append(element("strong", "", poll.question), element("span", "soft", ` ${poll.is_open ? this.words.votes.replace("{n}", all) : `${this.words.votes.replace("{n}", all)} · ${this.words.poll_closed}`}`));
    box.replaceChildren(head, ...poll.choices.map((choice, place) => this.choice(poll, choice, place, all)));
  }

  choice(poll, text, place, all) {
    const share = all ? Math.round((100 * poll.votes[place]) / all) : 0;
    const button = element("button", "talk-choice");
    button.type = "button";
    button.disabled = !poll.is_open || !this.section.dataset.signedIn;
    const bar = element("progress", "talk-share");
    bar.max = 100;
    bar.value = share;
    bar.setAttribute("aria-hidden", "true");
    button.append(element("span", "", text), element("span", "tabular", `${share}%`), bar);
    button.addEventListener("click", async () => {
      const found = await this.post(`/polls/${poll.id}/vote`, { choice: place });
      if (found) this.showPoll(found);
    });
    return button;
  }

  showApplause(n) {
    const shown = this.find("[data-applause]");
    if (shown) shown.textContent = n;
  }

  // Taps are gathered, so that a clapping hall is one request each second and a half for everybody in it.
  applaud() {
    this.taps = (this.taps ?? 0) + 1;
    const shown = this.find("[data-applause]");
    shown.textContent = Number(shown.textContent) + 1;
    this.clapping ??= setTimeout(async () => {
      const times = this.taps;
      this.taps = 0;
      this.clapping = undefined;
      await this.post("/applause", { times });
    }, 1500);
  }

  setRoom({ mode, questions }) {
    const form = this.find("[data-form]");
    if (form) form.hidden = mode === "closed";
    this.find("[data-tab=question]").hidden = !questions && !this.lists.question.querySelector(".talk-item");
    if (mode === "closed") this.note(this.words.closed);
  }

  bindTabs() {
    const tabs = [...this.section.querySelectorAll("[data-tab]")];
    const choose = (tab) => {
      this.kind = tab.dataset.tab;
      for (const one of tabs) {
        one.setAttribute("aria-selected", String(one === tab));
        one.tabIndex = one === tab ? 0 : -1;
        this.lists[one.dataset.tab].parentElement.hidden = one !== tab;
      }
      const field = this.find("[name=text]");
      if (field) field.placeholder = field.dataset[this.kind];
    };
    tabs.forEach((tab, place) => {
      tab.addEventListener("click", () => choose(tab));
      tab.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
        const next = tabs[(place + 1) % tabs.length];
        next.focus();
        choose(next);
      });
    });
  }

  async send(event) {
    event.preventDefault();
    const field = this.find("[name=text]");
    const text = field.value.trim();
    if (!text) return;
    // The same words are the same message until they have arrived: a second try does no harm.
    if (this.sending?.text !== text) this.sending = { text, client_id: crypto.randomUUID().replaceAll("-", "") };
    const found = await this.post("/talk", { kind: this.kind, ...this.sending });
    if (!found) return;
    this.sending = undefined;
    field.value = "";
    if (found.status === "shown") this.take(found.message, false);
    this.note(found.status === "held" ? this.words.held : "");
  }

  async post(path, body) {
    try {
      const answer = await fetch(`${this.base}${path}`, {
        method: "POST", body: JSON.stringify(body),
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.find("[name=csrf_token]")?.value ?? "" },
      });
      const found = await answer.json().catch(() => ({}));
      if (answer.ok) return found;
      this.note(found.title ?? this.words.failed);
    } catch {
      this.note(this.words.failed);
    }
    return undefined;
  }

  note(text) {
    const box = this.find("[data-note]");
    if (box) box.textContent = text;
  }
}

function element(name, look, text) {
  const made = document.createElement(name);
  if (look) made.className = look;
  if (text !== undefined) made.textContent = text;
  return made;
}
