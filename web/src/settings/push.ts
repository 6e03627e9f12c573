/** Web Push on this device: the browser's subscription, told to the server. */
import { theChat } from "../app/chat";
import { at } from "../app/site";

export type PushState = "on" | "off" | "unsupported";

const key = (): Promise<{ publicKey: string | null }> => theChat().rest.ask("GET", "/notifications/push/key");

async function subscription(): Promise<PushSubscription | null> {
  const worker = await navigator.serviceWorker.getRegistration();
  return (await worker?.pushManager.getSubscription()) ?? null;
}

export async function pushState(): Promise<PushState> {
  if (!("serviceWorker" in navigator) || !("PushManager" in globalThis)) return "unsupported";
  const answer = await key().catch(() => ({ publicKey: null }));
  if (!answer.publicKey) return "unsupported";
  return (await subscription()) ? "on" : "off";
}

export async function subscribePush(): Promise<void> {
  const { publicKey } = await key();
  const worker = await navigator.serviceWorker.register(at("/sw.js"));
  await navigator.serviceWorker.ready;
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
  const { endpoint, keys } = made.toJSON();
  await theChat().rest.ask("POST", "/notifications/push/subscriptions", { endpoint, keys });
}

export async function unsubscribePush(): Promise<void> {
  const made = await subscription();
  if (!made) return;
  await theChat().rest.ask("DELETE", "/notifications/push/subscriptions", { endpoint: made.endpoint });
  await made.unsubscribe();
}
