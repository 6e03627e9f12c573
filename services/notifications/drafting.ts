/** What a piece of news becomes: for whom by the rules and their preferences, and as which document. Pure. */
import { type Preferences } from "../../contracts/notifications";
import { type NotificationDoc } from "./documents";
import { decide, defaultPreferences, isQuiet, type Verdict } from "./rules";
import { names, type News } from "./sources";

export interface Piece {
  readonly news: News;
  readonly key: string;
  /** Who has read what, where more is known than attention knows. */
  readonly hasRead: ((userId: number, position: number) => boolean) | undefined;
}
/** What had to be asked for before a slice is decided. */
export interface Asked {
  readonly preferencesOf: (userId: number) => Preferences;
  /** What `preferencesOf` says of most. */
  readonly defaults: Preferences;
  readonly nameOf: ReadonlyMap<number, string>;
  readonly blockersOf: (userId: number | undefined) => ReadonlySet<number>;
  readonly attempt: string;
}
const NOBODY: ReadonlySet<number> = new Set();

/** Verdicts that spare those whom a message does not name. */
export const NAMED_ONLY = new Set<string>(["mentions_only", "large_group"]);

export function verdictOf(
  { news }: Piece,
  { preferencesOf, defaults, blockersOf }: Asked,
  userId: number,
): Verdict | "blocked" {
  if (userId === news.actorId || blockersOf(news.actorId).has(userId)) return "blocked";
  const own = preferencesOf(userId);
  if (own === defaults && !news.large && !news.muted.has(userId)) return "made"; // as it is for most
  return decide({ ...news, named: names(news, userId), muted: news.muted.has(userId) }, own);
}

export function quietOf(
  users: readonly number[],
  preferencesOf: Asked["preferencesOf"],
  now: Date,
): ReadonlySet<number> {
  const quiet = users.filter((id) => isQuiet(preferencesOf(id).dnd, now));
  return quiet.length ? new Set(quiet) : NOBODY;
}

/** Kept although nobody needs it: an edit has to know whom it named before. */
export const isNaming = ({ named, namedAll }: News): boolean => namedAll || named.length > 0;

export function docOf(
  { news, key }: Piece,
  recipients: readonly number[],
  { nameOf, attempt }: Asked,
): NotificationDoc {
  const actor_name = news.actorId === undefined ? undefined : nameOf.get(news.actorId);
  return {
    _id: key,
    source: news.source,
    feed: news.feed,
    position: news.position,
    version: news.version,
    recipients,
    read_by: [],
    unread_by: [],
    deleted_by: [],
    named: news.named,
    named_all: news.namedAll,
    type: news.type,
    title: news.titleOf(actor_name),
    content: news.content,
    related_id: news.relatedId,
    actor_id: news.actorId ?? null,
    ...(actor_name === undefined ? {} : { actor_name }),
    made: attempt,
    created_at: news.at,
    updated_at: new Date(),
  };
}

/** Of what was deleted before it was there: so that its fact makes none later. */
export const markOf = (piece: Piece): NotificationDoc => ({
  ...docOf(piece, [], {
    preferencesOf: () => defaultPreferences,
    defaults: defaultPreferences,
    nameOf: new Map(),
    blockersOf: () => NOBODY,
    attempt: "",
  }),
  title: "",
  content: "",
  named: [],
  deleted_at: new Date(),
});
