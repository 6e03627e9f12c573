/** What was looked for: conversations and people by name, messages with the words marked, each leading to its place. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type ConversationInfo, type Message, type PublicUser } from "moleculer-chat-client";
import { me, theChat, useReadable } from "../app/chat";
import { wordsFor } from "../app/errors";
import { folded, shortTimeOf, t } from "../app/i18n";
import { knownTitle, otherOf, useName, useTitle, useUser } from "../app/people";
import { href } from "../app/router";
import { Avatar } from "../ui/Avatar";
import { plainOf } from "../../../platform/plain-text";
import { searchFor } from "./state";
import { Problem } from "../ui/Problem";

const SOON_MS = 250;
const PAGE = 20;
/** Of places and people together: what is looked for is mostly among the first. */
const FEW = 5;
const operators = ["from:", "in:", "has:image", "has:file", "has:link", "before:", "after:"];
const hasOperator = (query: string): boolean => /(^|\s)(from|in|has|before|after):/i.test(query);

export function SearchResults({ query }: { query: string }) {
  const { found, problem, more } = useMessages(query);
  return (
    <section class="results scroll" aria-label={t("searchResults")}>
      {!hasOperator(query) && <Places query={query} />}
      {!hasOperator(query) && <People query={query} />}
      <h2>{t("messages")}</h2>
      <div class="operators" role="group" aria-label={t("searchOperators")}>
        {operators.map((operator) => (
          <button key={operator} type="button" class="quiet" onClick={() => addOperator(query, operator)}>
            {operator}
          </button>
        ))}
      </div>
      <Problem>{problem}</Problem>
      <p class="hint" role="status">
        {found ? (found.total ? t("found", { count: found.total }) : t("nothingFound")) : t("searching")}
      </p>
      {found?.messages.map((message) => (
        <Hit key={message._id} message={message} />
      ))}
      {found && found.messages.length < found.total && (
        <button type="button" onClick={more}>
          {t("showMore")}
        </button>
      )}
    </section>
  );
}

interface Found {
  readonly messages: readonly Message[];
  readonly total: number;
}
function useMessages(query: string) {
  const [found, setFound] = useState<Found>();
  const [problem, setProblem] = useState("");
  const sought = useRef(query);
  sought.current = query;
  const ask = async (skip: number): Promise<void> => {
    try {
      const page = await theChat().search(query, { limit: PAGE, skip });
      if (sought.current !== query) return; // of what was typed before
      setFound((before) => ({
        total: page.total,
        messages: [...(skip ? (before?.messages ?? []) : []), ...page.messages],
      }));
      setProblem("");
    } catch (error) {
      if (sought.current === query) setProblem(wordsFor(error));
    }
  };
  useEffect(() => {
    const timer = setTimeout(() => void ask(0), SOON_MS);
    return () => clearTimeout(timer);
  }, [query]);
  return { found, problem, more: () => void ask(found?.messages.length ?? 0) };
}

/** One's own conversations of that name; the page has them all at hand. */
function Places({ query }: { query: string }) {
  const all = useReadable(theChat().conversations);
  const wanted = folded(query);
  const shown = all.filter((c) => folded(knownTitle(c)).includes(wanted)).slice(0, FEW);
  if (shown.length === 0) return null;
  return (
    <>
      <h2>{t("conversations")}</h2>
      {shown.map((c) => (
        <Place key={c._id} c={c} />
      ))}
    </>
  );
}

function Place({ c }: { c: ConversationInfo }) {
  const title = useTitle(c);
  const other = otherOf(c);
  const user = useUser(other ?? me());
  return (
    <a class="person" href={href.conversation(c._id)}>
      <Avatar name={title} id={other ?? c._id} url={other === undefined ? c.avatar : user?.avatar_url} size="small" />
      <span dir="auto">{title}</span>
    </a>
  );
}

/** Whom one has no conversation with yet. */
function People({ query }: { query: string }) {
  const [people, setPeople] = useState<readonly PublicUser[]>([]);
  useEffect(() => {
    let live = true;
    const ask = (): Promise<void> =>
      theChat()
        .users.search(query)
        .then(
          (users) => void (live && setPeople(users)),
          () => undefined, // the search for messages says what is wrong
        );
    const timer = setTimeout(() => void ask(), SOON_MS);
    return () => ((live = false), clearTimeout(timer));
  }, [query]);
  const known = new Set([me(), ...theChat().conversations.value.map(otherOf)]);
  const shown = people.filter(({ user_id }) => !known.has(user_id)).slice(0, FEW);
  if (shown.length === 0) return null;
  return (
    <>
      <h2>{t("people")}</h2>
      {shown.map((user) => (
        <a key={user.user_id} class="person" href={href.user(user.user_id)}>
          <Avatar name={user.username} id={user.user_id} url={user.avatar_url} size="small" />
          <span dir="auto">{user.username}</span>
        </a>
      ))}
    </>
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
      {info?.type === "group" && <Where c={info} />}
      <time dateTime={message.created_at}>{shortTimeOf(message.created_at)}</time>
      <span class="words" dir="auto">
        {parts(message.highlight ?? message.content).map(([text, hit], i) =>
          hit ? <mark key={i}>{text}</mark> : text,
        )}
      </span>
    </a>
  );
}
const Where = ({ c }: { c: ConversationInfo }) => <em dir="auto">{useTitle(c)}</em>;

/** Stand for <mark> and </mark>, which Markdown would take for HTML. */
const [OPEN, CLOSE] = ["\uE000", "\uE001"];
const BEFORE = 120;
/** The server's HTML has no tag but <mark>; it is taken apart here, never parsed as HTML. */
function parts(html: string): [string, boolean][] {
  const marked = html.replaceAll("<mark>", OPEN).replaceAll("</mark>", CLOSE);
  const start = Math.max(0, marked.indexOf(OPEN) - BEFORE);
  return plainOf(marked.slice(start))
    .split(new RegExp(`(${OPEN}[^${CLOSE}]*${CLOSE}?)`))
    .map((part) => [part.replace(/[\uE000\uE001]/g, ""), part.startsWith(OPEN)]);
}
