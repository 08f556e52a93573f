// The time on a big screen, kept apart from the device's clock by what the server said when the page was made.
export default function connect(element) {
  const ahead = Date.parse(element.dateTime) - Date.now();
  const zone = element.dataset.zone;
  function tick() {
    const now = new Date(Date.now() + ahead);
    element.textContent = now.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", ...(zone && { timeZone: zone }) });
  }
  setInterval(tick, 5000);
  tick();
}
