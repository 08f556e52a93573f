// Hears what the server pushes: listen("/events/…", { moved: (data) => … }). No behaviour of its own; others import it.
//
// A push is a hint. handlers.open is called when the stream opens, the first time and after each break: ask for the
// state there. Without an address (no edge that carries messages) handlers.open is called every `every` seconds.
// Returns a function that ends it.
const SILENCE = 150_000; // The server sends a heartbeat each minute.

export function listen(address, handlers, { every = 15 } = {}) {
  if (!address) {
    const timer = setInterval(() => document.hidden || handlers.open?.(), every * 1000);
    return () => clearInterval(timer);
  }
  let source, watch, retry, pause = 1000;
  const heard = () => {
    clearTimeout(watch);
    watch = setTimeout(restart, SILENCE);
  };
  function start() {
    source = new EventSource(address);
    heard();
    source.addEventListener("open", () => {
      pause = 1000;
      heard();
      handlers.open?.();
    });
    source.addEventListener("message", (event) => {
      heard();
      const { name, data } = JSON.parse(event.data);
      handlers[name]?.(data);
    });
    source.addEventListener("error", () => {
      handlers.broken?.();
      // The browser tries again by itself unless the answer was an error.
      if (source.readyState === EventSource.CLOSED) restart();
    });
  }
  function restart() {
    source.close();
    clearTimeout(watch);
    clearTimeout(retry);
    retry = setTimeout(start, pause * (0.5 + Math.random()));
    pause = Math.min(pause * 2, 30_000);
  }
  start();
  return () => {
    source.close();
    clearTimeout(watch);
    clearTimeout(retry);
  };
}
