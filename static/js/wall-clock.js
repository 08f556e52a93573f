// The time on a big screen: the event's zone and the server's clock, whatever the device believes.
export default function connect(element) {
  const start = new Date(element.dateTime);
  const ahead = start.getTime() - Date.now();
  const [hours, minutes] = element.textContent.split(":").map(Number);
  const zone = (hours * 60 + minutes - (start.getUTCHours() * 60 + start.getUTCMinutes())) * 60_000;
  function tick() {
    element.textContent = new Date(Date.now() + ahead + zone).toISOString().slice(11, 16);
  }
  setInterval(tick, 5000);
  tick();
}
