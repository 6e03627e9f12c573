/** Facts that could not be handled, and their second chance: each by itself, or all. */
import { type DeadLetter } from "moleculer-chat-client";
import { theChat, useAsked } from "../app/chat";
import { fullTimeOf, numberOf, t } from "../app/i18n";
import { attempt, say } from "../app/toasts";

export function DeadLetters() {
  const { rest } = theChat();
  const { value, again } = useAsked(() => rest.call("GET /admin/dead-letters", { limit: 100 }), []);
  const replay = (ids?: string[]): void =>
    attempt(
      rest
        .call("POST /admin/dead-letters/replay", ids ? { ids } : {})
        .then(({ count }) => say(t("replayed", { count })))
        .then(again),
    );
  return (
    <section>
      <h2>{t("deadLetters")}</h2>
      <p class="hint">{t("deadLettersHint")}</p>
      {value?.length === 0 && <p class="hint">{t("noDeadLetters")}</p>}
      <ul class="cards">
        {value?.map((letter) => (
          <Letter key={letter.id} letter={letter} onReplay={() => replay([letter.id])} />
        ))}
      </ul>
      <div class="buttons">
        <button type="button" onClick={again}>
          {t("refresh")}
        </button>
        {(value?.length ?? 0) > 0 && (
          <button type="button" class="primary" onClick={() => replay()}>
            {t("replay")}
          </button>
        )}
      </div>
    </section>
  );
}

function Letter({ letter, onReplay }: { letter: DeadLetter; onReplay: () => void }) {
  const { fact, group, error, attempts, diedAt, payload } = letter;
  return (
    <li>
      <div>
        <strong>{fact}</strong> <em class="tag">{group}</em>
        <p class="problem">{error}</p>
        <p class="hint">
          {t("attempts", { count: attempts, number: numberOf(attempts) })} · {fullTimeOf(diedAt)}
        </p>
      </div>
      <button type="button" onClick={onReplay}>
        {t("tryAgain")}
      </button>
      <details class="whole">
        <summary>{t("content")}</summary>
        <pre class="data" tabIndex={0}>
          {JSON.stringify(payload, null, 2)}
        </pre>
      </details>
    </li>
  );
}
