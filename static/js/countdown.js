// The time that is left until a moment; once a minute, in the last hour once a second.
import { text } from "./texts.js";

export default function connect(element) {
  const until = Date.parse(element.dateTime);
  element.title = element.textContent;
  function tick() {
    const left = Math.floor((until - Date.now()) / 1000);
    if (left <= 0) { element.textContent = text("past"); return; }
    const two = (number) => String(number).padStart(2, "0");
    const days = Math.floor(left / 86400);
    const hours = Math.floor((left % 86400) / 3600);
    const minutes = Math.floor((left % 3600) / 60);
    const clock = days || hours ? `${two(hours)}:${two(minutes)}` : `${two(minutes)}:${two(left % 60)}`;
    element.textContent = days ? `${text("days", { n: days })} ${clock}` : clock;
    setTimeout(tick, left < 3700 ? 1000 : 30_000);
  }
  tick();
}
