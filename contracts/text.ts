/** What of Unicode texts and names may hold. Pure. */
import { LONGEST } from "./most";

/** Half of a character, or the NUL that no SQL text takes: no store keeps these, and no answer may bring them back. */
export const isSound = (text: string): boolean => text.isWellFormed() && !text.includes("\0");

/** Nothing of these shows: white space, controls, format characters, marks without a base, the blank of Braille. */
const SHOWS = /[^\s\p{C}\p{M}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;
/** Is there anything to see? */
export const isVisible = (text: string): boolean => SHOWS.test(text);

/** Controls, line breaks, what turns the reading direction, and what is no character: a name with them shows as another. */
const UNSHOWABLE = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
export const hasUnshowable = (name: string): boolean => UNSHOWABLE.test(name);
export const withoutUnshowable = (name: string): string => name.replace(new RegExp(UNSHOWABLE, "gu"), "");

/** One form for what keyboards send for the same letters: of an accent there are two. */
export const typed = (text: string): string => text.normalize("NFC");

interface Size {
  readonly min: number;
  readonly max: number;
}
const isWithin = (size: number, { min, max }: Size): boolean => size >= min && size <= max;

/** Of the name of an account, in characters. */
export const NAME: Size = { min: 2, max: LONGEST.username };
/** As it is kept. */
export const plainName = (raw: string): string => typed(raw).trim().replace(/\s+/g, " ");
export const isNamesLength = (raw: string): boolean => isWithin([...plainName(raw)].length, NAME);

/** Of a password, in bytes. bcrypt reads no further: two longer ones that differ only after it would open the same account. */
export const PASSWORD: Size = { min: 8, max: 72 };
export const isPasswordsLength = (raw: string): boolean => isWithin(Buffer.byteLength(typed(raw)), PASSWORD);
