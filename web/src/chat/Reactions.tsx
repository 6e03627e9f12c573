/** Who felt what about a message. */
import { type Conversation, type SentMessage } from "moleculer-chat-client";
import { me } from "../app/chat";
import { listOf, numberOf, t } from "../app/i18n";
import { knownName } from "../app/people";
import { attempt } from "../app/toasts";

const NAMED = 20;

export function Reactions({ message, conversation }: { message: SentMessage; conversation: Conversation }) {
  const all = Object.entries(message.reactions).filter(([, users]) => users.length > 0);
  if (all.length === 0) return null;
  return (
    <div class="reactions">
      {all.map(([emoji, users]) => {
        const mine = users.includes(me());
        const names = listOf(users.slice(0, NAMED).map(knownName));
        const toggle = (): void =>
          attempt(mine ? conversation.unreact(message, emoji) : conversation.react(message, emoji));
        return (
          <button
            key={emoji}
            type="button"
            class={mine ? "mine" : ""}
            aria-pressed={mine}
            aria-label={t("reactedWith", { names, emoji, count: numberOf(users.length) })}
            title={names}
            onClick={toggle}
          >
            {emoji} {numberOf(users.length)}
          </button>
        );
      })}
    </div>
  );
}
