/** A notification in the reader's words: the server's are English, and what it is about is known here. */
import { type Notification } from "moleculer-chat-client";
import { told, type Told } from "../../../contracts/told";
import { theChat } from "../app/chat";
import { fullTimeOf, t, type Word } from "../app/i18n";
import { knownTitle, knownUserName } from "../app/people";
import { plainOf } from "../../../platform/plain-text";

export interface Words {
  readonly title: string;
  readonly content: string;
}

const said: Readonly<Record<Exclude<Told, "mutedUntil">, Word>> = {
  reminder: "reminder",
  reminderOfMessage: "noticeReminded",
  notSent: "noticeNotSent",
  warned: "noticeWarned",
  unmuted: "noticeUnmuted",
  messageRemoved: "noticeMessageRemoved",
  fileRemoved: "noticeFileRemoved",
  reportHandled: "noticeHandled",
  reportResolved: "noticeResolved",
  reportDismissed: "noticeDismissed",
};
const byText = new Map<string, Word>(
  (Object.keys(said) as (keyof typeof said)[]).map((key) => [told[key], said[key]] as const),
);
/** What stands for a message that is a file and no words. */
const ATTACHMENT = "Sent an attachment";
/** Followed by the moment. */
const MUTED = `${told.mutedUntil} `;

function own(text: string): string {
  const word = byText.get(text);
  if (word) return t(word);
  const until = text.startsWith(MUTED) ? Date.parse(text.slice(MUTED.length)) : NaN;
  return Number.isNaN(until) ? plainOf(text) : t("noticeMuted", { time: fullTimeOf(until) });
}

/** What a broadcast says is its writer's; what is not known here stays as the server says it. */
export function wordsOf({ type, title, content, actor_id, related_id }: Notification): Words {
  if (type === "reminder" || type === "system") return { title: own(title), content: own(content) };
  const name = actor_id === null ? undefined : knownUserName(actor_id);
  const c = related_id === null ? undefined : theChat().conversation(related_id)?.info.value;
  const group = c?.type === "group" ? knownTitle(c) : undefined;
  if (type === "message") {
    const whole = group === undefined ? name : name && t("noticeInGroup", { name, group });
    return { title: whole ?? title, content: content === ATTACHMENT ? t("noticeAttachment") : plainOf(content) };
  }
  if (group === undefined || name === undefined) return { title, content };
  return { title: t("noticeInvited", { name, group }), content: t("noticeMember", { group }) };
}
