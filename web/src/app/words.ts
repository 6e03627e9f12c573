/** Names of what the dictionaries say. */
import { type en } from "../locales/en";

export type Key = keyof typeof en;
/** The words without their plural's ending: `members_one` and `members_other` are asked for as `members`. */
export type Word = Key extends infer K ? (K extends `${infer Base}_${"one" | "other"}` ? Base : K) : never;
