/**
 * Incoming webhooks of groups. Each speaks as a bot that is a member like others, so that every rule of members holds for
 * it; of its secret only a digest is kept.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { type ServiceBroker } from "moleculer";
import { LRUCache } from "lru-cache";
import { type Params, type Result } from "../../../contracts/actions";
import { type Caller } from "../../../contracts/caller";
import { type IncomingHook } from "../../../contracts/chat/incoming";
import { badField, codeOf, fail } from "../../../contracts/errors";
import { MOST } from "../../../contracts/most";
import { newId } from "../../../mixins/documents";
import { atMost } from "../../../platform/caches";
import { call } from "../../../platform/bus";
import { within } from "../../../platform/graphemes";
import { type Bucket, Limiter } from "../../../platform/limiter";
import { type Ctx } from "../../../platform/service";
import { type HookDoc } from "./documents";
import { type Stores } from "../host/stores";
import { type Names } from "../people/names";
import { membershipOf } from "../queries/access";
import { ledBy } from "../queries/directory";
import { namedIn, toText } from "./mrkdwn";
import { mrkdwnOf } from "./slack";

/** A second, and at once. */
const RATE = 1;
const BURST = 30;
const KEPT = 10_000;

const digestOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");
const gone = (): Error => fail("NOTFOUND", "There is no such webhook, or it was revoked.");
const noPlace = new Set(["NOTFOUND", "FORBIDDEN"]);

type Post = Params<"chat.postHook">;

export class Incoming {
  private readonly limiter = new Limiter(RATE, BURST);
  private readonly buckets = new LRUCache<string, Bucket>(atMost(KEPT));

  constructor(
    private readonly broker: ServiceBroker,
    private readonly stores: Stores,
    private readonly names: Names,
    private readonly longest: number,
  ) {}

  /** @throws FORBIDDEN, NOTFOUND */
  async list(caller: Caller, conversationId: string): Promise<IncomingHook[]> {
    await ledBy(this.stores, caller.userId, conversationId);
    const docs = await this.stores.hooks.find({ conversation_id: conversationId }, { sort: [["_id", 1]] });
    const bots = await this.names.of(docs.map(({ user_id }) => user_id));
    return docs.map((doc) => viewOf(doc, bots.get(doc.user_id)));
  }

  /**
   * The bot, its place, and only then the way in: whatever breaks off in between leaves nobody who could do anything.
   * @throws FORBIDDEN, NOTFOUND, BAD_REQUEST, CONFLICT where there are too many
   */
  async create(ctx: Ctx, caller: Caller, p: Params<"chat.createHook">): Promise<IncomingHook> {
    const { conversationId, username, avatar_url } = p;
    const { type } = await ledBy(this.stores, caller.userId, conversationId);
    if (type !== "group") throw badField("conversationId", "group", "Only groups have incoming webhooks.");
    if ((await this.stores.hooks.count({ conversation_id: conversationId })) >= MOST.hooks)
      throw fail("CONFLICT", `A group has at most ${MOST.hooks} incoming webhooks.`);
    let bot = await call(ctx, "users.createBot", { username });
    try {
      if (avatar_url) bot = await call(ctx, "users.update", { id: bot.user_id, avatar_url });
      await call(ctx, "chat.addMember", { conversationId, userId: bot.user_id });
    } catch (error) {
      await call(ctx, "users.delete", { id: bot.user_id }).catch(() => undefined);
      throw error;
    }
    const secret = randomBytes(24).toString("base64url");
    const doc: HookDoc = {
      _id: newId(),
      conversation_id: conversationId,
      user_id: bot.user_id,
      digest: digestOf(secret),
      created_by: caller.userId,
      created_at: new Date(),
    };
    await this.stores.hooks.insert([doc]);
    return { ...viewOf(doc, bot), path: `/hooks/${doc._id}/${secret}` };
  }

  /** The way in first; a bot that is no member any more needs not leave. @throws FORBIDDEN, NOTFOUND */
  async revoke(ctx: Ctx, caller: Caller, { conversationId, hookId }: Params<"chat.revokeHook">): Promise<void> {
    await ledBy(this.stores, caller.userId, conversationId);
    const which = { _id: hookId, conversation_id: conversationId };
    const doc = await this.stores.hooks.findOne(which);
    if (!doc || !(await this.stores.hooks.remove(which))) throw fail("NOTFOUND", "There is no such webhook.");
    await call(ctx, "chat.removeMember", { conversationId, userId: doc.user_id }).catch((error: unknown) => {
      if (!noPlace.has(codeOf(error))) throw error;
    });
  }

  /** @throws NOTFOUND, RATE_LIMITED, BAD_REQUEST, and what `chat.send` refuses with */
  async post(ctx: Ctx, p: Post): Promise<Result<"chat.postHook">> {
    const doc = await this.opened(p);
    this.pay(doc._id);
    const caller = await this.speaker(doc);
    const { content, named } = await this.said(p, doc.conversation_id);
    if (!content.trim())
      throw badField("text", "required", "A message needs `content`, or `text`, `blocks` or `attachments`.");
    const { custom, replyTo, clientId, mentions = [] } = p;
    const message = {
      ...{ conversationId: doc.conversation_id, content, mentions: [...new Set([...mentions, ...named])] },
      ...(custom === undefined ? {} : { custom }),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(clientId === undefined ? {} : { clientId }),
    };
    const { _id: messageId, seq } = await call(ctx, "chat.send", message, { meta: { ...ctx.meta, caller } });
    return { messageId, seq };
  }

  private async opened({ hookId, secret }: Post): Promise<HookDoc> {
    const doc = await this.stores.hooks.findOne({ _id: hookId });
    const given = Buffer.from(digestOf(secret));
    if (!doc || !timingSafeEqual(given, Buffer.from(doc.digest))) throw gone();
    return doc;
  }

  private pay(hookId: string): void {
    const now = performance.now();
    const bucket = this.buckets.get(hookId) ?? this.limiter.full(now);
    this.buckets.set(hookId, bucket);
    const retryAfterMs = this.limiter.take(bucket, now);
    if (retryAfterMs) throw fail("RATE_LIMITED", "A webhook takes one message a second.", { retryAfterMs });
  }

  /** The bot as it is now: one that was shut, erased or removed from the group speaks no more. */
  private async speaker({ user_id, conversation_id }: HookDoc): Promise<Caller> {
    try {
      const { userId, roles, ...rest } = await call(this.broker, "users.standIn", { id: user_id });
      await membershipOf(this.stores, userId, conversation_id);
      return { userId, sessionId: "hook", roles, ...rest };
    } catch (error) {
      throw noPlace.has(codeOf(error)) ? gone() : error;
    }
  }

  /** In our words as it is; in Slack's as text, cut where it is too long, so that no alarm is lost for its length. */
  private async said(p: Post, conversationId: string): Promise<{ content: string; named: readonly number[] }> {
    if (p.content !== undefined) return { content: p.content, named: [] };
    const mrkdwn = mrkdwnOf(p);
    const named = namedIn(mrkdwn).slice(0, MOST.namedInHook);
    const people = await this.members(conversationId, named);
    const content = toText(mrkdwn, (id) => people.get(id)).trim();
    return { content: cut(content, this.longest), named };
  }

  /** Names of those who are members: whoever has the address learns of nobody else. */
  private async members(conversation_id: string, ids: readonly number[]): Promise<Map<number, string>> {
    if (ids.length === 0) return new Map();
    const there = { conversation_id, user_id: { $in: [...ids] }, left_at: null };
    const found = await this.stores.members.find(there, { fields: ["user_id"] });
    const people = await this.names.of(found.map(({ user_id }) => user_id));
    return new Map([...people].map(([id, { username }]) => [id, username]));
  }
}

const viewOf = (
  { _id, conversation_id, user_id, created_by, created_at }: HookDoc,
  bot: { username: string; avatar_url: string | null } | undefined,
): IncomingHook => ({
  ...{ _id, conversationId: conversation_id, userId: user_id, created_by },
  ...{ username: bot?.username ?? "", avatar_url: bot?.avatar_url ?? null },
  created_at: created_at.toISOString(),
});

/** Between characters as readers see them, so that none is torn. */
const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${within(text, longest - 1)}…`;
