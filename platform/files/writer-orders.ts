/** What the thread that writes files is told, and what it answers; both come in lists, one for each turn of the loop. */
import { type Stored } from "./store";

export type Order =
  | { readonly do: "open"; readonly id: number; readonly temporary: string; readonly path: string }
  | { readonly do: "write"; readonly id: number; readonly chunks: readonly ArrayBuffer[] }
  /** The file gets its name; of one that could not be, nothing is left. */
  | { readonly do: "finish"; readonly id: number }
  | { readonly do: "abandon"; readonly id: number };

export type Answer =
  /** Bytes. */
  | { readonly id: number; readonly written: number }
  | { readonly id: number; readonly stored: Stored }
  /** Nothing is left of it, and no more is heard. */
  | { readonly id: number; readonly failed: { readonly code?: string; readonly message: string } }
  | { readonly id: number; readonly abandoned: true };
