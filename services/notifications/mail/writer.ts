/** What a mail of an account says now: only what is unread, wanted and there by the time that it is written. */
import { type ServiceBroker } from "moleculer";
import { type Env } from "../../../contracts/env";
import { type Result } from "../../../contracts/actions";
import { type Preferences } from "../../../contracts/notifications";
import { call } from "../../../platform/bus";
import { baseOf, type Mail } from "../../../platform/mail";
import { type NotificationDoc } from "../documents";
import { decide } from "../rules";
import { names } from "../sources";
import { type Usernames } from "../usernames";
import { type MailDoc } from "./documents";
import { type Item, mailOf } from "./letter";
import { textsIn } from "./texts";
import { type Unsubscribing } from "./token";

/** Looked at for one mail; the rest is a number in it. */
const MOST = 100;

export type Place = Result<"chat.places">[number];

export interface Unread {
  /** Newest first. */
  list(userId: number, limit: number): Promise<readonly NotificationDoc[]>;
  count(userId: number): Promise<number>;
}

export interface Written {
  readonly mail: Mail;
  readonly keys: readonly string[];
}

/** By what holds now: it was made by what held when its message came. */
export function isWanted(
  doc: NotificationDoc,
  userId: number,
  preferences: Preferences,
  place: Place | undefined,
): boolean {
  if (doc.type === "message" && (!place || place.pending)) return false;
  const { type, related_id: relatedId } = doc;
  const asked = { type, relatedId, named: namesIn(doc, userId), muted: place?.muted ?? false, large: false };
  return decide(asked, preferences) === "made";
}
const namesIn = ({ named, named_all: namedAll }: NotificationDoc, userId: number): boolean =>
  names({ named, namedAll }, userId);

export class MailWriter {
  constructor(
    private readonly broker: ServiceBroker,
    private readonly env: Env,
    private readonly usernames: Usernames,
    private readonly unread: Unread,
    private readonly unsubscribing: Unsubscribing,
  ) {}

  /** Undefined where there is nothing to say, or nowhere to say it. */
  async write(job: MailDoc, preferences: Preferences): Promise<Written | undefined> {
    const { user_id: userId, since = new Date(0), told } = job;
    const newest = await this.unread.list(userId, MOST);
    const waiting = newest.filter(({ _id, created_at }) => created_at >= since && !told.includes(_id));
    const places = await this.placesOf(userId, waiting);
    const docs = waiting
      .filter((doc) => isWanted(doc, userId, preferences, places.get(doc.related_id ?? "")))
      .reverse();
    if (docs.length === 0) return undefined;
    const to = await call(this.broker, "users.mailable", { userId });
    if (!to) return undefined;
    const mail = mailOf({
      to: { userId, ...to },
      texts: textsIn[preferences.mail?.language ?? "en"],
      items: await this.itemsOf(docs, places),
      unread: Math.max(docs.length, await this.unread.count(userId)),
      showsWords: this.env.UNREAD_MAIL_WORDS === "on",
      timezone: preferences.dnd?.timezone ?? "UTC",
      base: baseOf(this.env),
      token: this.unsubscribing.tokenFor(userId),
      key: docs.at(-1)?._id.slice(0, 16) ?? "",
    });
    return { mail, keys: docs.map(({ _id }) => _id) };
  }

  async placesOf(
    userId: number,
    docs: readonly Pick<NotificationDoc, "type" | "related_id">[],
  ): Promise<ReadonlyMap<string, Place>> {
    const about = docs.filter(({ type }) => type === "message" || type === "group_invite");
    const conversationIds = [...new Set(about.flatMap(({ related_id }) => related_id ?? []))];
    if (conversationIds.length === 0) return new Map();
    const places = await call(this.broker, "chat.places", { userId, conversationIds });
    return new Map(places.map((place) => [place.conversationId, place]));
  }

  private async itemsOf(docs: readonly NotificationDoc[], places: ReadonlyMap<string, Place>): Promise<Item[]> {
    const { plainOf } = await import("../../../platform/plain-text");
    const nameOf = await this.usernames.of(docs.flatMap(({ actor_id }) => actor_id ?? []));
    return docs.map(({ type, title, content, related_id, actor_id, created_at }) => {
      const place = places.get(related_id ?? "");
      return {
        type,
        conversation: place ? { id: place.conversationId, type: place.type, name: place.name } : null,
        by: actor_id === null ? undefined : nameOf.get(actor_id),
        title,
        words: type === "message" ? plainOf(content) : content.replace(/\s+/g, " "),
        at: created_at,
      };
    });
  }
}
