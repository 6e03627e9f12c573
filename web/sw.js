/**
 * Keeps the page itself, so that it opens without a connection and shows what it holds; and shows what is pushed while it is
 * closed, and opens the right conversation. All in the page of its own address alone, and nothing of the API's.
 */
const { scope } = self.registration;
const KEPT = `page ${scope}`;
/** More than a page is made of; what was loaded longest ago goes first. */
const MOST = 24;
/** Who has waited so long is shown what is kept. */
const PATIENCE_MS = 3_000;

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim())); // only its own can it lead elsewhere

const isPage = (url) => url.href.split(/[?#]/, 1)[0] === scope;
/** Of what the page is made; everything else is the API's, and is never kept. */
const isPart = (url) => url.href.startsWith(scope) && /^(app|emoji|icon|manifest)\b/.test(url.href.slice(scope.length));
const keyOf = (url) => (isPage(url) ? scope : url.href);

async function keep(key, response) {
  const cache = await caches.open(KEPT);
  await cache.put(key, response);
  const keys = await cache.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - MOST))) await cache.delete(old);
}

const silence = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What the server has first: what is kept stands in for it where it is away, silent or failing. */
async function open(event, key) {
  const asked = fetch(event.request).then((response) => {
    if (response.ok) event.waitUntil(keep(key, response.clone()));
    return response;
  });
  const kept = await (await caches.open(KEPT)).match(key);
  if (!kept) return asked;
  const answer = await Promise.race([asked.catch(() => undefined), silence(PATIENCE_MS)]);
  return answer?.ok || answer?.status === 304 ? answer : kept;
}

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const at = new URL(url);
  if (method === "GET" && (mode === "navigate" ? isPage(at) : isPart(at))) event.respondWith(open(event, keyOf(at)));
});

/** A page that was there before this names what it is made of. */
self.addEventListener("message", (event) => {
  const urls = Array.isArray(event.data?.parts)
    ? event.data.parts.slice(0, MOST).map((url) => new URL(url, scope))
    : [];
  const take = async (url) => {
    const key = keyOf(url);
    if (!isPage(url) && !isPart(url)) return;
    if (await (await caches.open(KEPT)).match(key)) return;
    const response = await fetch(key);
    if (response.ok) await keep(key, response);
  };
  event.waitUntil(Promise.allSettled(urls.map(take)));
});

self.addEventListener("push", (event) => {
  const { title = "Chat", content = "", relatedId = null, topic, type } = event.data?.json() ?? {};
  const subject = topic ?? relatedId;
  const tag = subject ? scope + subject : undefined; // one line of the whole origin
  event.waitUntil(
    self.registration.showNotification(title, { body: content, tag, icon: "./icon.svg", data: { relatedId, type } }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { relatedId, type } = event.notification.data ?? {};
  const place = type === "reminder" ? "m" : "c"; // one is reminded of a message
  const url = relatedId ? `${scope}#/${place}/${relatedId}` : scope;
  const show = async () => {
    const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const open = windows.find((one) => new URL(".", one.url).href === scope);
    if (!open) return self.clients.openWindow(url);
    await open.focus();
    return open.navigate(url);
  };
  event.waitUntil(show());
});
