/** The AsyncAPI document as one page for people: events by topic, each with an example first and its schema to unfold. */
import { type AsyncApiDocument } from "../../../platform/specs/asyncapi";
import { FILTER_PATH, STYLE } from "./docs-events-assets";

interface Message {
  readonly name: string;
  readonly summary?: string;
  readonly payload: unknown;
  readonly examples?: readonly { readonly payload: unknown }[];
}
interface Channel {
  readonly address: string;
  readonly description: string;
  readonly messages: Readonly<Record<string, Message>>;
}
interface Event extends Message {
  readonly anchor: string;
  readonly fromClient: boolean;
  readonly ack: Message | undefined;
}

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] ?? c);
/** Contracts mark names in their sentences by backticks. */
const prose = (text: string): string => escape(text).replace(/`([^`]+)`/g, "<code>$1</code>");
const code = (value: unknown): string => `<pre tabindex="0">${escape(JSON.stringify(value, null, 2))}</pre>`;
const unfold = (title: string, value: unknown): string =>
  `<details><summary>${title}</summary>${code(value)}</details>`;

const TOPICS: readonly (readonly [title: string, names: RegExp])[] = [
  ["Messages", /^messages?:/],
  ["Conversations", /^(conversation|request):/],
  ["Later", /^(schedule|remind)/],
  ["People", /^(presence|user|typing|event)/],
  ["Notifications", /^(notification|pong)/],
  ["Connection", /^(sync|auth|error)/],
];
const OTHER = "Other";
const topicOf = (name: string): string => TOPICS.find(([, names]) => names.test(name))?.[0] ?? OTHER;

const eventsOf = ({ address, messages }: Channel): Event[] =>
  Object.entries(messages)
    .filter(([id]) => !id.startsWith("ack_"))
    .map(([id, message]) => ({
      ...message,
      anchor: `${address.slice(1)}-${id}`,
      fromClient: id.startsWith("client_"),
      ack: messages[id.replace("client_", "ack_")],
    }));

/** `[topic, its events]`, in the order of the topics. */
function byTopic(events: readonly Event[]): [string, Event[]][] {
  const titles = [...TOPICS.map(([title]) => title), OTHER];
  return titles
    .map((title): [string, Event[]] => [title, events.filter(({ name }) => topicOf(name) === title)])
    .filter(([, found]) => found.length > 0);
}

function article({ anchor, name, summary, fromClient, ack, payload, examples }: Event): string {
  const answered = ack?.examples?.[0];
  return `<article id="${anchor}" data-words="${escape(`${name} ${summary ?? ""}`.toLowerCase())}">
<h4><a href="#${anchor}">${escape(name)}</a> <small>${fromClient ? "you send" : "you hear"}</small></h4>
${summary ? `<p>${prose(summary)}</p>` : ""}
${examples?.[0] ? code(examples[0].payload) : ""}
${answered ? unfold("What is answered", answered.payload) : ""}${unfold("Exactly what it may hold", payload)}
</article>`;
}

const links = (events: readonly Event[]): string =>
  events
    .map(({ anchor, name, fromClient }) => `<li><a href="#${anchor}">${escape(name)}</a>${fromClient ? "" : " ←"}</li>`)
    .join("");

function contents(channel: Channel): string {
  const topics = byTopic(eventsOf(channel)).map(
    ([title, events]) => `<details><summary>${title} (${events.length})</summary><ul>${links(events)}</ul></details>`,
  );
  return `<b>${escape(channel.address)}</b>${topics.join("")}`;
}

function namespace(channel: Channel): string {
  const topics = byTopic(eventsOf(channel)).map(
    ([title, events]) => `<section><h3>${title}</h3>${events.map(article).join("\n")}</section>`,
  );
  return `<h2>${escape(channel.address)}</h2><p>${prose(channel.description)}</p>${topics.join("\n")}`;
}

export function eventsPage(document: AsyncApiDocument): string {
  const { info, channels } = document as unknown as {
    info: { title: string; description: string };
    channels: Record<string, Channel>;
  };
  const all = Object.values(channels);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8" /><meta name="viewport" content="width=device-width, initial-scale=1" />
<title>${escape(info.title)}</title><link rel="icon" href="icon.svg" /><style>${STYLE}</style>
<script src="${FILTER_PATH.slice(1)}" defer></script></head>
<body><nav aria-label="Events"><label>Find <input id="filter" type="search" placeholder="an event, or a word of what it does" /></label>
<p id="found" role="status"></p>${all.map(contents).join("")}</nav>
<main><h1>${escape(info.title)}</h1><p>${prose(info.description)}</p>
<p>Read the examples first: they show what travels. <b>You send</b> marks what a client emits, <b>you hear</b> (← in the list) what it
is told. The same as JSON (AsyncAPI 3.0): this address without <code>Accept: text/html</code>. REST: <a href="api/docs">/api/docs</a>.</p>
${all.map(namespace).join("\n")}
</main></body></html>`;
}
