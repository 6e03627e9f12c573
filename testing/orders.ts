/** What a test and the process of its backend say to each other. */

/** The variable that has, as JSON, what the process is started with. */
export const BACKEND_DATA = "CHAT_TEST_BACKEND";
export interface BackendData {
  /** The backend's own variables, and no others. */
  readonly env: Readonly<Record<string, string>>;
  /** For what it leaves behind where it is ended by force. */
  readonly tmpDir: string;
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

/** In the backend's process. */
export const backendData = (): BackendData => JSON.parse(process.env[BACKEND_DATA] ?? "{}") as BackendData;
