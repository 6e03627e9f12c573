/** Short words about what was done or went wrong; they leave by themselves. */
import { signal } from "@preact/signals";
import { wordsFor } from "./errors";

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: "info" | "problem";
  readonly undo?: () => void;
}
export const toasts = signal<readonly Toast[]>([]);
let last = 0;
const STAYS_MS = 6_000;

export function dropToast(id: number): void {
  toasts.value = toasts.peek().filter((toast) => toast.id !== id);
}

export function say(text: string, more: Partial<Pick<Toast, "kind" | "undo">> = {}): void {
  const id = ++last;
  toasts.value = [...toasts.peek().slice(-2), { id, text, kind: "info", ...more }];
  setTimeout(() => dropToast(id), STAYS_MS);
}

export const failed = (error: unknown): void => say(wordsFor(error), { kind: "problem" });
/** Runs what a person asked for, and says so where it fails. */
export const attempt = (work: Promise<unknown>): void => void work.catch(failed);
