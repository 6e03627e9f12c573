/** Rows of the chat service that do nothing but pass a command to the conversation's actor. */
import { type ActionSchema } from "moleculer";
import { type ActionName, type Params, type Result } from "../../../contracts/actions";
import { type Caller } from "../../../contracts/caller";
import { act } from "../../../platform/service";
import { type Conversation } from "../../../contracts/shapes";
import { conversationFor } from "../queries/reads";
import { chatOf } from "../chat";
import { type CommandBody } from "../conversation/commands";

type WithConversation = { [N in ActionName]: Params<N> extends { conversationId: string } ? N : never }[ActionName];
type WithMessage = { [N in ActionName]: Params<N> extends { messageId: string } ? N : never }[ActionName];

/** A command of a conversation; the call has been placed on its node already. */
export function turn<N extends WithConversation & `chat.${string}`>(
  name: N,
  command: (params: Params<N>) => CommandBody,
): ActionSchema {
  return act(name, async function (caller, params) {
    const { conversationId } = params;
    return (await chatOf(this).tell(caller as Caller, conversationId, command(params))) as Result<N>;
  });
}

type WithAnswer = { [N in WithConversation]: Conversation extends Result<N> ? N : never }[WithConversation];

/** A command that is answered with the conversation as its sender sees it, once it is stored. */
export function answered<N extends WithAnswer & `chat.${string}`>(
  name: N,
  command: (params: Params<N>) => CommandBody,
): ActionSchema {
  return act(name, async function (caller, params) {
    const { conversationId } = params;
    const { userId } = caller as Caller;
    await chatOf(this).tell(caller as Caller, conversationId, command(params));
    return (await conversationFor(chatOf(this).stores, userId, conversationId)) as Result<N>;
  });
}

/** A command that names only a message: passed on to where its conversation lives. */
export function ofMessage<N extends WithMessage & `chat.${string}`>(
  name: N,
  command: (params: Params<N>) => CommandBody,
): ActionSchema {
  return act(name, async function (_caller, params, ctx) {
    const { messageId } = params;
    return (await chatOf(this).tellOf(ctx, messageId, command(params))) as Result<N>;
  });
}
