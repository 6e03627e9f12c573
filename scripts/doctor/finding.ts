/** What the doctor tells: something is wrong, may not be what was meant, or is as it should be. */
export interface Finding {
  readonly level: "error" | "warning" | "ok";
  /** What is so. */
  readonly what: string;
  /** What to do about it; of what is well there is nothing. */
  readonly todo?: string;
}
export const wrong = (what: string, todo: string): Finding => ({ level: "error", what, todo });
export const doubtful = (what: string, todo: string): Finding => ({ level: "warning", what, todo });
export const fine = (what: string): Finding => ({ level: "ok", what });
