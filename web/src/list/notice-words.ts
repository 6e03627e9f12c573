/** A notification in the reader's words: the server's are English, and what it is about is known to whoever reads. */
import { type Told, toldBy, told, toldOfMessages } from "../../../contracts/told";
import { plainOf } from "../../../platform/plain-text";
import { type Word } from "../app/words";

interface Words {
  readonly title: string;
  readonly content: string;
}
export interface Reader {
  readonly t: (word: Word, values?: Record<string, string | number>) => string;
  readonly timeOf: (at: string) => string;
  /** Undefined until it is known. */
  readonly nameOf: (userId: number) => string | undefined;
  /** Of a group that one is in. */
  readonly groupOf: (conversationId: string) => string | undefined;
}
/** Of a notification, as far as it is told. */
interface Of {
  readonly type: string;
  readonly title: string;
  readonly content: string;
  readonly actor_id: number | null;
  readonly related_id: string | null;
}

const said: Readonly<Record<Told, Word>> = {
  reminder: "reminder",
  reminderOfMessage: "noticeReminded",
  notSent: "noticeNotSent",
  warned: "noticeWarned",
  mutedUntil: "noticeMuted",
  unmuted: "noticeUnmuted",
  messageRemoved: "noticeMessageRemoved",
  fileRemoved: "noticeFileRemoved",
  reportHandled: "noticeHandled",
  reportResolved: "noticeResolved",
  reportDismissed: "noticeDismissed",
  attachment: "noticeAttachment",
  attachments: "noticeAttachments",
  newMessage: "noticeMessage",
  added: "noticeAdded",
  nowMember: "noticeMember",
  unnamedGroup: "noticeGroup",
};

/** What the system says, in the reader's language; a text of somebody's own stays as it is. */
function own(text: string, { t, timeOf }: Reader, among?: readonly Told[]): string {
  const { key, value = "" } = toldBy(text, among) ?? {};
  if (key === undefined) return plainOf(text);
  if (key === "mutedUntil") return t(said[key], { time: timeOf(value) });
  const group = value === told.unnamedGroup ? t(said.unnamedGroup) : value;
  return t(said[key], { count: Number(value), group });
}

/** Where the group is none of the reader's any more, its words still name it. */
function invited({ title, content }: Of, name: string | undefined, known: string | undefined, reader: Reader): Words {
  const { key, value } = toldBy(content) ?? {};
  const named = value === told.unnamedGroup ? reader.t(said.unnamedGroup) : value;
  const group = known ?? (key === "nowMember" ? named : undefined);
  if (group === undefined) return { title: own(title, reader), content: own(content, reader) };
  return {
    title: name === undefined ? reader.t("noticeAdded", { group }) : reader.t("noticeInvited", { name, group }),
    content: reader.t("noticeMember", { group }),
  };
}

/** What a broadcast says is its writer's. */
export function wordsOf(notification: Of, reader: Reader): Words {
  const { type, title, content, actor_id, related_id } = notification;
  if (type === "reminder" || type === "system") return { title: own(title, reader), content: own(content, reader) };
  const name = actor_id === null ? undefined : reader.nameOf(actor_id);
  const group = related_id === null ? undefined : reader.groupOf(related_id);
  if (type === "group_invite") return invited(notification, name, group, reader);
  const whole = group === undefined ? name : name && reader.t("noticeInGroup", { name, group });
  return { title: whole ?? own(title, reader, ["newMessage"]), content: own(content, reader, toldOfMessages) };
}
