// Projects without a session, beside the board: they follow the filters, and go into a session by dragging, or by
// choosing them and then the session from a list.
import { dragging } from "./drag.js";
import { aimAtSessions } from "./into.js";

const TYPED_MS = 250;

export function showProjects(board) {
  const { root } = board;
  const aim = aimAtSessions(board);
  const section = () => root.querySelector("[data-loose]");
  if (!section()) return;
  let asked = 0;

  async function draw() {
    const mine = ++asked;
    const answer = await fetch(`${root.dataset.url}/projects${location.search}`, { headers: { "X-Requested-With": "board" } });
    if (!answer.ok || mine !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const { scrollTop } = section();
    const within = section().contains(document.activeElement);
    section().replaceWith(document.adoptNode(page.querySelector("[data-loose]")));
    section().scrollTop = scrollTop;
    if (within) (section().querySelector("[data-project-grip]") ?? root.querySelector("[data-scroll]")).focus({ preventScroll: true });
  }

  root.addEventListener("board:changed", () => {
    if (board.looseMark !== undefined && board.looseMark !== section().dataset.mark) draw();
  });
  let wait;
  root.addEventListener("board:filtered", () => {
    clearTimeout(wait);
    wait = setTimeout(draw, TYPED_MS);
  });

  const show = (project, session) => board.move({ do: "show", session, projects: [Number(project.dataset.project)] }, [session]);

  dragging(root, {
    grab: (event) => (event.target.closest("button:not([data-project-grip]), select") ? null : event.target.closest("[data-may-show]")),
    ghost(project) {
      const ghost = project.cloneNode(true);
      ghost.style.width = `${project.offsetWidth}px`;
      return ghost;
    },
    start(project) {
      project.classList.add("is-lifted");
      root.classList.add("is-ordering");
      choose(project);
    },
    move(project, x, y) {
      const card = document.elementFromPoint(x, y)?.closest("[data-card][data-own]") ?? null;
      aim.over(card, `projects/${project.dataset.project}/verdict?session=`);
    },
    async drop(project) {
      const target = letGo(project);
      if (!target) return;
      if (target.verdict?.level === "blocked") board.tell(target.verdict.why[0] ?? board.text("blocked"), "danger");
      else await show(project, Number(target.card.dataset.card));
    },
    cancel: letGo,
  });

  function letGo(project) {
    project.classList.remove("is-lifted");
    root.classList.remove("is-ordering");
    return aim.clear();
  }

  // By keyboard, or with two presses: first the project, then its session.
  function choose(project) {
    for (const one of section().querySelectorAll("[data-project]")) one.toggleAttribute("aria-current", one === project);
    project.setAttribute("aria-current", "true");
    const select = section().querySelector("[data-show-in]");
    if (select) select.disabled = false;
    return select;
  }
  root.addEventListener("click", (event) => {
    const grip = event.target.closest("[data-project-grip]");
    if (grip) choose(grip.closest("[data-project]"))?.focus();
  });
  root.addEventListener("change", (event) => {
    const project = section().querySelector("[data-project][aria-current]");
    if (event.target.matches("[data-show-in]") && event.target.value && project) show(project, Number(event.target.value));
  });
}
