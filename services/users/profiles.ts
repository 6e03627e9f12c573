/** What an account shows to whom, and how names and e-mails are compared. Pure. */
import { customOf } from "../../contracts/custom";
import { type Role } from "../../contracts/caller";
import { badField } from "../../contracts/errors";
import { hasUnshowable, isNamesLength, isVisible, NAME, plainName } from "../../contracts/text";
import { DELETED_NAME, type PublicUser, type User } from "../../contracts/shapes";
import { fold, withoutApostrophes, wordsOf as wordsIn } from "../../platform/fold";
import { type UserRow } from "./models";

/** A name as it reads at a glance. */
const shown = (name: string): string => wordsIn(fold(name)).join(" ");

/** @throws BAD_REQUEST */
export function checkedName(raw: string): string {
  const name = plainName(raw);
  if (!isNamesLength(name)) throw badField("username", "length", `A name has ${NAME.min} to ${NAME.max} characters.`);
  if (hasUnshowable(name)) throw badField("username", "characters", "A name has no control characters.");
  if (!isVisible(name)) throw badField("username", "visible", "A name has something to see.");
  if (shown(name) === DELETED_NAME) throw badField("username", "taken", "This name is no user's.");
  return name;
}

/** How e-mails are compared: without regard to case. No longer than the column, whatever is asked for. */
export const emailKey = (email: string): string =>
  email.trim().normalize("NFKC").toLowerCase().replaceAll("\0", "").slice(0, 255);

/** How names are sorted; one character may fold to eighteen, and the column holds 255. */
export const nameKey = (name: string): string => [...fold(name).trim()].slice(0, 255).join("");

export const wordsOf = (name: string): string[] => [...new Set(wordsIn(fold(name)))];
/** What a name is looked for by. */
export const soughtWords = (q: string): string[] => [...new Set(wordsIn(withoutApostrophes(fold(q))))];

/** All words, each by its beginning, as PostgreSQL asks for it; words are letters and digits, so nothing to escape. */
export const prefixQuery = (words: readonly string[]): string => words.map((word) => `'${word}':*`).join(" & ");

export function publicUser(row: UserRow): PublicUser {
  return {
    user_id: row.user_id,
    username: row.username,
    avatar_url: row.avatar_url,
    status: row.status,
    custom: customOf(row.custom),
    created_at: row.created_at.toISOString(),
  };
}

export function ownUser(row: UserRow, roles: readonly Role[]): User {
  return {
    ...publicUser(row),
    email: row.email ?? "",
    roles: [...roles],
    email_verified: row.email_verified_at !== null,
    external_id: row.external_id,
    two_factor: row.totp_confirmed_at !== null,
    group_invites: row.group_invites,
    updated_at: row.updated_at.toISOString(),
  };
}
