// Scanners that type: USB and Bluetooth readers of QR, barcodes and NFC are keyboards. Whatever is typed fast and ends
// with Enter is a scan, wherever the focus is; people who type into a field are left alone.
const FAST_MS = 60;
const SHORTEST = 4;

export function listenToScanner(onRead) {
  let typed = "";
  let last = 0;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const now = performance.now();
    const isField = event.target.closest?.("input, textarea, select");
    if (event.key === "Enter" || event.key === "Tab") {
      // A field's own form answers a slow Enter; a scanner's text is taken out of the field it fell into.
      const isScan = typed.length >= SHORTEST && now - last <= FAST_MS && (!isField || typed.length > 40);
      const text = typed;
      typed = "";
      if (!isScan) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (isField) isField.value = isField.value.slice(0, Math.max(0, isField.value.length - text.length));
      onRead(text, now);
      return;
    }
    if (event.key.length !== 1) return;
    typed = now - last > FAST_MS ? event.key : typed + event.key;
    last = now;
    if (typed.length > 500) typed = typed.slice(-500);
  }, true);
}

// Phones that read NFC themselves (Chrome on Android): a tag that holds the badge's address is a scan.
export async function listenToTags(onRead) {
  if (!("NDEFReader" in window)) return false;
  const reader = new window.NDEFReader();
  await reader.scan();
  const decoder = new TextDecoder();
  reader.addEventListener("reading", ({ message }) => {
    for (const record of message.records) {
      if (record.recordType === "url" || record.recordType === "text") onRead(decoder.decode(record.data), performance.now());
    }
  });
  return true;
}
