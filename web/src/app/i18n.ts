/** Words in the reader's language; numbers and dates by their locale. */
import { computed, effect, signal } from "@preact/signals";
import i18next from "i18next";
import { en } from "../locales/en";
import { vi } from "../locales/vi";
import { language } from "./settings";
import { type Word } from "./words";

export type { Key, Word } from "./words";

void i18next.init({
  lng: language.peek(),
  fallbackLng: "en",
  resources: { en: { translation: en }, vi: { translation: vi } },
  interpolation: { escapeValue: false }, // what is shown is text, never HTML
  initAsync: false,
  keySeparator: false,
  nsSeparator: false,
});

/** Scripts that run from the right; a text's own direction is its own matter (`dir="auto"`). */
const fromRight: ReadonlySet<string> = new Set(["ar", "dv", "fa", "he", "ps", "ur", "yi"]);
/** `?dir=rtl` mirrors the page in any language, to look at it. */
function directionOf(locale: string): "ltr" | "rtl" {
  const asked = new URLSearchParams(location.search).get("dir");
  if (asked === "rtl" || asked === "ltr") return asked;
  return fromRight.has(locale.split("-", 1)[0] ?? "") ? "rtl" : "ltr";
}

const version = signal(0);
effect(() => {
  void i18next.changeLanguage(language.value).then(() => version.value++);
  document.documentElement.lang = language.value;
  document.documentElement.dir = directionOf(language.value);
});

export function t(word: Word, values: Record<string, string | number> = {}): string {
  void version.value; // renders anew in another language
  return i18next.t(word, values);
}

/** As people of this browser's region write it, where the region has the language. */
const regional = computed(() => navigator.languages.find((one) => one.startsWith(language.value)) ?? language.value);
/** Made once for a language: making one takes longer than a hundred times that it is used. */
function format(options: Intl.DateTimeFormatOptions): (at: string | number | Date) => string {
  const made = computed(() => new Intl.DateTimeFormat(regional.value, options));
  return (at) => made.value.format(new Date(at));
}
export const timeOf = format({ hour: "2-digit", minute: "2-digit" });
/** For lists: day and time in few letters. */
export const momentOf = format({ dateStyle: "medium", timeStyle: "short" });
export const fullTimeOf = format({ dateStyle: "full", timeStyle: "short" });
/** Day and time, as short as may be. */
export const shortMomentOf = format({ weekday: "short", hour: "2-digit", minute: "2-digit" });
export const dateOf = format({ dateStyle: "medium" });
const dayAndMonth = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });

const dayNumber = (at: Date): number => Math.floor((at.getTime() - at.getTimezoneOffset() * 60_000) / 86_400_000);
export const isSameDay = (a: string, b: string): boolean => dayNumber(new Date(a)) === dayNumber(new Date(b));

export function dayOf(at: string): string {
  const ago = dayNumber(new Date()) - dayNumber(new Date(at));
  if (ago === 0) return t("today");
  return ago === 1 ? t("yesterday") : dayAndMonth(at);
}

const weekday = format({ weekday: "short" });
const dayOfMonth = format({ day: "numeric", month: "short" });
/** Short, for a list: the time of today, else the day. */
export const shortTimeOf = (at: string): string => {
  const ago = dayNumber(new Date()) - dayNumber(new Date(at));
  if (ago === 0) return timeOf(at);
  return ago < 7 ? weekday(at) : dayOfMonth(at);
};

const numbers = computed(() => new Intl.NumberFormat(regional.value));
export const numberOf = (n: number): string => numbers.value.format(n);
export function sizeOf(bytes: number): string {
  const [unit, by] = bytes < 1e6 ? (["kilobyte", 1e3] as const) : (["megabyte", 1e6] as const);
  const shown = { style: "unit", unit, maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(regional.value, shown).format(bytes / by);
}
export const listOf = (words: readonly string[]): string =>
  new Intl.ListFormat(language.value, { type: "conjunction" }).format(words);

const PLAIN = /^[ -~]*$/;
/** For finding by what people type: without marks and capitals. */
export const folded = (text: string): string =>
  PLAIN.test(text)
    ? text.toLowerCase()
    : text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();
