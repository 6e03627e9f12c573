/**
 * The log of facts: everything that happened, one after another, for integrations. Its kinds are in fact-kinds.ts; webhooks,
 * the stream, the channel and asyncapi.yml take them from there. Answered by the `notifications` service.
 */
import { action } from "./action";
import { event } from "./event";
import { type FactKind, factKind, factNames, ToldUser } from "./fact-kinds";
import {
  anything,
  id,
  type Infer,
  int,
  list,
  named,
  nothing,
  nullable,
  object,
  oneOf,
  optional,
  text,
  time,
  userId,
} from "./schema";
import { LONGEST } from "./most";
import { Message } from "./shapes";

export { type FactKind, factKind, type FactKinds, factKinds, factNames, type Kept } from "./fact-kinds";

/** As it goes out, whatever the way; `data` is that of its kind. */
export const Fact = named(
  "Fact",
  object({
    id: text({ max: 128, about: "the same for the same fact, however often it comes" }),
    position: int({ min: 1, about: "its place in the log" }),
    type: factKind,
    timestamp: time("when it happened"),
    data: anything("the fields of its kind"),
  }),
);
export type Fact = Omit<Infer<typeof Fact>, "type"> & { readonly type: FactKind };

export const factEvents = {
  "fact.told": event({
    delivery: "durable",
    about:
      "The log of facts, one by one and in its order, for services of a product around this; with FACTS_CHANNEL=on. At least " +
      "once, from the oldest that is kept; where no group listens the log waits.",
    payload: Fact,
  }),
};

/** As it comes to the log: ids and numbers, no words. */
export const Happened = object({
  type: factKind,
  key: text({ max: 100, about: "with the type: the id" }),
  at: time(),
  data: anything("what of its kind's fields is kept"),
});
export type Happened = Omit<Infer<typeof Happened>, "data"> & { readonly data: Readonly<Record<string, unknown>> };

/** All that is recorded meets on one node, which gives the positions. */
const ofLog = { log: text({ max: 16, about: "which log; there is one" }) };
export const THE_LOG = "facts";
export const LONGEST_WAIT_MS = 4_000;

export const FactPage = named(
  "FactPage",
  object({
    facts: list(Fact, { max: 500 }),
    position: int({ min: 0, about: "the cursor for the next page: all up to here was looked at" }),
    first: int({ min: 0, about: "of the oldest that is kept; 0: there are none" }),
    last: int({ min: 0, about: "of the newest" }),
  }),
);
export type FactPage = Infer<typeof FactPage>;

export const factActions = {
  "notifications.record": action({
    access: "service",
    shardBy: "log",
    idempotent: true,
    about: "Puts facts at the end of the log, in this order; those that are there already are not put there twice.",
    params: object({ ...ofLog, facts: list(Happened, { max: 1000 }) }),
    result: nothing,
  }),
  "notifications.facts": action({
    access: "admin",
    about:
      "What happened after a position, oldest first; `from=0` begins with the oldest that is kept. NOTFOUND where what " +
      "follows the position is not kept any more, BAD_REQUEST where the log does not reach so far. Every page is told of in " +
      "the audit log; the stream once.",
    audit: { event: "facts.read", details: ["from"] },
    params: object({
      from: int({ min: 0, default: 0 }),
      limit: int({ min: 1, max: 500, default: 100 }),
      types: optional(list(factKind, { max: factNames.length, unique: true })),
    }),
    result: FactPage,
    idempotent: true,
  }),
  "notifications.awaitFacts": action({
    access: "service",
    shardBy: "log",
    idempotent: true,
    about: "The same; where there is nothing it waits a while for something to come. For streams.",
    params: object({
      ...ofLog,
      from: int({ min: 0 }),
      limit: int({ min: 1, max: 500 }),
      types: optional(list(factKind, { min: 1, max: factNames.length, unique: true })),
      waitMs: int({ min: 0, max: LONGEST_WAIT_MS }),
    }),
    result: FactPage,
    timeout: 10_000,
  }),
  "users.told": action({
    access: "service",
    about: "What facts about people have to tell by now, as an admin sees it; of those of these that there are.",
    params: object({ ids: list(userId(), { max: 500 }) }),
    result: list(ToldUser, { max: 500 }),
    idempotent: true,
  }),
  "chat.told": action({
    access: "service",
    about:
      "What facts about messages and conversations have to tell by now, as nobody in particular sees it; messages only of those of these conversations that there are.",
    params: object({ messageIds: list(id(), { max: 500 }), conversationIds: list(id(), { max: 500 }) }),
    result: object({
      messages: list(Message, { max: 500 }),
      conversations: list(
        object({
          _id: id(),
          type: oneOf(["private", "group"]),
          name: nullable(text({ max: LONGEST.groupName })),
          external_id: optional(text({ max: LONGEST.externalId })),
        }),
        { max: 500 },
      ),
    }),
    idempotent: true,
  }),
};
