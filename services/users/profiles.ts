/** What an account shows to whom, and how names and e-mails are compared. Pure. */
import { type Role } from "../../contracts/caller";
import { badField } from "../../contracts/errors";
import { type PublicUser, type User } from "../../contracts/shapes";
import { fold } from "../../platform/fold";
import { type UserRow } from "./models";

export const DELETED_NAME = "deleted user";
const NAME_MIN = 2;
const NAME_MAX = 40;

/** Control characters, and those that turn the reading direction: a name with them shows as another one. */
const UNSHOWABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** @throws BAD_REQUEST */
export function checkedName(raw: string): string {
  const name = raw.normalize("NFC").trim().replace(/\s+/g, " ");
  const length = [...name].length;
  if (length < NAME_MIN || length > NAME_MAX)
    throw badField("username", "length", `A name has ${NAME_MIN} to ${NAME_MAX} characters, this one ${length}.`);
  if (UNSHOWABLE.test(name)) throw badField("username", "characters", "A name has no control characters.");
  return name;
}

/** @throws BAD_REQUEST */
export function checkedEmail(raw: string): string {
  const email = raw.trim();
  if (UNSHOWABLE.test(email)) throw badField("email", "characters", "An e-mail has no control characters.");
  return email;
}

/** How e-mails are compared: without regard to case. */
export const emailKey = (email: string): string => email.trim().normalize("NFKC").toLowerCase().replaceAll("\0", "");

/** How names are sorted; one character may fold to eighteen, and the column holds 255. */
export const nameKey = (name: string): string => [...fold(name).trim()].slice(0, 255).join("");

export const wordsOf = (name: string): string[] => [...new Set(fold(name).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [])];

/** All words, each by its beginning, as PostgreSQL asks for it; words are letters and digits, so nothing to escape. */
export const prefixQuery = (words: readonly string[]): string => words.map((word) => `'${word}':*`).join(" & ");

export function publicUser(row: UserRow): PublicUser {
  return {
    user_id: row.user_id,
    username: row.username,
    avatar_url: row.avatar_url,
    status: row.status,
    created_at: row.created_at.toISOString(),
  };
}

export function ownUser(row: UserRow, roles: readonly Role[]): User {
  return {
    ...publicUser(row),
    email: row.email ?? "",
    roles: [...roles],
    email_verified: row.email_verified_at !== null,
    two_factor: row.totp_confirmed_at !== null,
    updated_at: row.updated_at.toISOString(),
  };
}
