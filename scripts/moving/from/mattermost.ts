/** Mattermost's bulk export: a JSONL file of users, channels, posts with their replies, and direct conversations. */
import { emojiOf, withEmoji } from "../emoji";
import { type Files } from "../files";
import { type Line, skipped } from "../format";

interface Reaction {
  readonly user: string;
  readonly emoji_name: string;
}
interface Post {
  readonly team?: string;
  readonly channel?: string;
  readonly channel_members?: readonly string[];
  readonly user: string;
  readonly message?: string;
  readonly create_at: number;
  readonly edit_at?: number;
  readonly is_pinned?: boolean;
  readonly reactions?: readonly Reaction[];
  readonly replies?: readonly Post[];
  readonly attachments?: readonly { readonly path?: string }[];
  readonly type?: string;
}
interface User {
  readonly username: string;
  readonly email?: string;
  readonly nickname?: string;
  readonly first_name?: string;
  readonly last_name?: string;
  readonly teams?: readonly {
    readonly name: string;
    readonly channels?: readonly { readonly name: string; readonly roles?: string }[];
  }[];
}
interface Channel {
  readonly team: string;
  readonly name: string;
  readonly display_name?: string;
}
interface Entry {
  readonly type: string;
  readonly user?: User;
  readonly channel?: Channel;
  readonly post?: Post;
  readonly direct_channel?: { readonly members?: readonly string[] };
  readonly direct_post?: Post;
}

const channelKey = (team: string, name: string): string => `channel/${team}/${name}`;
const directKey = (members: readonly string[]): string => `direct/${[...members].sort().join(",")}`;
const nameOf = (u: User): string =>
  u.nickname?.trim() || [u.first_name, u.last_name].filter(Boolean).join(" ").trim() || u.username;

async function entriesOf(files: Files): Promise<Entry[]> {
  const file = files.names("").find((name) => name.endsWith(".jsonl"));
  if (file === undefined) throw new Error("There is no .jsonl file in this export.");
  const text = (await files.text(file)) ?? "";
  return text
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line) as Entry);
}

export async function* mattermost(files: Files): AsyncGenerator<Line> {
  const entries = await entriesOf(files);
  const members = new Map<string, { user: string; role: "admin" | "member" }[]>();
  for (const { user } of entries) {
    if (!user) continue;
    yield { type: "user", key: user.username, username: nameOf(user), ...(user.email ? { email: user.email } : {}) };
    for (const team of user.teams ?? [])
      for (const { name, roles = "" } of team.channels ?? []) {
        const key = channelKey(team.name, name);
        const role = roles.includes("channel_admin") ? ("admin" as const) : ("member" as const);
        members.set(key, [...(members.get(key) ?? []), { user: user.username, role }]);
      }
  }
  const byChannel = grouped(
    entries.flatMap(({ post }) => post ?? []),
    (p) => channelKey(p.team ?? "", p.channel ?? ""),
  );
  for (const { channel } of entries) {
    if (!channel) continue;
    const key = channelKey(channel.team, channel.name);
    yield {
      type: "conversation",
      key,
      kind: "group",
      name: channel.display_name || channel.name,
      members: members.get(key) ?? [],
    };
    yield* postLines(key, byChannel.get(key) ?? []);
  }
  const direct = grouped(
    entries.flatMap(({ direct_post }) => direct_post ?? []),
    (p) => directKey(p.channel_members ?? []),
  );
  for (const { direct_channel } of entries) {
    if (!direct_channel?.members) continue;
    const key = directKey(direct_channel.members);
    const kind = direct_channel.members.length === 2 ? "private" : "group";
    const name = kind === "group" ? { name: direct_channel.members.join(", ").slice(0, 100) } : {};
    yield { type: "conversation", key, kind, ...name, members: direct_channel.members.map((user) => ({ user })) };
    yield* postLines(key, direct.get(key) ?? []);
  }
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return groups;
}

/** Posts and replies in one order. */
function* postLines(conversation: string, posts: readonly Post[]): Generator<Line> {
  const all = posts.flatMap((post, i) => {
    const root = `${post.create_at}/${i}`;
    return [
      { post, key: root, reply_to: undefined as string | undefined },
      ...(post.replies ?? []).map((reply, j) => ({
        post: reply,
        key: `${root}/${j}`,
        reply_to: root,
      })),
    ];
  });
  all.sort((a, b) => a.post.create_at - b.post.create_at);
  for (const { post, key, reply_to } of all) {
    if (post.type?.startsWith("system_")) yield skipped("message", "an event of Mattermost's own");
    else yield* postLine(conversation, post, key, reply_to);
  }
}

function* postLine(conversation: string, post: Post, key: string, reply_to: string | undefined): Generator<Line> {
  const reactions: Record<string, string[]> = {};
  for (const { user, emoji_name } of post.reactions ?? []) {
    const emoji = emojiOf(emoji_name);
    if (emoji) (reactions[emoji] ??= []).push(user);
    else yield skipped("reaction", `:${emoji_name}: is a picture of its own`);
  }
  const attached = (post.attachments ?? []).map(({ path }) => `[file: ${path ?? "gone"}]`);
  if (attached.length) yield skipped("file", "its name is in the message; upload it by hand");
  const content = [withEmoji(post.message ?? ""), ...attached].filter(Boolean).join("\n");
  if (!content) {
    yield skipped("message", "nothing is said in it");
    return;
  }
  const at = new Date(post.create_at).toISOString();
  yield {
    type: "message",
    key,
    conversation,
    sender: post.user,
    content,
    created_at: at,
    ...(post.edit_at ? { edited_at: new Date(post.edit_at).toISOString() } : {}),
    ...(post.is_pinned ? { pinned_at: at, pinned_by: post.user } : {}),
    ...(reply_to === undefined ? {} : { reply_to }),
    ...(Object.keys(reactions).length ? { reactions } : {}),
  };
}
