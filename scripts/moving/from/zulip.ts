/** Zulip's export: realm.json with people, streams and who is in them, and messages-000001.json and on. */
import { type Files } from "../files";
import { type Line, skipped } from "../format";

interface Profile {
  readonly id: number;
  readonly full_name: string;
  readonly delivery_email?: string;
  readonly email?: string;
  readonly is_bot?: boolean;
  readonly date_joined?: number;
}
interface Recipient {
  readonly id: number;
  /** 1 a person, 2 a stream, 3 a group of people */
  readonly type: number;
  readonly type_id: number;
}
interface Realm {
  readonly zerver_userprofile?: readonly Profile[];
  readonly zerver_userprofile_crossrealm?: readonly Profile[];
  readonly zerver_stream?: readonly { readonly id: number; readonly name: string; readonly date_created?: number }[];
  readonly zerver_recipient?: readonly Recipient[];
  readonly zerver_subscription?: readonly {
    readonly recipient: number;
    readonly user_profile: number;
    readonly active?: boolean;
    readonly role?: number;
  }[];
  readonly zerver_reaction?: readonly {
    readonly message: number;
    readonly user_profile: number;
    readonly emoji_code: string;
    readonly reaction_type: string;
  }[];
}
interface Message {
  readonly id: number;
  readonly sender: number;
  readonly recipient: number;
  readonly subject?: string;
  readonly content: string;
  readonly date_sent: number;
  readonly last_edit_time?: number | null;
}

const ADMINS_UP_TO = 20;
const userKey = (id: number): string => `user/${id}`;
const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString();

async function messagesOf(files: Files): Promise<Message[]> {
  const all: Message[] = [];
  for (const name of files.names("").filter((file) => /(^|\/)messages-\d+\.json$/.test(file)))
    all.push(...((await files.json<{ zerver_message: Message[] }>(name))?.zerver_message ?? []));
  return all.sort((a, b) => a.date_sent - b.date_sent || a.id - b.id);
}

export async function* zulip(files: Files): AsyncGenerator<Line> {
  const path = files.names("").find((file) => file.endsWith("realm.json"));
  const realm = path === undefined ? undefined : await files.json<Realm>(path);
  if (!realm) throw new Error("There is no realm.json in this export.");
  for (const p of [...(realm.zerver_userprofile ?? []), ...(realm.zerver_userprofile_crossrealm ?? [])]) {
    const email = p.is_bot ? undefined : (p.delivery_email ?? p.email);
    yield {
      type: "user",
      key: userKey(p.id),
      username: p.full_name,
      ...(email ? { email } : {}),
      ...(p.date_joined ? { created_at: timeOf(p.date_joined) } : {}),
    };
  }
  const messages = await messagesOf(files);
  const reactions = reactionsOf(realm);
  const streams = new Map((realm.zerver_stream ?? []).map((s) => [s.id, s]));
  const recipients = new Map((realm.zerver_recipient ?? []).map((r) => [r.id, r]));
  const byPlace = new Map<
    string,
    {
      members: Set<number>;
      admins: Set<number>;
      kind: "private" | "group";
      name?: string;
      created_at?: string;
      messages: Message[];
    }
  >();
  const place = (key: string, kind: "private" | "group") => {
    const known = byPlace.get(key) ?? { members: new Set<number>(), admins: new Set<number>(), kind, messages: [] };
    byPlace.set(key, known);
    return known;
  };
  for (const { id, type, type_id } of recipients.values()) {
    if (type === 1) continue;
    const there = place(`recipient/${id}`, "group");
    const stream = type === 2 ? streams.get(type_id) : undefined;
    there.name = stream?.name ?? "Group";
    if (stream?.date_created) there.created_at = timeOf(stream.date_created);
  }
  for (const s of realm.zerver_subscription ?? []) {
    const there = byPlace.get(`recipient/${s.recipient}`);
    if (!there || s.active === false) continue;
    there.members.add(s.user_profile);
    if (s.role !== undefined && s.role <= ADMINS_UP_TO) there.admins.add(s.user_profile);
  }
  for (const m of messages) {
    const recipient = recipients.get(m.recipient);
    if (!recipient) yield skipped("message", "nobody is named whom it was for");
    else if (recipient.type === 1) {
      const pair = [m.sender, recipient.type_id].sort((a, b) => a - b);
      if (pair[0] === pair[1]) yield skipped("message", "a note to oneself");
      else {
        const there = place(`pair/${pair.join("-")}`, "private");
        for (const id of pair) there.members.add(id);
        there.messages.push(m);
      }
    } else place(`recipient/${m.recipient}`, "group").messages.push(m);
  }
  for (const [key, there] of byPlace) {
    const members = [...there.members].map((id) => ({
      user: userKey(id),
      role: there.admins.has(id) ? ("admin" as const) : ("member" as const),
    }));
    const name = there.kind === "group" ? { name: (there.name ?? "Group").slice(0, 100) } : {};
    yield {
      type: "conversation",
      key,
      kind: there.kind,
      ...name,
      ...(there.created_at ? { created_at: there.created_at } : {}),
      members,
    };
    for (const m of there.messages) yield messageLine(key, m, reactions.get(m.id));
  }
}

function reactionsOf(realm: Realm): Map<number, Record<string, string[]>> {
  const all = new Map<number, Record<string, string[]>>();
  for (const r of realm.zerver_reaction ?? []) {
    if (r.reaction_type !== "unicode_emoji") continue;
    const emoji = String.fromCodePoint(...r.emoji_code.split("-").map((hex) => parseInt(hex, 16)));
    const known = all.get(r.message) ?? {};
    (known[emoji] ??= []).push(userKey(r.user_profile));
    all.set(r.message, known);
  }
  return all;
}

/** A topic is the first line of what was said under it. */
function messageLine(conversation: string, m: Message, reactions: Record<string, string[]> | undefined): Line {
  const topic = m.subject?.trim() && conversation.startsWith("recipient/") ? `**${m.subject.trim()}**\n` : "";
  return {
    type: "message",
    key: String(m.id),
    conversation,
    sender: userKey(m.sender),
    content: `${topic}${m.content}`,
    created_at: timeOf(m.date_sent),
    ...(m.last_edit_time ? { edited_at: timeOf(m.last_edit_time) } : {}),
    ...(reactions ? { reactions } : {}),
  };
}
