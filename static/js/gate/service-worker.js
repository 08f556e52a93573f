// Keeps the gate's app on the device. SHELL is put in front of this by the site: { version, page, files }. A new
// version is fetched whole beside the old one and takes over when the app is opened the next time.
const CACHE = `expo-gate-${SHELL.version}`;
const KEPT = new Set([SHELL.page, ...SHELL.files]);

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll([...KEPT].map((address) => new Request(address, { cache: "no-cache" })));
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("expo-gate-") && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("message", ({ data }) => {
  if (data === "take over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  // Every address of the app is the same page. With a question behind it something new is wanted (another language).
  if (request.mode === "navigate") event.respondWith(kept(address.search ? null : SHELL.page, request));
  else if (KEPT.has(address.pathname + address.search)) event.respondWith(kept(address.pathname + address.search, request));
});

async function kept(address, request) {
  const cache = await caches.open(CACHE);
  const found = address && await cache.match(address);
  if (found) return found;
  try {
    return await fetch(request);
  } catch (error) {
    const page = request.mode === "navigate" && await cache.match(SHELL.page);
    if (page) return page;
    throw error;
  }
}
