// A person in a list of the gate's dialogs.
export function personRow(name, details, ...tools) {
  const row = document.createElement("li");
  const words = document.createElement("span");
  const strong = document.createElement("strong");
  const more = document.createElement("small");
  strong.textContent = name;
  more.textContent = details.filter(Boolean).join(" · ");
  words.append(strong, more);
  row.append(words, ...tools);
  return row;
}

export function button(label, act, kind = "") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `btn btn-s ${kind}`.trim();
  made.textContent = label;
  made.addEventListener("click", () => act(made));
  return made;
}
