/** Rocket.Chat's data as its database keeps it: users.json, rooms.json and messages.json (mongoexport, arrays or lines). */
import { emojiOf, withEmoji } from "../emoji";
import { type Files } from "../files";
import { type Line, skipped } from "../format";

type Time = string | number | { readonly $date: string | number };
interface User {
  readonly _id: string;
  readonly username?: string;
  readonly name?: string;
  readonly emails?: readonly { readonly address: string }[];
  readonly createdAt?: Time;
}
interface Room {
  readonly _id: string;
  /** `c` channel, `p` private group, `d` direct */
  readonly t: string;
  readonly name?: string;
  readonly fname?: string;
  readonly u?: { readonly _id: string };
  readonly uids?: readonly string[];
  readonly ts?: Time;
}
interface Message {
  readonly _id: string;
  readonly rid: string;
  readonly msg?: string;
  readonly ts: Time;
  readonly u: { readonly _id: string; readonly username?: string };
  readonly t?: string;
  readonly editedAt?: Time;
  readonly tmid?: string;
  readonly pinned?: boolean;
  readonly mentions?: readonly { readonly _id: string }[];
  readonly reactions?: Readonly<Record<string, { readonly usernames: readonly string[] }>>;
  readonly file?: { readonly name?: string };
  readonly files?: readonly { readonly name?: string }[];
}

const timeOf = (at: Time): string => new Date(typeof at === "object" ? at.$date : at).toISOString();

/** An array, or one document a line. */
async function documents<T>(files: Files, name: string): Promise<T[]> {
  const path = files.names("").find((file) => file.endsWith(`${name}.json`));
  const text = path === undefined ? "" : ((await files.text(path)) ?? "");
  if (text.trimStart().startsWith("[")) return JSON.parse(text) as T[];
  return text
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line) as T);
}

export async function* rocketchat(files: Files): AsyncGenerator<Line> {
  const users = await documents<User>(files, "users");
  const byName = new Map(users.map((u) => [u.username, u._id]));
  for (const u of users) {
    const email = u.emails?.[0]?.address;
    const username = u.name?.trim() || u.username || "somebody";
    yield {
      type: "user",
      key: u._id,
      username,
      ...(email ? { email } : {}),
      ...(u.createdAt ? { created_at: timeOf(u.createdAt) } : {}),
    };
  }
  const byRoom = new Map<string, Message[]>();
  for (const message of await documents<Message>(files, "messages"))
    byRoom.set(message.rid, [...(byRoom.get(message.rid) ?? []), message]);
  for (const room of await documents<Room>(files, "rooms")) {
    if (!["c", "p", "d"].includes(room.t)) yield skipped("room", `a kind of Rocket.Chat's own (${room.t})`);
    else yield* roomLines(room, byRoom.get(room._id) ?? [], byName);
  }
}

function* roomLines(room: Room, messages: Message[], byName: ReadonlyMap<string | undefined, string>): Generator<Line> {
  messages.sort((a, b) => timeOf(a.ts).localeCompare(timeOf(b.ts)));
  const people = new Set([
    ...(room.uids ?? []),
    ...(room.u ? [room.u._id] : []),
    ...messages.filter((m) => !m.t).map((m) => m.u._id),
  ]);
  const kind = room.t === "d" && people.size === 2 ? "private" : "group";
  yield {
    type: "conversation",
    key: room._id,
    kind,
    ...(kind === "group" ? { name: room.fname || room.name || room._id } : {}),
    ...(room.ts ? { created_at: timeOf(room.ts) } : {}),
    members: [...people].map((user) => ({
      user,
      role: user === room.u?._id ? ("admin" as const) : ("member" as const),
    })),
  };
  for (const m of messages) {
    if (m.t) yield skipped("message", `an event of Rocket.Chat's own (${m.t})`);
    else yield* messageLine(room, m, byName);
  }
}

function* messageLine(room: Room, m: Message, byName: ReadonlyMap<string | undefined, string>): Generator<Line> {
  const reactions: Record<string, string[]> = {};
  for (const [name, { usernames }] of Object.entries(m.reactions ?? {})) {
    const emoji = emojiOf(name);
    if (emoji) reactions[emoji] = usernames.flatMap((u) => byName.get(u) ?? []);
    else yield skipped("reaction", `${name} is a picture of its own`);
  }
  const attached = (m.files ?? (m.file ? [m.file] : [])).map((f) => `[file: ${f.name ?? "gone"}]`);
  if (attached.length) yield skipped("file", "its name is in the message; upload it by hand");
  const content = [withEmoji(m.msg ?? ""), ...attached].filter(Boolean).join("\n");
  if (!content) {
    yield skipped("message", "nothing is said in it");
    return;
  }
  const at = timeOf(m.ts);
  yield {
    type: "message",
    key: m._id,
    conversation: room._id,
    sender: m.u._id,
    content,
    created_at: at,
    ...(m.editedAt ? { edited_at: timeOf(m.editedAt) } : {}),
    ...(m.tmid ? { reply_to: m.tmid } : {}),
    ...(m.pinned ? { pinned_at: at, pinned_by: m.u._id } : {}),
    ...(m.mentions?.length ? { mentions: m.mentions.map(({ _id }) => _id) } : {}),
    ...(Object.keys(reactions).length ? { reactions } : {}),
  };
}
