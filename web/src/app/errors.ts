/** What went wrong, in the reader's words. The server says it most exactly, and in English. */
import { type ErrorCode, isChatError } from "moleculer-chat-client";
import { momentOf, t, type Word } from "./i18n";
import { language } from "./settings";

/** In any language; what the server says is for developers. */
const plain: Partial<Record<ErrorCode, Word>> = {
  RATE_LIMITED: "errorRateLimited",
  UNAVAILABLE: "errorUnavailable",
  INTERNAL: "errorInternal",
  TOO_LARGE: "errorTooLarge",
  UNSUPPORTED_TYPE: "errorFileKind",
  FULL: "errorFull",
};
/** Less exact than the server's own words. */
const general: Partial<Record<ErrorCode, Word>> = {
  AUTH_INVALID: "errorSignIn",
  FORBIDDEN: "errorForbidden",
  NOTFOUND: "errorNotFound",
  CONFLICT: "errorConflict",
  BAD_REQUEST: "errorInput",
};
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
  const word = plain[error.code];
  if (word) return t(word);
  if (first?.mutedUntil) return t("errorMuted", { time: momentOf(first.mutedUntil) });
  if (language.value === "en") return error.message || t("errorUnavailable");
  const own = inputs[first?.rule ?? ""] ?? inputs[first?.field ?? ""] ?? general[error.code];
  return own ? t(own) : error.message || t("errorUnavailable");
}
