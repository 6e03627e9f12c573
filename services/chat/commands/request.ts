/** What was asked for under a key of the caller's, as a short print: the same key is the same request, for ever. */
import * as crypto from "node:crypto";
import { type Params } from "../../../contracts/actions";

/** Long enough to tell two requests of one sender apart, too short to tell what a deleted text was. */
const LENGTH = 8;

const digest = (text: string): string => crypto.createHash("sha256").update(text).digest("base64url");
/** In one step where Node can: half the time, of what every message has to pay. */
const hashOf = (crypto as { hash?: typeof crypto.hash }).hash
  ? (text: string): string => crypto.hash("sha256", text, "base64url")
  : digest;
const printOf = (...request: readonly unknown[]): string => hashOf(JSON.stringify(request)).slice(0, LENGTH);

const inOrder = (ids: readonly number[]): number[] => [...new Set(ids)].sort((a, b) => a - b);

/** What is new here leaves the prints of what was sent without it as they were. */
const given = (value: unknown): unknown[] => (value === undefined ? [] : [value]);

type Sent = Pick<Params<"chat.send">, "content" | "attachments" | "replyTo" | "mentions" | "custom" | "poll">;
export const requestOf = ({ content = "", attachments = [], replyTo, mentions = [], custom, poll }: Sent): string =>
  printOf(content, attachments, replyTo ?? null, inOrder(mentions), ...[custom, poll].flatMap(given));

/** What is asked for is the copy of that message, whatever it says by now. */
export const requestOfCopy = ({ messageId }: Params<"chat.forward">): string => printOf("copy", messageId);

export const requestOfLater = ({ at, ...what }: Params<"chat.schedule"> | Params<"chat.remind">): string =>
  "conversationId" in what
    ? printOf("later", at, what.conversationId, requestOf(what))
    : printOf("remind", at, what.messageId ?? null, what.text ?? null);

export const requestOfGroup = ({
  participantIds,
  name,
  avatar,
  content,
  custom,
  visibility,
  posting,
  approval,
}: Params<"chat.create">): string =>
  printOf(
    "group",
    inOrder(participantIds),
    name ?? "",
    avatar ?? "",
    content ?? null,
    ...[custom, visibility, posting, approval].flatMap(given),
  );
