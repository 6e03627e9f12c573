/** The AsyncAPI document as one readable page: a table of contents, then each event with payload, ack and example. */
import { type AsyncApiDocument } from "../../../platform/specs/asyncapi";

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

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] ?? c);
/** Contracts mark names in their sentences by backticks. */
const prose = (text: string): string => escape(text).replace(/`([^`]+)`/g, "<code>$1</code>");
const code = (value: unknown): string => `<pre>${escape(JSON.stringify(value, null, 2))}</pre>`;
const anchor = (channel: Channel, id: string): string => `${channel.address.slice(1)}-${id}`;

function section(channel: Channel, id: string, message: Message): string {
  const ack = id.startsWith("client_") ? channel.messages[id.replace("client_", "ack_")] : undefined;
  const example = message.examples?.[0];
  return `<article id="${anchor(channel, id)}">
<h3>${escape(message.name)} <small>${id.startsWith("client_") ? "client to server" : "server to client"}</small></h3>
${message.summary ? `<p>${prose(message.summary)}</p>` : ""}
${example ? code(example.payload) : ""}
<details><summary>Schema</summary>${code(message.payload)}</details>
${ack?.examples?.[0] ? `<details><summary>Acknowledgement</summary>${code(ack.examples[0].payload)}</details>` : ""}
</article>`;
}

function namespace(channel: Channel): string {
  const shown = Object.entries(channel.messages).filter(([id]) => !id.startsWith("ack_"));
  const links = (fromClient: boolean): string =>
    shown
      .filter(([id]) => id.startsWith("client_") === fromClient)
      .map(([id, m]) => `<a href="#${anchor(channel, id)}">${escape(m.name)}</a>`)
      .join(" · ");
  const sections = shown.map(([id, m]) => section(channel, id, m)).join("\n");
  const contents = `<p>Client to server: ${links(true)}</p>\n<p>Server to client: ${links(false)}</p>`;
  return `<h2>${escape(channel.address)}</h2><p>${prose(channel.description)}</p>\n${contents}\n${sections}`;
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
pre{background:#f4f4f5;color:#18181b;padding:.75rem;overflow:auto;border-radius:6px;font-size:13px}
small{color:#6b7280;font-weight:400}article{border-top:1px solid #e5e7eb;margin-top:1.5rem}a{color:#0f766e}`;

export function eventsPage(document: AsyncApiDocument): string {
  const { info, channels } = document as unknown as {
    info: { title: string; description: string };
    channels: Record<string, Channel>;
  };
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8" /><meta name="viewport" content="width=device-width, initial-scale=1" />
<title>${escape(info.title)}</title><link rel="icon" href="/icon.svg" /><style>${STYLE}</style></head>
<body><h1>${escape(info.title)}</h1><p>${prose(info.description)}</p>
<p>The same as JSON (AsyncAPI 3.0): this address without <code>Accept: text/html</code>. REST: <a href="/api/docs">/api/docs</a>.</p>
${Object.values(channels).map(namespace).join("\n")}
</body></html>`;
}
