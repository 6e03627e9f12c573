/** English. */
import { told } from "../../../../contracts/told";
import { type MailTexts } from "./texts";

const unread = (count: number): string => (count === 1 ? "1 unread notification" : `${count} unread notifications`);

export const en: MailTexts = {
  locale: "en-GB",
  subject: {
    from: (name) => `Unread messages from ${name}`,
    in: (group) => `Unread messages in ${group}`,
    many: (count) => `You have ${unread(count)}`,
  },
  hello: (name) => `Hello ${name},`,
  unread: (count) => `you have ${unread(count)}.`,
  aGroup: "a group",
  somebody: "Somebody",
  more: (count) => `and ${count} more`,
  moreElsewhere: (count) => `And ${count} more elsewhere.`,
  invited: (by, group) => (by === undefined ? `You were added to ${group}.` : `${by} added you to ${group}.`),
  told,
  open: "To read and answer:",
  why: "You get this because you are told by mail of what stays unread. Nobody reads answers to this mail.",
  settings: "How often, and how:",
  end: "No more of these mails:",
  labels: { open: "Read and answer", settings: "How often, and how", end: "No more of these mails" },
};
