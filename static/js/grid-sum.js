// Sums of a grid of numbers while it is being typed: each row, each column, and all.
export default function connect(table) {
  const number = (input) => Number.parseInt(input.value, 10) || 0;
  const sum = (inputs) => [...inputs].reduce((total, input) => total + number(input), 0);
  const cells = (root) => root.querySelectorAll("[data-sum]:not([data-sum=all])");

  function count() {
    table.querySelectorAll("tbody tr").forEach((row) => {
      const output = row.querySelector("[data-row-sum]");
      if (output && cells(row).length) output.textContent = sum(cells(row));
    });
    table.querySelectorAll("[data-column-sum]").forEach((output) => {
      output.textContent = sum(table.querySelectorAll(`[data-sum="${output.dataset.columnSum}"]`));
    });
    table.querySelector("[data-grand-sum]").textContent = sum(cells(table));
  }

  table.addEventListener("input", count);
  count();
}
