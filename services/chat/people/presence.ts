/** Presence: a user is online while any device is; told, debounced, to people who share an accepted conversation. */
import { type Service } from "moleculer";
import { type Result } from "../../../contracts/actions";
import { emitToUsers } from "../../../mixins/delivery";
import { directoryOf } from "../../../mixins/directory";
import { type Blocks } from "./blocks";
import { type ConversationDoc } from "../conversation/documents";
import { type Stores } from "../host/stores";

/** A reconnect within this time is no news. */
const DEBOUNCE_MS = 1_000;
/** In larger conversations presence is asked for, not told: everyone would hear of everyone. */
const TOLD_UP_TO = 50;

type Shared = Pick<ConversationDoc, "type" | "participants" | "blocked_by">;

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
      this.settle(userId).catch((error: unknown) => this.service.logger.debug(`presence: ${String(error)}`));
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

  stop(): void {
    for (const timer of this.pending.values()) clearTimeout(timer);
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
    const others = [...(await this.acquainted(userId, TOLD_UP_TO))];
    if (!others.length) return;
    const lastSeen = online ? null : at.toISOString();
    emitToUsers(this.service, "/chat", "presence", others, { userId, online, lastSeen });
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
