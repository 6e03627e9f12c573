/** What the parts of the left side share: what is looked for, and whether a conversation is being started. */
import { signal } from "@preact/signals";

export const starting = signal(false);
export const query = signal("");
export const startConversation = (): void => void (starting.value = true);
export const searchFor = (text: string): void => void (query.value = text);
