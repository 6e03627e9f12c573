/** What went wrong, in the reader's words. The server says it most exactly, and in English. */
import { type ErrorCode, isChatError } from "moleculer-chat-client";
import { momentOf, t, type Word } from "./i18n";
import { language } from "./settings";

/** In any language; what the server says is for developers. */
const plain = {
  RATE_LIMITED: "errorRateLimited",
  UNAVAILABLE: "errorUnavailable",
  INTERNAL: "errorInternal",
  TOO_LARGE: "errorTooLarge",
  UNSUPPORTED_TYPE: "errorFileKind",
  FULL: "errorFull",
} as const satisfies Partial<Record<ErrorCode, Word>>;
/** Less exact than the server's own words. */
const general: Readonly<Record<Exclude<ErrorCode, keyof typeof plain>, Word>> = {
  AUTH_INVALID: "errorSignIn",
  AUTH_EXPIRED: "errorSignIn",
  FORBIDDEN: "errorForbidden",
  NOTFOUND: "errorNotFound",
  CONFLICT: "errorConflict",
  BAD_REQUEST: "errorInput",
  METHOD: "errorInternal",
};
const isPlain = (code: ErrorCode): code is keyof typeof plain => code in plain;
/** By the field that does not fit, or the rule that it breaks. */
const inputs: Readonly<Record<string, Word>> = {
  common: "errorPasswordCommon",
  personal: "errorPasswordPersonal",
  password: "errorPassword",
  next: "errorPassword",
  email: "errorEmail",
  username: "errorName",
  code: "errorCode",
};

interface Details {
  readonly field?: string;
  readonly rule?: string;
  readonly mutedUntil?: string;
}

/** In words for whoever did it. */
export function wordsFor(error: unknown): string {
  if (!isChatError(error)) return t("errorInternal");
  const [first] = [error.details as Details | readonly Details[] | undefined].flat();
  const { code } = error;
  if (isPlain(code)) return t(plain[code]);
  if (first?.field === "retention") return t("errorRetention"); // the server says it in seconds
  if (first?.mutedUntil) return t("errorMuted", { time: momentOf(first.mutedUntil) });
  if (language.value === "en") return error.message || t("errorUnavailable");
  return t(inputs[first?.rule ?? ""] ?? inputs[first?.field ?? ""] ?? general[code]);
}
