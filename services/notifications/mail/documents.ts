/** What waits to be mailed: one small document for each account, however much is unread. */
import { type Collection } from "../../../mixins/documents";

export interface MailDoc {
  readonly _id: string;
  readonly user_id: number;
  /** When its mail is due; none where nothing waits. */
  readonly due_at?: Date;
  /** Of the oldest notification that the mail is about. */
  readonly since?: Date;
  /** Grows with whatever comes, so that what comes while a mail is sent does not count as sent. */
  readonly version: number;
  readonly attempts: number;
  /** The stored ids of the notifications that were mailed, the last of them. */
  readonly told: readonly string[];
  /** When the last mail went out. */
  readonly told_at?: Date;
  /** When mails went out within the last hour. */
  readonly sent: readonly Date[];
}

export const mailCollections = {
  mails: {
    name: "unread_mails",
    indexes: [
      { fields: ["user_id"], unique: true },
      { fields: ["due_at"], sparse: true },
    ],
  } as Collection<MailDoc>,
};
