/** What the parts of the left side share: what is looked for, and whether a conversation is being started. */
import { effect, signal } from "@preact/signals";
import { route } from "../app/router";

export const starting = signal(false);
export const query = signal("");
/** Whoever goes elsewhere has left it. */
effect(() => {
  void route.value;
  starting.value = false;
});
export const startConversation = (): void => void (starting.value = true);
export const searchFor = (text: string): void => void (query.value = text);
