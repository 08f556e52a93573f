// A click on a seat fills the form beside the plan; on a taken one it also offers to free it.
export default function connect(hall) {
  const panel = document.getElementById("seat-one");
  const free = panel.querySelector("[data-seat-free]");
  hall.addEventListener("click", (event) => {
    const seat = event.target.closest(".seat[data-row]");
    if (!seat) return;
    hall.querySelectorAll("[aria-pressed=true]").forEach((one) => one.removeAttribute("aria-pressed"));
    seat.setAttribute("aria-pressed", "true");
    panel.querySelector("[name=row_number]").value = seat.dataset.row;
    panel.querySelector("[name=seat_number]").value = seat.dataset.number;
    free.hidden = !seat.dataset.seat;
    if (seat.dataset.seat) {
      free.action = free.dataset.seatFree.replace("/0/", `/${seat.dataset.seat}/`);
      free.querySelector("[data-seat-who]").textContent = seat.title;
    } else {
      panel.querySelector("[name=registration_id]").focus();
    }
  });
}
