/** Slack's export: a zip (or its folder) of users.json, channels.json, groups.json, dms.json, mpims.json and a file a day. */
import { emojiOf, withEmoji } from "../emoji";
import { type Line, skipped } from "../format";
import { type Files } from "../files";

interface User {
  readonly id: string;
  readonly name: string;
  readonly deleted?: boolean;
  readonly profile?: { readonly real_name?: string; readonly display_name?: string; readonly email?: string };
}
interface Channel {
  readonly id: string;
  readonly name?: string;
  readonly created?: number;
  readonly creator?: string;
  readonly members?: readonly string[];
  readonly pins?: readonly { readonly id: string; readonly created: number; readonly user: string }[];
}
interface Message {
  readonly type?: string;
  readonly subtype?: string;
  readonly user?: string;
  readonly bot_id?: string;
  readonly username?: string;
  readonly text?: string;
  readonly ts: string;
  readonly thread_ts?: string;
  readonly edited?: { readonly ts: string };
  readonly reactions?: readonly { readonly name: string; readonly users: readonly string[] }[];
  readonly files?: readonly { readonly name?: string; readonly url_private?: string; readonly mode?: string }[];
}

const timeOf = (ts: string | number): string => new Date(Number(ts) * 1000).toISOString();
/** What people said; the rest (joins, topics, renames) is the other system's own history. */
const said = new Set([undefined, "me_message", "thread_broadcast", "bot_message", "file_share", "file_comment"]);
const decode = (text: string): string => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

export async function* slack(files: Files): AsyncGenerator<Line> {
  const users = (await files.json<User[]>("users.json")) ?? [];
  const names = new Map<string, string>();
  for (const { id, name, profile } of users) {
    const username = profile?.display_name?.trim() || profile?.real_name?.trim() || name;
    names.set(id, username);
    yield { type: "user", key: id, username, ...(profile?.email ? { email: profile.email } : {}) };
  }
  const words = textOf(names);
  for (const [list, kind] of [
    ["channels.json", "group"],
    ["groups.json", "group"],
    ["mpims.json", "group"],
    ["dms.json", "private"],
  ] as const)
    for (const channel of (await files.json<Channel[]>(list)) ?? [])
      yield* channelLines(files, channel, kind, { names, words });
}

/** Mentions and links as people read them. */
const textOf =
  (names: ReadonlyMap<string, string>) =>
  (text: string): string =>
    withEmoji(
      decode(
        text
          .replace(/<@([A-Z0-9]+)(?:\|[^>]*)?>/g, (_, id: string) => `@${names.get(id) ?? "somebody"}`)
          .replace(/<#[A-Z0-9]+\|([^>]*)>/g, "#$1")
          .replace(/<!(channel|here|everyone)(?:\|[^>]*)?>/g, "@$1")
          .replace(/<((?:https?|mailto):[^|>]+)\|([^>]*)>/g, "[$2]($1)")
          .replace(/<((?:https?|mailto):[^>]+)>/g, "$1"),
      ),
    );

interface Known {
  readonly names: Map<string, string>;
  readonly words: (text: string) => string;
}

async function* channelLines(
  files: Files,
  channel: Channel,
  kind: "group" | "private",
  known: Known,
): AsyncGenerator<Line> {
  const { id, name, creator, members = [], created } = channel;
  const there = members.filter((m) => known.names.has(m));
  if (kind === "private" && there.length !== 2) {
    yield skipped("direct conversation", "one side is unknown");
    return;
  }
  const role = (user: string) => (user === creator ? ("admin" as const) : ("member" as const));
  const lines = await messagesOf(files, name ?? id);
  const bots = new Map(lines.filter((m) => !m.user && m.bot_id).map((m) => [m.bot_id as string, m.username ?? "bot"]));
  for (const [bot, username] of bots) {
    if (known.names.has(bot)) continue;
    known.names.set(bot, username);
    yield { type: "user", key: bot, username };
  }
  yield {
    type: "conversation",
    key: id,
    kind,
    ...(kind === "group" ? { name: name ?? id } : {}),
    ...(created ? { created_at: timeOf(created) } : {}),
    members: there.map((user) => ({ user, role: role(user) })),
  };
  for (const message of lines) yield* messageLines(channel, message, known);
}

async function messagesOf(files: Files, folder: string): Promise<Message[]> {
  const all: Message[] = [];
  for (const day of files.names(`${folder}/`)) all.push(...((await files.json<Message[]>(day)) ?? []));
  return all.sort((a, b) => Number(a.ts) - Number(b.ts));
}

function* messageLines(channel: Channel, m: Message, { words }: Known): Generator<Line> {
  if (!said.has(m.subtype)) {
    yield skipped("message", `an event of Slack's own (${m.subtype})`);
    return;
  }
  const sender = m.user ?? m.bot_id;
  if (!sender) {
    yield skipped("message", "nobody is named who sent it");
    return;
  }
  const reactions: Record<string, readonly string[]> = {};
  for (const { name, users } of m.reactions ?? []) {
    const emoji = emojiOf(name);
    if (emoji) reactions[emoji] = users;
    else yield skipped("reaction", `:${name}: is a picture of its own`);
  }
  const attached = (m.files ?? []).map((f) => `[${f.name ?? "file"}](${f.url_private ?? "gone"})`);
  if (attached.length) yield skipped("file", "not in the export: its link is in the message");
  const content = [words(m.text ?? ""), ...attached].filter(Boolean).join("\n");
  if (!content) {
    yield skipped("message", "nothing is said in it");
    return;
  }
  const pin = channel.pins?.find(({ id }) => id === m.ts);
  yield {
    type: "message",
    key: m.ts,
    conversation: channel.id,
    sender,
    content,
    created_at: timeOf(m.ts),
    ...(m.edited ? { edited_at: timeOf(m.edited.ts) } : {}),
    ...(m.thread_ts && m.thread_ts !== m.ts ? { reply_to: m.thread_ts } : {}),
    ...(pin ? { pinned_at: timeOf(pin.created), pinned_by: pin.user } : {}),
    ...(Object.keys(reactions).length ? { reactions } : {}),
  };
}
