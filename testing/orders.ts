/** What a test and the thread of its backend say to each other. */

/** What the thread is started with. */
export interface BackendData {
  readonly env: Readonly<Record<string, string>>;
  /** How far its clock is ahead of the machine's, in milliseconds. */
  readonly shift: number;
}
export type Order =
  | { readonly do: "stop" }
  | { readonly do: "cut"; readonly userId: number }
  | { readonly do: "leap"; readonly ms: number }
  | { readonly do: "slow"; readonly ms: number };
/** `id` 0 is the answer to the start. */
export type Answer = { readonly id: number; readonly port?: number; readonly error?: string };
