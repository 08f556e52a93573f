// Reads QR codes in pictures, beside the page so that it stays quick. The wasm file is our own copy.
import { prepareZXingModule, readBarcodes } from "../vendor/zxing-wasm/reader/index.js";

prepareZXingModule({
  overrides: { locateFile: (name) => new URL(`../vendor/zxing-wasm/reader/${name}`, import.meta.url).href },
});

self.addEventListener("message", async ({ data: picture }) => {
  try {
    const [found] = await readBarcodes(picture, { formats: ["QRCode"], maxNumberOfSymbols: 1, tryHarder: true });
    self.postMessage({ text: found?.text ?? "" });
  } catch (error) {
    self.postMessage({ text: "", error: String(error) });
  }
});
