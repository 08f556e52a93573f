// Reads QR codes in pictures, beside the page so that it stays quick. Served as /gate/decode-worker.js, where the
// service worker hands it and what it imports out without a network. The wasm file is our own copy.
import { prepareZXingModule, readBarcodes } from "/static/vendor/zxing-wasm/reader/index.js";

prepareZXingModule({ overrides: { locateFile: (name) => `/static/vendor/zxing-wasm/reader/${name}` }, fireImmediately: true });

self.addEventListener("message", async ({ data: { picture, taken } }) => {
  try {
    const [found] = await readBarcodes(picture, { formats: ["QRCode"], maxNumberOfSymbols: 1, tryHarder: true });
    self.postMessage({ text: found?.text ?? "", taken });
  } catch (error) {
    self.postMessage({ text: "", taken, error: String(error) });
  }
});
