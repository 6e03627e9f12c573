/** Messages that were found, with the words marked; one leads to its place among the others. */
import { useEffect, useState } from "preact/hooks";
import { isChatError, type Message } from "moleculer-chat-client";
import { theChat } from "../app/chat";
import { shortTimeOf, t } from "../app/i18n";
import { useName, useTitle } from "../app/people";
import { href } from "../app/router";
import { wordsFor } from "../app/toasts";
import { searchFor } from "./state";

const SOON_MS = 250;
const PAGE = 20;
const operators = ["from:", "in:", "has:image", "has:file", "has:link", "before:", "after:"];

export function SearchResults({ query }: { query: string }) {
  const [found, setFound] = useState<{ messages: readonly Message[]; total: number }>();
  const [problem, setProblem] = useState("");
  const ask = async (skip: number): Promise<void> => {
    try {
      const page = await theChat().search(query, { limit: PAGE, skip });
      setFound((before) => ({
        total: page.total,
        messages: [...(skip ? (before?.messages ?? []) : []), ...page.messages],
      }));
      setProblem("");
    } catch (error) {
      setProblem(isChatError(error) && error.code === "BAD_REQUEST" ? error.message : wordsFor(error));
    }
  };
  useEffect(() => {
    const timer = setTimeout(() => void ask(0), SOON_MS);
    return () => clearTimeout(timer);
  }, [query]);
  return (
    <section class="results scroll" aria-label={t("searchResults")}>
      <div class="operators" role="group" aria-label={t("searchOperators")}>
        {operators.map((operator) => (
          <button key={operator} type="button" class="quiet" onClick={() => addOperator(query, operator)}>
            {operator}
          </button>
        ))}
      </div>
      <p class="problem" role="alert">
        {problem}
      </p>
      <p class="hint" role="status">
        {found ? t("found", { count: found.total }) : t("searching")}
      </p>
      {found?.messages.map((message) => (
        <Hit key={message._id} message={message} />
      ))}
      {found && found.messages.length < found.total && (
        <button type="button" onClick={() => void ask(found.messages.length)}>
          {t("showMore")}
        </button>
      )}
    </section>
  );
}

function addOperator(query: string, operator: string): void {
  searchFor(`${query} ${operator}`.trim());
  document.getElementById("search")?.focus();
}

function Hit({ message }: { message: Message }) {
  const sender = useName(message.sender_id);
  const info = theChat().conversation(message.conversation_id)?.info.value;
  return (
    <a class="hit" href={href.conversation(message.conversation_id, { seq: message.seq })}>
      <strong dir="auto">{sender}</strong>
      {info && <Where c={info} />}
      <time dateTime={message.created_at}>{shortTimeOf(message.created_at)}</time>
      <span class="words" dir="auto">
        {parts(message.highlight ?? message.content).map(([text, hit], i) =>
          hit ? <mark key={i}>{text}</mark> : text,
        )}
      </span>
    </a>
  );
}
const Where = ({ c }: { c: Parameters<typeof useTitle>[0] }) => <em dir="auto">{useTitle(c)}</em>;

const entities = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" } as const;
/** The server's HTML has no tag but <mark>; it is taken apart here, never parsed as HTML. */
function parts(html: string): [string, boolean][] {
  const plain = (text: string): string =>
    text.replace(/&(amp|lt|gt|quot|#39);/g, (e) => entities[e as keyof typeof entities]);
  return html.split(/(<mark>.*?<\/mark>)/s).map((part) => {
    const hit = /^<mark>(.*)<\/mark>$/s.exec(part);
    return [plain(hit?.[1] ?? part), hit !== null];
  });
}
