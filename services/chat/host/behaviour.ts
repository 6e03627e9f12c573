/** How conversations live on a node: a turn is decided, stored, told, answered - in this order. */
import { codeOf } from "../../../contracts/errors";
import { type Behaviour, type Envelope, Flawed } from "../../../mixins/actors";
import { Fenced } from "../../../platform/fenced";
import { type Command } from "../conversation/commands";
import { decide } from "../conversation/decide";
import { type MessageDoc } from "../conversation/documents";
import { type Files } from "./files";
import { type Outbox } from "./outbox";
import { type Publisher } from "./publisher";
import { type State } from "../conversation/state";
import { Turn } from "../conversation/turn";
import { type ConversationStore } from "./conversation-store";
import { type TurnWriter } from "./turn-writer";
import { untoldOf } from "./untold";

type Answer = () => void;

/** A refusal is an answer; anything else that is thrown is a bug, and may have left its command half done. */
const isRefusal = (error: unknown): boolean => codeOf(error) !== "INTERNAL";

function answersOf(turn: Turn, envelopes: readonly Envelope<Command>[], files: Files): Answer[] {
  return envelopes.map((envelope) => {
    try {
      files.check(turn.state.conversation._id, envelope.command.body);
      const value = decide(turn, envelope.command);
      return () => envelope.resolve(value);
    } catch (error) {
      if (!isRefusal(error)) throw error instanceof Fenced ? error : new Flawed(envelope, error);
      return () => envelope.reject(error);
    }
  });
}

export function hosting(
  store: ConversationStore,
  writer: TurnWriter,
  publisher: Publisher,
  outbox: Outbox,
  files: Files,
  created: (type: MessageDoc["type"]) => void,
  committed: (turn: Turn) => void,
): Behaviour<State, Command> {
  const stored = async (turn: Turn, envelopes: readonly Envelope<Command>[]) => {
    const answers = answersOf(turn, envelopes, files);
    return { answers, current: await writer.commit(turn) };
  };
  return {
    async load(conversationId) {
      const state = await store.load(conversationId);
      publisher.tell(state, untoldOf(state, Date.now()));
      return state;
    },
    async turn(state, envelopes) {
      await store.prepare(
        state,
        envelopes.map((l) => l.command),
      );
      const turn = new Turn(state, new Date());
      const { answers, current } = await stored(turn, envelopes).catch((error: unknown) => {
        outbox.doubt(state.conversation._id);
        throw error;
      });
      await publisher.publish(turn);
      outbox.add(turn);
      for (const { type } of turn.inserts) created(type);
      committed(turn);
      const { released, besides, closing } = turn;
      if (released.length) closing.closed = await files.close(state.conversation, released, besides);
      for (const answer of answers) answer();
      state.trim();
      return current;
    },
  };
}
