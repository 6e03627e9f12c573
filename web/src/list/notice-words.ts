/** A notification in the reader's words: the server's are English, and what it is about is known here. */
import { type Notification } from "moleculer-chat-client";
import { type Told, toldBy } from "../../../contracts/told";
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
/** What stands for a message that is a file and no words. */
const ATTACHMENT = "Sent an attachment";

function own(text: string): string {
  const { key, time } = toldBy(text) ?? {};
  if (key === undefined) return plainOf(text);
  if (key !== "mutedUntil") return t(said[key]);
  const until = Date.parse(time ?? "");
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
