/** Which messages one has saved; learned at each connection, and from one's other devices. */
import { effect, signal } from "@preact/signals";
import { chat, connection } from "./chat";

/** So many of the latest are known by heart; saving what is saved already changes nothing. */
const MOST = 100;
export const saved = signal<ReadonlySet<string>>(new Set());

export function followSaved(): void {
  effect(() => {
    const client = chat.value;
    if (!client || connection.value.state !== "online") return;
    client.saved({ limit: MOST }).then(
      (all) => (saved.value = new Set(all.map(({ message }) => message._id))),
      () => undefined, // the next connection asks again
    );
  });
  effect(() =>
    chat.value?.on("message:saved", ({ messageId, saved_at }) => {
      const others = [...saved.peek()].filter((id) => id !== messageId);
      saved.value = new Set(saved_at === null ? others : [messageId, ...others]);
    }),
  );
}
