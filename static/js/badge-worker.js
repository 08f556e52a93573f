// Service worker of /my/: keeps the badge's page for the moment at the gate when there is no network.
const STORE = "badge-1";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const wanted = event.data?.keep ?? [];
  event.waitUntil((async () => {
    const store = await caches.open(STORE);
    await Promise.allSettled(wanted.map(async (address) => {
      const answer = await fetch(address, { cache: "no-cache" });
      if (answer.ok && !answer.redirected) await store.put(address, answer);
    }));
    event.source?.postMessage({ kept: true });
  })());
});

// The network first, always: a badge that was cancelled must not look good on a phone that could know it.
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin || address.pathname === "/my/clock") return;
  event.respondWith((async () => {
    try {
      const answer = await fetch(request);
      const store = await caches.open(STORE);
      const isPart = address.pathname.startsWith("/static/");
      if (answer.ok && (isPart || (await store.match(request, { ignoreVary: true })))) await store.put(request, answer.clone());
      if (request.mode === "navigate" && [403, 404, 410].includes(answer.status)) await store.delete(request, { ignoreVary: true });
      return answer;
    } catch (error) {
      const kept = await caches.match(request, { ignoreVary: true });
      if (kept) return kept;
      throw error;
    }
  })());
});
