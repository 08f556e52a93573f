// Scanners that type: USB and Bluetooth readers of QR, barcodes and NFC are keyboards. What is typed outside of a field
// and ended with Enter is a scan; within a field only what is typed faster than people type. Times are those at which
// the keys were pressed, so a page that was busy meanwhile does not cut a code in two.
const FAST_MS = 80;
const PATIENT_MS = 1500;
const SHORTEST = 4;
const IN_FIELD = 40;

export function listenToScanner(onRead) {
  let typed = "";
  let last = 0;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const at = event.timeStamp;
    const field = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea");
    const isTogether = at - last <= (field ? FAST_MS : PATIENT_MS);
    if (event.key === "Enter" || event.key === "Tab") {
      const text = isTogether ? typed : "";
      typed = "";
      // A field's own form answers an Enter; a scanner's text is taken out of the field it fell into.
      if (text.length < (field ? IN_FIELD : SHORTEST)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (field) field.value = field.value.slice(0, Math.max(0, field.value.length - text.length));
      onRead(text, at);
      return;
    }
    if (event.key.length !== 1) return;
    typed = isTogether ? (typed + event.key).slice(-2000) : event.key;
    last = at;
  }, true);
}

// Phones that read NFC themselves (Chrome on Android): a scan is the badge's address that the tag holds, else its number.
export async function listenToTags(onRead) {
  if (!("NDEFReader" in window)) return false;
  const reader = new window.NDEFReader();
  await reader.scan();
  const decoder = new TextDecoder();
  reader.addEventListener("reading", ({ message, serialNumber }) => {
    const record = message.records.find((one) => one.recordType === "url" || one.recordType === "text");
    const read = record ? decoder.decode(record.data) : serialNumber;
    if (read) onRead(read, performance.now());
  });
  return true;
}
