/** What one does to a conversation itself: who is in it, how open it is, one's own settings of it. */
import { type ParamsOf, type ResultOf } from "./questions";
import { type CustomChange, MessageActions } from "./message-actions";
import { type Conversation as Description, type IncomingHook, type JoinLink, type Tokens } from "./protocol";

/** What can be changed of a group; what is left out stays. */
export type GroupChange = Omit<ParamsOf<"/chat", "conversation:update">, "conversationId">;
/** Somebody who asks to come into a group. */
export type JoinRequest = ResultOf<"/chat", "conversation:join-requests">[number];

/** What one does to a conversation itself; every conversation has it. */
export abstract class GroupActions extends MessageActions {
  /** Name, avatar, history, slow mode, `custom`; for its admin also how open it is. @throws AnyChatError */
  async update(change: GroupChange): Promise<void> {
    this.put(await this.core.ask("conversation:update", { conversationId: this.room.id, ...change }));
  }

  /** @throws AnyChatError */
  rename(name: string): Promise<void> {
    return this.update({ name });
  }

  /** Changes the application's own data on the group: merged key by key, null takes a key or all away. @throws AnyChatError */
  setCustom(custom: CustomChange): Promise<void> {
    return this.update({ custom });
  }

  /** The same of a member, oneself where nobody is named. @throws AnyChatError */
  async setMemberCustom(custom: CustomChange, userId = this.core.me()): Promise<void> {
    await this.core.ask("conversation:update-member", { conversationId: this.room.id, userId, custom });
  }

  /** @throws AnyChatError */
  async addMember(userId: number): Promise<void> {
    this.put(await this.core.ask("conversation:add-member", { conversationId: this.room.id, userId }));
  }

  /** @throws AnyChatError */
  async removeMember(userId: number): Promise<void> {
    const told = await this.core.ask("conversation:remove-member", { conversationId: this.room.id, userId });
    if (userId !== this.core.me()) this.put(told);
  }

  /** Quits a group. @throws AnyChatError */
  leave(): Promise<void> {
    return this.removeMember(this.core.me());
  }

  /** Makes a member a moderator, or a moderator a member. @throws AnyChatError */
  async setModerator(userId: number, yes = true): Promise<void> {
    const event = yes ? "conversation:promote-moderator" : "conversation:demote-moderator";
    this.put(await this.core.ask(event, { conversationId: this.room.id, userId }));
  }

  /** Hands the group over. @throws AnyChatError */
  async transferTo(userId: number): Promise<void> {
    this.put(await this.core.ask("conversation:transfer-admin", { conversationId: this.room.id, userId }));
  }

  /** Links by which people join; staff. @throws AnyChatError */
  links(): Promise<JoinLink[]> {
    return this.core.ask("conversation:links", { conversationId: this.room.id });
  }

  /** A link for so many `uses` and seconds; for all and for ever where left out. @throws AnyChatError */
  createLink({ uses, expiresIn }: { uses?: number; expiresIn?: number } = {}): Promise<JoinLink> {
    const limits = {
      ...(uses === undefined ? {} : { uses }),
      ...(expiresIn === undefined ? {} : { expires_in: expiresIn }),
    };
    return this.core.ask("conversation:create-link", { conversationId: this.room.id, ...limits });
  }

  /** Nobody comes by this link any more. @throws AnyChatError */
  async revokeLink(linkId: string): Promise<void> {
    await this.core.ask("conversation:revoke-link", { conversationId: this.room.id, linkId });
  }

  /** The incoming webhooks of the group; staff. @throws AnyChatError */
  hooks(): Promise<IncomingHook[]> {
    return this.core.ask("conversation:hooks", { conversationId: this.room.id });
  }

  /** An incoming webhook, with the bot that speaks through it; its `path` is told once. Staff. @throws AnyChatError */
  createHook(username: string, avatar?: string): Promise<IncomingHook> {
    const picture = avatar === undefined ? {} : { avatar_url: avatar };
    return this.core.ask("conversation:create-hook", { conversationId: this.room.id, username, ...picture });
  }

  /** Nobody speaks through it any more; staff. @throws AnyChatError */
  async revokeHook(hookId: string): Promise<void> {
    await this.core.ask("conversation:revoke-hook", { conversationId: this.room.id, hookId });
  }

  /** Who asks to come in, the first first; staff. @throws AnyChatError */
  joinRequests(): Promise<JoinRequest[]> {
    return this.core.ask("conversation:join-requests", { conversationId: this.room.id });
  }

  /** Lets in who asked, or does not. @throws AnyChatError */
  async answerJoinRequest(userId: number, approved: boolean): Promise<void> {
    await this.core.ask("conversation:answer-request", { conversationId: this.room.id, userId, approved });
  }

  /**
   * A guest of this group: tokens for somebody who has a name here, and nothing else. For admins; your own server does
   * it in a user's name. @throws AnyChatError
   */
  addGuest(username: string, expiresInHours = 24): Promise<Tokens> {
    const params = { conversationId: this.room.id, username, expiresInHours };
    return this.core.rest.call("POST /conversations/:conversationId/guests", params);
  }

  /** Ends it for all. @throws AnyChatError */
  async end(): Promise<void> {
    await this.core.ask("conversation:delete", { conversationId: this.room.id });
  }

  /** Clears the history for oneself. @throws AnyChatError */
  async clear(): Promise<void> {
    const { head } = this.room;
    await this.core.ask("conversation:clear", { conversationId: this.room.id });
    this.room.forgetOwn({ cleared_seq: head, deleted_seqs: [] });
  }

  /** Until then, or for good. @throws AnyChatError */
  async mute(muted = true, until?: Date): Promise<void> {
    const muteUntil = until ? { muteUntil: until.toISOString() } : {};
    this.put(await this.core.ask("conversation:mute", { conversationId: this.room.id, muted, ...muteUntil }));
  }

  /** To the top of one's own list. @throws AnyChatError */
  async pinToTop(pinned = true): Promise<void> {
    this.put(await this.core.ask("conversation:pin", { conversationId: this.room.id, pinned }));
  }

  /** Out of one's own list, until something is said. @throws AnyChatError */
  async hide(hidden = true): Promise<void> {
    this.put(await this.core.ask("conversation:hide", { conversationId: this.room.id, hidden }));
  }

  /**
   * Keeps what one has begun to write for one's other devices, which find it as the conversation's `draft`; blank is none.
   * @throws AnyChatError
   */
  async keepDraft(content: string, replyTo: string | null = null): Promise<void> {
    this.put(await this.core.ask("conversation:draft", { conversationId: this.room.id, content, replyTo }));
  }

  /** Tells members who are there something that nobody keeps; all but oneself where nobody is named. @throws AnyChatError */
  async sendEvent(name: string, data: unknown, to?: readonly number[]): Promise<void> {
    await this.core.ask("event:send", { conversationId: this.room.id, name, data, ...(to ? { to: [...to] } : {}) });
  }

  /** Answers a request. @throws AnyChatError */
  async accept(): Promise<void> {
    const { conversation } = await this.core.ask("conversation:accept", { conversationId: this.room.id });
    this.put(conversation);
  }

  /** @throws AnyChatError */
  async decline(): Promise<void> {
    await this.core.ask("conversation:decline", { conversationId: this.room.id });
    this.put({ ...this.room.conversation, status: "declined" });
  }

  private put(told: Description): void {
    this.room.put(told);
  }
}
