/** How conversations live on a node: a turn is decided, stored, told, answered - in this order. */
import { codeOf } from "../../contracts/errors";
import { type Behaviour, type Letter } from "../../mixins/actors";
import { type Command } from "./commands";
import { decide } from "./conversation";
import { type MessageDoc } from "./documents";
import { type Outbox } from "./outbox";
import { type Publisher } from "./publisher";
import { type State, Turn } from "./state";
import { type Store } from "./store";
import { untoldOf } from "./untold";

type Answer = () => void;

/** A refusal is an answer; anything else that is thrown is a bug and ends the turn. */
const isRefusal = (error: unknown): boolean => codeOf(error) !== "INTERNAL";

function answersOf(turn: Turn, letters: readonly Letter<Command>[]): Answer[] {
  return letters.map((letter) => {
    try {
      const value = decide(turn, letter.command);
      return () => letter.resolve(value);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return () => letter.reject(error);
    }
  });
}

export function hosting(
  store: Store,
  publisher: Publisher,
  outbox: Outbox,
  created: (type: MessageDoc["type"]) => void,
): Behaviour<State, Command> {
  return {
    async load(conversationId) {
      const state = await store.load(conversationId);
      publisher.tell(state, untoldOf(state, Date.now()));
      return state;
    },
    async turn(state, letters) {
      await store.prepare(
        state,
        letters.map((l) => l.command),
      );
      const turn = new Turn(state, new Date());
      const answers = answersOf(turn, letters);
      const current = await store.commit(turn);
      await publisher.publish(turn);
      outbox.add(turn);
      for (const { type } of turn.inserts) created(type);
      for (const answer of answers) answer();
      state.trim();
      return current;
    },
  };
}
