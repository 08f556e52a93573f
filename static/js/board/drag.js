// Dragging with a mouse, a pen or a finger, by pointer events; what is dragged and where it may go is the caller's.
//
//   dragging(root, { grab(event) → thing or null, start(thing), move(thing, x, y), drop(thing), cancel(thing), ghost(thing) })
//
// A mouse drags as soon as it moves; a finger drags at once by a grip, and elsewhere after it has rested for a moment,
// so that the board can still be scrolled. What the pointer is over is asked again on every frame: also while the
// board scrolls by itself, the place that is shown is the place that is dropped on.
const SLACK = 5;
const REST_MS = 380;
const EDGE = 48;

export function dragging(root, { grab, start, move, drop, cancel, ghost }) {
  let run = null;

  root.addEventListener("dragstart", (event) => event.preventDefault());

  root.addEventListener("pointerdown", (event) => {
    if (run || event.button || !event.isPrimary) return;
    const thing = grab(event);
    if (!thing) return;
    run = { thing, id: event.pointerId, x: event.clientX, y: event.clientY, startX: event.clientX, startY: event.clientY, on: false };
    run.touch = event.pointerType === "touch" && !event.target.closest("[data-grip], [data-item-grip], [data-project-grip]");
    if (run.touch) run.rest = setTimeout(begin, REST_MS);
    addEventListener("pointermove", moved);
    addEventListener("pointerup", up);
    addEventListener("pointercancel", stop);
    addEventListener("keydown", escaped, true);
  });

  // Once a finger carries, it no longer scrolls; the browser asks that with touch events.
  root.addEventListener("touchmove", (event) => { if (run?.on && event.cancelable) event.preventDefault(); }, { passive: false });
  root.addEventListener("contextmenu", (event) => { if (run?.on || run?.touch) event.preventDefault(); });

  function begin() {
    run.on = true;
    clearTimeout(run.rest);
    run.ghost = ghost(run.thing);
    if (run.ghost) {
      run.ghost.classList.add("board-ghost");
      run.ghost.setAttribute("aria-hidden", "true");
      document.body.append(run.ghost);
    }
    start(run.thing);
    frame();
  }

  function moved(event) {
    if (event.pointerId !== run.id) return;
    run.x = event.clientX;
    run.y = event.clientY;
    if (!run.on) {
      if (Math.hypot(run.x - run.startX, run.y - run.startY) < SLACK) return;
      if (run.touch) stop();
      else begin();
      return;
    }
    event.preventDefault();
    follow();
  }

  function follow() {
    if (run.ghost) run.ghost.style.transform = `translate(${run.x + 8}px, ${run.y + 8}px)`;
    move(run.thing, run.x, run.y);
  }

  function frame() {
    if (!run?.on) return;
    scroll();
    follow();
    run.frame = requestAnimationFrame(frame);
  }

  function scroll() {
    const area = document.elementFromPoint(run.x, run.y)?.closest("[data-scroll]");
    if (area) {
      const box = area.getBoundingClientRect();
      area.scrollBy(pull(run.x, box.left, box.right), pull(run.y, box.top, box.bottom));
    }
    scrollBy(0, pull(run.y, 0, innerHeight) / 2);
  }

  function up(event) {
    if (event.pointerId !== run.id) return;
    const { thing, on } = run;
    if (on) {
      run.x = event.clientX;
      run.y = event.clientY;
      follow();
      // The click that follows belongs to the drag.
      addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener("click", swallow, { capture: true }), 50);
    }
    end();
    if (on) drop(thing);
  }

  function swallow(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  function escaped(event) {
    if (event.key !== "Escape" || !run.on) return;
    event.preventDefault();
    event.stopPropagation();
    stop();
  }

  function stop() {
    const { thing, on } = run;
    end();
    if (on) cancel(thing);
  }

  function end() {
    clearTimeout(run.rest);
    cancelAnimationFrame(run.frame);
    run.ghost?.remove();
    removeEventListener("pointermove", moved);
    removeEventListener("pointerup", up);
    removeEventListener("pointercancel", stop);
    removeEventListener("keydown", escaped, true);
    run = null;
  }
}

function pull(at, low, high) {
  if (at < low + EDGE) return -Math.min(18, (low + EDGE - at) / 2);
  if (at > high - EDGE) return Math.min(18, (at - high + EDGE) / 2);
  return 0;
}
