/** What the hook before sending makes of what a caller wants: refused, as it was, changed, or marked. */
import { type Params } from "../../../contracts/actions";
import { type Custom } from "../../../contracts/custom";
import { type Caller } from "../../../contracts/caller";
import { type BeforeHook } from "../../../platform/before-hook";
import { type Draft } from "../conversation/commands";
import { kindOf } from "./create";

interface Judged<P> {
  readonly params: P;
  readonly marks: readonly string[];
}
/** Where there is no hook nothing is waited for. */
type Hook = BeforeHook | undefined;

/** Only words and data are the hook's to change. */
const worded = <P extends object>(p: P, { content, custom }: { content?: string; custom?: Custom }): P => ({
  ...p,
  ...(content === undefined ? {} : { content }),
  ...(custom ? { custom } : {}),
});

export async function judgedSend(
  hook: BeforeHook,
  { userId }: Caller,
  p: Params<"chat.send">,
): Promise<Judged<Params<"chat.send">>> {
  const { conversationId, content = "", attachments = [], replyTo = null, mentions = [], custom = {}, poll } = p;
  const asked = { userId, conversationId, content, attachments, replyTo, mentions, custom, ...(poll ? { poll } : {}) };
  const { change, marks } = await hook.ask("message", asked);
  return { params: worded(p, change), marks };
}

/** Of a copy: another's words stay as they are. */
export async function judgedCopy(
  hook: Hook,
  { userId }: Caller,
  { conversationId, messageId }: Params<"chat.forward">,
  draft: Draft,
): Promise<Draft> {
  if (!hook) return draft;
  const { content, attachments } = draft;
  const asked = { userId, conversationId, forwarded: messageId, content, attachments, custom: {} };
  const { marks } = await hook.ask("message", asked);
  return { ...draft, marks };
}

export async function judgedEdit(
  hook: BeforeHook,
  { userId }: Caller,
  p: Params<"chat.edit">,
): Promise<Judged<Params<"chat.edit">>> {
  const { messageId, content, custom } = p;
  const asked = {
    userId,
    messageId,
    ...(content === undefined ? {} : { content }),
    ...(custom === undefined ? {} : { custom }),
  };
  const { change, marks } = await hook.ask("edit", asked);
  return { params: worded(p, change), marks };
}

interface Group {
  conversationId?: string;
  name?: string;
  avatar?: string | null;
  custom?: Custom | null;
}

/** A group as it is made or changed. */
export async function judgedGroup<P extends Group>(hook: Hook, { userId }: Caller, p: P): Promise<P> {
  if (!hook) return p;
  const { conversationId = null, name, avatar, custom } = p;
  const { change } = await hook.ask("group", {
    userId,
    conversationId,
    ...(name === undefined ? {} : { name }),
    ...(avatar === undefined ? {} : { avatar }),
    ...(custom === undefined ? {} : { custom }),
  });
  const { name: renamed, custom: changed } = change;
  return { ...p, ...(renamed === undefined ? {} : { name: renamed }), ...(changed ? { custom: changed } : {}) };
}

/** A conversation with its first words. @throws BAD_REQUEST, TOO_LARGE: the hook is not asked about what is refused anyway */
export async function judgedCreation(
  hook: BeforeHook,
  caller: Caller,
  p: Params<"chat.create">,
  maxMembers: number,
): Promise<Params<"chat.create">> {
  const { type } = kindOf(p, caller.userId, maxMembers);
  const made = type === "group" ? await judgedGroup(hook, caller, p) : p;
  if (made.content === undefined) return made;
  const { change } = await hook.ask("message", {
    userId: caller.userId,
    conversationId: null,
    participantIds: p.participantIds,
    content: made.content,
    attachments: [],
    custom: {},
  });
  return change.content === undefined ? made : { ...made, content: change.content };
}
