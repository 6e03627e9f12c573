/**
 * What members say, on its way to the conversation's actor: judged by the hook, its files opened, its names looked up, behind
 * what the same sender said before, and answered with the first answer where it was sent already.
 */
import { type Params } from "../../../contracts/actions";
import { type Caller } from "../../../contracts/caller";
import { codeOf, type ErrorCode } from "../../../contracts/errors";
import { type Message } from "../../../contracts/shapes";
import { newId } from "../../../mixins/documents";
import { type BeforeHook } from "../../../platform/before-hook";
import { type Ctx } from "../../../platform/service";
import { type CommandBody, type Draft, type Mentioned } from "../conversation/commands";
import { mayMention } from "../conversation/mentions";
import { checkContent } from "../conversation/rules/messages";
import { firstAnswer } from "../conversation/rules/retries";
import { wasClosed } from "../host/files";
import { type Stores } from "../host/stores";
import { type Names } from "../people/names";
import { membershipOf } from "../queries/access";
import { attach } from "./attachments";
import { run } from "./create";
import { copyOf } from "./forward";
import { judgedCopy, judgedEdit, judgedSend } from "./judged";
import { SendLanes } from "./lanes";
import { requestOf, requestOfCopy } from "./request";
import { type Whereabouts } from "./whereabouts";

const nobody: Pick<Mentioned, "named" | "all"> = { named: [], all: false };
/** What a send is refused with by what changed since it was first sent. */
const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["FORBIDDEN", "NOTFOUND", "BAD_REQUEST", "TOO_LARGE"]);

/** A send by its key. */
interface Asked {
  readonly conversationId: string;
  readonly clientId?: string;
}
interface Needs {
  readonly stores: Stores;
  readonly names: Names;
  readonly hook: BeforeHook | undefined;
  readonly whereabouts: Whereabouts;
  /** Characters of a message, at most. */
  readonly maxContent: number;
  /** Puts a command into the mailbox of a conversation of this node. */
  tell(this: void, caller: Caller, conversationId: string, body: CommandBody): Promise<unknown>;
}

export class Sending {
  private readonly lanes = new SendLanes();

  constructor(private readonly needs: Needs) {}

  send(ctx: Ctx, caller: Caller, given: Params<"chat.send">): Promise<Message> {
    // A poll is found, quoted and notified of by its question.
    const p = given.poll && !given.content ? { ...given, content: given.poll.question } : given;
    return this.once(caller, p, () => this.judged(ctx, caller, p), requestOf);
  }

  /** Sends a copy of a message that the caller may read. */
  forward(ctx: Ctx, caller: Caller, p: Params<"chat.forward">): Promise<Message> {
    const { stores, hook } = this.needs;
    const prepare = async (): Promise<Draft> => {
      const draftOfCopy = (q: Params<"chat.send">) =>
        q.attachments?.length ? this.withFiles(ctx, caller, q) : draftOf(q);
      return judgedCopy(hook, caller, p, await copyOf(stores, caller, p, draftOfCopy));
    };
    return this.once(caller, p, prepare, requestOfCopy);
  }

  /** An edit, behind those of the same message by the same user that are still being prepared. */
  async edit(ctx: Ctx, caller: Caller, p: Params<"chat.edit">): Promise<Message> {
    const { hook } = this.needs;
    const ready = async (q: typeof p, marks?: readonly string[]): Promise<CommandBody> => {
      const { mentions = [], ...asked } = q;
      const edit = { kind: "edit", ...asked, mentions, ...nobody, ...(marks ? { marks } : {}) } as const;
      if (!mayMention(q.content)) return edit;
      return { ...edit, ...(await this.namedIn(await this.needs.whereabouts.of(q.messageId), q.content ?? "")) };
    };
    const edit = hook
      ? judgedEdit(hook, caller, p).then(({ params, marks }) => ready(params, marks))
      : mayMention(p.content)
        ? ready(p)
        : ({ kind: "edit", ...p, mentions: p.mentions ?? [], ...nobody } as const);
    return this.change<CommandBody>(ctx, caller, p.messageId, edit, (body) => body);
  }

  async react(ctx: Ctx, caller: Caller, p: Params<"chat.react">): Promise<Message> {
    const asked = this.needs.hook?.ask("reaction", { userId: caller.userId, ...p });
    return this.change<unknown>(ctx, caller, p.messageId, asked, () => ({ kind: "react", ...p, added: true }));
  }

  private async change<D>(
    ctx: Ctx,
    caller: Caller,
    messageId: string,
    prepared: D | Promise<D>,
    command: (prepared: D) => CommandBody,
  ): Promise<Message> {
    const tell = async (d: D): Promise<unknown> => run(ctx, await this.needs.whereabouts.of(messageId), command(d));
    return (await this.lanes.inTurn(`${caller.userId} ${messageId}`, prepared, tell)) as Message;
  }

  /**
   * Sends a draft, behind those that its sender sent into this conversation before and that are still being prepared. Where
   * it can't be sent (any more), the key tells whether it was: then the answer is the first one.
   * @param requestOf the print of what is asked for, which only then is needed here
   */
  private async once<P extends Asked>(
    caller: Caller,
    p: P,
    prepare: () => Draft | Promise<Draft>,
    requestOf: (p: P) => string,
  ): Promise<Message> {
    const { conversationId } = p;
    const lane = `${caller.userId} ${conversationId}`;
    const tell = (ready: Draft): Promise<unknown> =>
      this.needs.tell(caller, conversationId, { kind: "send", ...ready });
    const once = (): Promise<unknown> => this.lanes.inTurn(lane, prepare(), tell);
    try {
      return (await once().catch((error: unknown) => {
        if (wasClosed(error)) return once();
        throw error;
      })) as Message;
    } catch (error) {
      const first = refusals.has(codeOf(error)) ? await this.sentBefore(caller, p, requestOf(p)) : undefined;
      if (first) return first;
      throw error;
    }
  }

  /** A draft as the hook lets it be; the request under its key is what was asked for. */
  private judged(ctx: Ctx, caller: Caller, p: Params<"chat.send">): Draft | Promise<Draft> {
    const { hook } = this.needs;
    if (!hook?.asks("message")) return this.prepare(ctx, caller, p);
    return judgedSend(hook, caller, p).then(async ({ params, marks }) => {
      const draft = await this.prepare(ctx, caller, params);
      return { ...draft, ...printed(p), marks };
    });
  }

  /** What has to be asked for before a message can be sent; most need nothing, and are not waited for. */
  private prepare(ctx: Ctx, caller: Caller, p: Params<"chat.send">): Draft | Promise<Draft> {
    const named = mayMention(p.content);
    if (!p.attachments?.length) return named ? this.withNames(p.conversationId, draftOf(p)) : draftOf(p);
    const draft = this.withFiles(ctx, caller, p);
    return named ? draft.then((d) => this.withNames(p.conversationId, d)) : draft;
  }

  private async withNames(conversationId: string, draft: Draft): Promise<Draft> {
    return { ...draft, ...(await this.namedIn(conversationId, draft.content)) };
  }

  /** A message as it will be sent; its files are checked and opened to the conversation. */
  private async withFiles(ctx: Ctx, caller: Caller, p: Params<"chat.send">): Promise<Draft> {
    const attachments = p.attachments ?? [];
    checkContent(p.content ?? "", attachments, this.needs.maxContent);
    await membershipOf(this.needs.stores, caller.userId, p.conversationId);
    const openedAt = performance.now();
    const files = await attach(ctx, p.conversationId, attachments);
    const type = files.every((f) => f.mime.startsWith("image/")) ? "image" : "file";
    return { ...draftOf(p), files, type, openedAt };
  }

  /** Whom a text mentions by name; asked for only where there is an @. */
  private async namedIn(conversationId: string, content: string): Promise<typeof nobody> {
    const { stores, names } = this.needs;
    const conversation = await stores.conversations.findOne({ _id: conversationId }, { fields: ["participants"] });
    return conversation ? names.namedIn(content, conversation) : nobody;
  }

  private async sentBefore({ userId }: Caller, p: Asked, request: string): Promise<Message | undefined> {
    const { stores } = this.needs;
    const { conversationId: conversation_id, clientId: client_id } = p;
    if (client_id === undefined) return undefined;
    const [doc, member, conversation] = await Promise.all([
      stores.messages.findOne({ conversation_id, sender_id: userId, client_id }),
      stores.members.findOne({ conversation_id, user_id: userId }),
      stores.conversations.findOne({ _id: conversation_id }, { fields: ["last_seq"] }),
    ]);
    // What stands beyond the last one was stored and never committed: nobody may be told that it was.
    if (!doc || doc.seq > (conversation?.last_seq ?? 0)) return undefined;
    const answer = firstAnswer(doc, request);
    // Who is out reads what they wrote themselves, and nothing that others may have written since.
    return member?.left_at && answer.reply_to ? { ...answer, reply_to: { ...answer.reply_to, content: "" } } : answer;
  }
}

/** As the doors make them up. */
const MADE_UP = /^auto:[0-9a-f-]{24,36}$/;

/** Nobody asks for something else under a key that was made up for one request: there is nothing to tell apart. */
const printed = (p: Params<"chat.send">): { request?: string } =>
  p.clientId === undefined || MADE_UP.test(p.clientId) ? {} : { request: requestOf(p) };

/** What the caller wants to send, as the command's draft; a key of ours where they gave none. */
function draftOf(p: Params<"chat.send">): Draft {
  return {
    content: p.content ?? "",
    attachments: p.attachments ?? [],
    type: "text",
    clientId: p.clientId ?? `auto:${newId()}`,
    ...printed(p),
    ...(p.replyTo ? { replyTo: p.replyTo } : {}),
    ...(p.custom ? { custom: p.custom } : {}),
    ...(p.poll ? { poll: p.poll } : {}),
    mentions: p.mentions ?? [],
    ...nobody,
  };
}
