/** Whom one has blocked; learned at each connection. */
import { effect, signal } from "@preact/signals";
import { chat, connection } from "./chat";

export const blocked = signal<ReadonlySet<number>>(new Set());

export const followBlocks = (): (() => void) =>
  effect(() => {
    const client = chat.value;
    if (!client || connection.value.state !== "online") return;
    client.ask("user:blocked", {}).then(
      (all) => (blocked.value = new Set(all.map(({ userId }) => userId))),
      () => undefined, // the next connection asks again
    );
  });
