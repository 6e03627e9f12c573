/** Who gets a notification of what: decided on plain values. */
import { LRUCache } from "lru-cache";
import { atMost } from "../../platform/caches";
import { type Preferences } from "../../contracts/notifications";
import { type Notification } from "../../contracts/shapes";

/** From here on a message in a group is news only to those it names, unless they ask for all. */
export const LARGE_GROUP = 50;

/** What of a piece of news decides whether one user is told. */
export interface Asked {
  readonly type: Notification["type"];
  readonly relatedId: string | null;
  /** Mentioned, or answered. */
  readonly named: boolean;
  readonly muted: boolean;
  readonly large: boolean;
}

export type Verdict = "made" | "type_off" | "conversation_off" | "muted" | "mentions_only" | "large_group";

export const defaultPreferences: Preferences = {
  types: { message: true, group_invite: true, system: true },
  dnd: null,
  conversations: {},
};

/** `made`, or the first rule that is against it. */
export function decide(asked: Asked, preferences: Preferences): Verdict {
  if (asked.type === "reminder") return "made"; // one's own wish
  if (!preferences.types[asked.type]) return "type_off";
  if (asked.type !== "message") return "made";
  if (asked.muted) return "muted";
  const level = asked.relatedId === null ? undefined : preferences.conversations[asked.relatedId];
  if (level === "none") return "conversation_off";
  if (asked.named || level === "all") return "made";
  if (level === "mentions") return "mentions_only";
  return asked.large ? "large_group" : "made";
}

/** One for each zone there is, and not for each way to write its name. */
const clocks = new Map<string, Intl.DateTimeFormat>();
const zones = new LRUCache<string, string>(atMost(1_000));

/** @throws RangeError where there is no such zone */
function clockOf(timezone: string): Intl.DateTimeFormat {
  const known = clocks.get(zones.get(timezone) ?? "");
  if (known) return known;
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const zone = clock.resolvedOptions().timeZone;
  zones.set(timezone, zone);
  if (!clocks.has(zone)) clocks.set(zone, clock);
  return clock;
}

export function isTimezone(timezone: string): boolean {
  try {
    clockOf(timezone);
    return true;
  } catch {
    return false; // a RangeError is how Intl says that it knows no such zone
  }
}

const DAY_MINUTES = 1_440;
const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** When the do-not-disturb hours that it is in now end; of those that are the whole day, when they begin anew. */
export function quietUntil({ to, timezone }: NonNullable<Preferences["dnd"]>, at: Date): Date {
  const now = minutesOf(clockOf(timezone).format(at));
  const left = (minutesOf(to) - now + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
  return new Date(Math.floor(at.getTime() / 60_000 + left) * 60_000);
}

/** Within the do-not-disturb hours at that moment? They may pass midnight; equal ends are the whole day. */
export function isQuiet(dnd: Preferences["dnd"], at: Date): boolean {
  if (!dnd) return false;
  const now = clockOf(dnd.timezone).format(at);
  const { from, to } = dnd;
  if (from === to) return true;
  return from < to ? now >= from && now < to : now >= from || now < to;
}
