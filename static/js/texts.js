// The sentences that scripts say, in the reader's language: the page carries them in <meta name="texts">.
const texts = JSON.parse(document.querySelector("meta[name=texts]")?.content ?? "{}");

export function text(name, values = {}) {
  return (texts[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}
