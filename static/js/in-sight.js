// A row of tabs that is wider than the screen begins at the one that is open.
export default function connect(row) {
  const open = row.querySelector("[aria-current]");
  if (!open) return;
  const place = open.getBoundingClientRect();
  const room = row.getBoundingClientRect();
  row.scrollLeft += place.left - room.left - (room.width - place.width) / 2;
}
