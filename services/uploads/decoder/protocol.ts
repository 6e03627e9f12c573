/** What a decoder's process is asked and answers. */
import { type ImageKind, type Picture } from "./picture";

export interface Limits {
  /** Bytes beyond what the process has before its first image. */
  readonly memory: number;
  /** Of one core. */
  readonly cpuSeconds: number;
  /** For all of one image, also where the machine has other things to do. */
  readonly deadlineMs: number;
}
export interface Task {
  readonly kind: ImageKind;
  readonly bytes: Uint8Array;
}
export type Outcome = { readonly picture: Picture } | { readonly refused: "damaged" | "pixels" | "tooMuch" };

/** How a decoder ends by itself: the image takes more than it may. */
export const TOO_MUCH = 77;
