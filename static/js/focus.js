// Takes the reader to what is wrong.
export default function connect(element) {
  element.focus();
}
