/** Presence: a user is online while any device is; told, debounced, to people who share an accepted conversation. */
import { type Service } from "moleculer";
import { type Result } from "../../../contracts/actions";
import { emitToUsers } from "../../../mixins/delivery";
import { directoryOf } from "../../../mixins/directory";
import { type Blocks } from "./blocks";
import { type Payload } from "../../../contracts/events";
import { type ConversationDoc } from "../conversation/documents";
import { type Circle, type Turn } from "../conversation/turn";
import { type Stores } from "../host/stores";

/** A reconnect within this time is no news. */
const DEBOUNCE_MS = 1_000;
/** In larger conversations presence is asked for, not told: everyone would hear of everyone. */
const TOLD_UP_TO = 50;

type Shared = Pick<ConversationDoc, "type" | "participants" | "blocked_by">;

/** Who hears of each other by a conversation. */
const inSight = ({ participants, status }: Circle): readonly number[] =>
  status === "accepted" && participants.length <= TOLD_UP_TO ? participants : [];

export class Presence {
  private readonly pending = new Map<number, NodeJS.Timeout>();
  /** Users told of as online. */
  private readonly told = new Set<number>();

  constructor(
    private readonly service: Service,
    private readonly stores: Stores,
    private readonly blocks: Blocks,
    /** True where this node is the one to tell of a user. */
    private readonly owns: (userId: number) => boolean,
  ) {}

  /** The directory says that a user's first socket came or their last one went. */
  changed(userId: number): void {
    if (!this.owns(userId)) return void this.told.delete(userId);
    if (this.pending.has(userId)) return;
    const timer = setTimeout(() => {
      this.pending.delete(userId);
      this.behind(this.settle(userId));
    }, DEBOUNCE_MS);
    this.pending.set(userId, timer.unref());
  }

  async get(userId: number, asked: readonly number[]): Promise<Result<"chat.presence">> {
    const known = await this.acquainted(userId, Infinity);
    const visible = new Set([...known, userId]);
    const seen = await this.stores.lastSeen.find({ user_id: { $in: asked.filter((id) => visible.has(id)) } });
    const at = new Map(seen.map((s) => [s.user_id, s.at.toISOString()]));
    const directory = directoryOf(this.service);
    return asked.map((id) => ({
      userId: id,
      online: visible.has(id) && directory.isOnline(id),
      lastSeen: at.get(id) ?? null,
    }));
  }

  /** After a turn: who came into each other's sight by it is told who is online, who went out of it that they are not. */
  moved({ before, ended, opened, state }: Turn): void {
    const { participants, status } = state.conversation;
    if (!ended && !opened && participants === before.participants && status === before.status) return;
    const was = opened ? [] : inSight(before);
    const is = ended ? [] : inSight({ participants, status });
    this.behind(this.met(was, is));
    this.behind(this.parted(was, is));
  }

  /** Told to every node; the one that tells of the blocker does it. */
  blockChanged({ userId, blockedId, blocked }: Payload<"users.blockChanged">): void {
    if (this.owns(userId)) this.behind(this.across(userId, blockedId, blocked));
  }

  stop(): void {
    for (const timer of this.pending.values()) clearTimeout(timer);
  }

  private behind(work: Promise<void>): void {
    work.catch((error: unknown) => this.service.logger.debug(`presence: ${String(error)}`));
  }

  private async met(was: readonly number[], is: readonly number[]): Promise<void> {
    const isNew = (id: number): boolean => !was.includes(id);
    for (const id of is) {
      const others = is.filter((other) => other !== id && (isNew(id) || isNew(other)));
      if (!others.length || !directoryOf(this.service).isOnline(id)) continue;
      const { blockedBy, blocking } = await this.blocks.of(id);
      this.tell(
        id,
        true,
        others.filter((other) => !blockedBy.includes(other) && !blocking.includes(other)),
      );
    }
  }

  private async parted(was: readonly number[], is: readonly number[]): Promise<void> {
    const isGone = (id: number): boolean => !is.includes(id);
    for (const id of was) {
      const others = was.filter((other) => other !== id && (isGone(id) || isGone(other)));
      if (!others.length || !this.seemsOnline(id)) continue;
      const { blockedBy, blocking } = await this.blocks.of(id);
      const still = await this.acquainted(id, TOLD_UP_TO);
      const never = new Set([...still, ...blockedBy, ...blocking]); // they see them still, or did not before
      this.tell(
        id,
        false,
        others.filter((other) => !never.has(other)),
      );
    }
  }

  private async across(userId: number, blockedId: number, told: boolean): Promise<void> {
    const both = { $and: [{ participants: userId }, { participants: blockedId }], status: "accepted" as const };
    const shared = await this.stores.conversations.find(both, { fields: ["participants"] });
    if (!shared.some((c) => c.participants.length <= TOLD_UP_TO)) return;
    const lists = await this.blocks.lists(userId);
    if (lists?.blockedBy.includes(blockedId)) return; // nothing passed between them before, and nothing does now
    const blocked = lists?.blocking.includes(blockedId) ?? told; // what was told may have been overtaken
    for (const [id, other] of [[userId, blockedId] as const, [blockedId, userId] as const])
      if (blocked ? this.seemsOnline(id) : directoryOf(this.service).isOnline(id)) this.tell(id, !blocked, [other]);
  }

  /** Online, or told as such until a moment ago. */
  private seemsOnline(userId: number): boolean {
    return directoryOf(this.service).isOnline(userId) || this.pending.has(userId);
  }

  /** Going out of sight looks like going. */
  private tell(userId: number, online: boolean, others: readonly number[], at = new Date()): void {
    if (!others.length) return;
    const news = { userId, online, lastSeen: online ? null : at.toISOString() };
    emitToUsers(this.service, "/chat", "presence", [...others], news);
  }

  private async settle(userId: number): Promise<void> {
    const online = directoryOf(this.service).isOnline(userId);
    // A reconnect is no news. Going is, even if this node told of no coming: someone may have asked in between, or
    // another node may have told.
    if (online && this.told.has(userId)) return;
    if (online) this.told.add(userId);
    else this.told.delete(userId);
    const at = new Date();
    if (!online) await this.stores.lastSeen.updateOne({ user_id: userId }, { $set: { at } }, { upsert: true });
    this.tell(userId, online, [...(await this.acquainted(userId, TOLD_UP_TO))], at);
  }

  /** Who shares an accepted conversation of at most this many people; nobody across a block. */
  private async acquainted(userId: number, upTo: number): Promise<Set<number>> {
    const shared: Shared[] = await this.stores.conversations.find(
      { participants: userId, status: "accepted" },
      { fields: ["type", "participants", "blocked_by"] },
    );
    const { blockedBy, blocking } = await this.blocks.of(userId);
    const others = new Set(shared.filter((c) => c.participants.length <= upTo).flatMap((c) => c.participants));
    for (const c of shared) if (c.blocked_by.length) for (const id of c.participants) others.delete(id);
    for (const id of [userId, ...blockedBy, ...blocking]) others.delete(id);
    return others;
  }
}
