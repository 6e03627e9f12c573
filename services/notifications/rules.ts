/** Who gets a notification of what: decided on plain values. */
import { type Preferences } from "../../contracts/notifications";
import { type Notification } from "../../contracts/shapes";

/** From here on a message in a group is news only to those it names, unless they ask for all. */
export const LARGE_GROUP = 50;

/** One notification that may come to be. */
export interface Draft {
  readonly userId: number;
  readonly source: string;
  readonly type: Notification["type"];
  readonly relatedId: string | null;
  readonly at: Date;
  /** Of a message: its place in the conversation, by which a reader's position tells that it was seen. */
  readonly seq: number;
  readonly content: string;
  /** Whose name is part of the title; none in a word from the operators. */
  readonly actorId?: number;
  readonly titleOf: (actorName: string | undefined) => string;
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
export function decide(
  draft: Pick<Draft, "type" | "relatedId" | "named" | "muted" | "large">,
  preferences: Preferences,
): Verdict {
  if (!preferences.types[draft.type]) return "type_off";
  if (draft.type !== "message") return "made";
  if (draft.muted) return "muted";
  const level = draft.relatedId === null ? undefined : preferences.conversations[draft.relatedId];
  if (level === "none") return "conversation_off";
  if (draft.named || level === "all") return "made";
  if (level === "mentions") return "mentions_only";
  return draft.large ? "large_group" : "made";
}

const clocks = new Map<string, Intl.DateTimeFormat>();
function clockOf(timezone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timezone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("en-GB", {
      timeZone: timezone,
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    clocks.set(timezone, clock);
  }
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

/** Within the do-not-disturb hours at that moment? They may pass midnight; equal ends are the whole day. */
export function isQuiet(dnd: Preferences["dnd"], at: Date): boolean {
  if (!dnd) return false;
  const now = clockOf(dnd.timezone).format(at);
  const { from, to } = dnd;
  if (from === to) return true;
  return from < to ? now >= from && now < to : now >= from || now < to;
}
