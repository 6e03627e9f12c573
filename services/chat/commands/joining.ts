/** The rows of the service's table by which people come into groups by themselves. */
import { randomBytes } from "node:crypto";
import { type JoinLink } from "../../../contracts/shapes";
import { badField } from "../../../contracts/errors";
import { act } from "../../../platform/service";
import { chatOf } from "../chat";
import { type Entered } from "../conversation/rules/joining";
import { discover, joinRequests, links, openLink, partsOf } from "../queries/directory";
import { conversationFor } from "../queries/reads";
import { run } from "./create";
import { turn } from "./pass";

export const joiningRows = {
  discover: act("chat.discover", function (caller, p) {
    return discover(chatOf(this).stores, caller.userId, p);
  }),
  enter: act("chat.enter", async function (caller, { conversationId: named, link }, ctx) {
    const given = link === undefined ? undefined : partsOf(link);
    const conversationId = given?.conversationId ?? named;
    if (conversationId === undefined)
      throw badField("conversationId", "required", "Joining needs a conversationId or a link.");
    const command = { kind: "enter", ...(given ? { secret: given.secret } : {}) } as const;
    const status = (await run(ctx, conversationId, command)) as Entered;
    if (status === "requested") return { status, conversation: null };
    return { status, conversation: await conversationFor(chatOf(this).stores, caller.userId, conversationId) };
  }),
  openLink: act("chat.openLink", function (caller, { link }) {
    return openLink(chatOf(this).stores, caller.userId, link);
  }),
  links: act("chat.links", function (caller, { conversationId }) {
    return links(chatOf(this).stores, caller.userId, conversationId);
  }),
  createLink: act("chat.createLink", async function (caller, { conversationId, uses, expires_in }) {
    const body = {
      kind: "createLink",
      secret: randomBytes(16).toString("base64url"),
      ...(uses === undefined ? {} : { uses }),
      ...(expires_in === undefined ? {} : { expiresAt: new Date(Date.now() + expires_in * 1000) }),
    } as const;
    return (await chatOf(this).tell(caller, conversationId, body)) as JoinLink;
  }),
  revokeLink: turn("chat.revokeLink", ({ linkId }) => ({ kind: "revokeLink", linkId })),
  joinRequests: act("chat.joinRequests", function (caller, { conversationId }) {
    const { stores, names } = chatOf(this);
    return joinRequests(stores, names, caller.userId, conversationId);
  }),
  answerRequest: turn("chat.answerRequest", ({ userId, approved }) => ({ kind: "answerRequest", userId, approved })),
};
