/** The SDK's client of whoever is signed in, and its values as signals. */
import { effect, signal, type Signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import {
  type Chat,
  type ChatEvents,
  type ConnectionState,
  createChat,
  indexedDb,
  type Readable,
} from "moleculer-chat-client";
import { sharedSockets } from "moleculer-chat-client/shared";
import { forgetSession, session, tokenSource } from "./session";
import { own, site } from "./site";

export const chat = signal<Chat | undefined>(undefined);
export const connection = signal<ConnectionState>({ state: "connecting" });
/** False until the storage was read: nothing is shown as empty before. */
export const ready = signal(false);

/** Tabs of one session share one connection. */
const sockets = sharedSockets();

let of: number | undefined;

/** Follows the session: one client for each account that signs in here. */
export function followSession(): void {
  effect(() => {
    const user = session.value?.user.user_id;
    if (user === of) return;
    of = user;
    void chat.peek()?.close();
    chat.value = undefined;
    ready.value = false;
    if (user !== undefined) begin(user);
  });
}

function begin(user: number): void {
  const client = createChat({
    url: site,
    token: tokenSource(),
    storage: indexedDb(own(`chat-${user}`)),
    sockets,
  });
  client.connection.subscribe((state) => {
    connection.value = state;
    if (state.signedOut && of === user) forgetSession();
  });
  chat.value = client;
  void client.open().then(() => (ready.value = true));
  client.connect().catch(() => undefined); // why is in `connection`
}

/** The client; only for what is shown while somebody is signed in. */
export function theChat(): Chat {
  const client = chat.value;
  if (!client) throw new Error("nobody is signed in");
  return client;
}

export const me = (): number => session.value?.user.user_id ?? 0;

export async function signOut(): Promise<void> {
  const client = theChat();
  await client.rest.ask("POST", "/auth/logout").catch(() => undefined); // the session ends by itself in days
  await client.signOut();
  forgetSession();
}

/** Renders anew whenever the value changes. */
export function useReadable<T>(readable: Readable<T>): T {
  const [state, set] = useState<{ of: Readable<T>; value: T }>(() => ({ of: readable, value: readable.value }));
  useEffect(() => readable.subscribe((value) => set({ of: readable, value })), [readable]);
  return state.of === readable ? state.value : readable.value;
}

/** Hears an event while what uses it is shown. */
export function useChatEvent<E extends keyof ChatEvents>(event: E, run: (payload: ChatEvents[E]) => void): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => theChat().on(event, (payload) => latest.current(payload)), [event]);
}

/** What a promise gives; `again` asks once more. */
export function useAsked<T>(ask: () => Promise<T>, keys: readonly unknown[]) {
  const [state, set] = useState<{ value?: T; error?: unknown; round: number }>({ round: 0 });
  useEffect(() => {
    let live = true;
    ask().then(
      (value) => live && set((s) => ({ value, round: s.round })),
      (error: unknown) => live && set((s) => ({ ...s, error })),
    );
    return () => void (live = false);
  }, [...keys, state.round]);
  return { value: state.value, error: state.error, again: () => set((s) => ({ ...s, round: s.round + 1 })) };
}

export type { Signal };
