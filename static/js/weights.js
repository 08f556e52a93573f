// Shows the sum of a panel's weights while they are typed; it has to reach 100.
export default function connect(table) {
  const output = table.querySelector("[data-weights-sum]");
  function count() {
    const inputs = [...table.querySelectorAll("input[name^=weight_]")];
    const sum = inputs.reduce((total, input) => total + (Number.parseInt(input.value, 10) || 0), 0);
    output.textContent = `${sum} / 100`;
    output.className = sum === 100 ? "cell strong" : "cell field-error";
  }
  table.addEventListener("input", count);
  count();
}
