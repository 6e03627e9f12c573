/** The service worker keeps what the page is made of, so that it opens without a connection, too. */
import { at } from "./site";

/** What was loaded before there was a worker that could keep it. */
const parts = (): string[] => [
  location.href.split(/[?#]/, 1)[0] ?? "",
  ...performance.getEntriesByType("resource").map(({ name }) => name),
  at("/icon.svg"),
  at("/manifest.webmanifest"),
];

/** Where the browser has none, or not here, the page does without. */
export async function keepPage(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(at("/sw.js"));
    const { active } = await navigator.serviceWorker.ready;
    const own = parts().filter((url) => /^[^?#]*\/(app\/[^/]+|icon\.svg|manifest\.webmanifest|)$/.test(url));
    active?.postMessage({ parts: own });
  } catch {
    // The next visit tries again.
  }
}
