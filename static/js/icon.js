// An icon of the sprite for what scripts build; its address is taken from an icon that the page has already.
const sprite = document.querySelector("use")?.getAttribute("href")?.split("#")[0] ?? "/static/img/icons.svg";

export function iconUse(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}
