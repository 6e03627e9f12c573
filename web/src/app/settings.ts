/** What this device remembers of how one likes it: language and theme; and drafts. */
import { effect, signal } from "@preact/signals";
import { own } from "./site";

function kept<T extends string>(name: string, fallback: T) {
  const key = own(name);
  const value = signal((localStorage.getItem(key) ?? fallback) as T);
  effect(() => localStorage.setItem(key, value.value));
  return value;
}

export type Theme = "system" | "light" | "dark";
export const theme = kept<Theme>("chat.theme", "system");
effect(() => {
  const { style } = document.documentElement;
  style.colorScheme = theme.value === "system" ? "light dark" : theme.value;
});

export type Language = "en" | "vi";
const wished: Language = navigator.language.toLowerCase().startsWith("vi") ? "vi" : "en";
export const language = kept<Language>("chat.language", wished);

/** Text that was typed and not sent, by conversation; survives a reload. */
const DRAFTS = own("chat.drafts");
const read = (): Record<string, string> => JSON.parse(sessionStorage.getItem(DRAFTS) ?? "{}") as Record<string, string>;
export const drafts = signal(read());
export function keepDraft(conversationId: string, text: string): void {
  const { [conversationId]: before, ...others } = drafts.peek();
  if ((before ?? "") === text) return;
  drafts.value = text ? { ...others, [conversationId]: text } : others;
  sessionStorage.setItem(DRAFTS, JSON.stringify(drafts.peek()));
}
