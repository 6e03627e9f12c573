/** What other systems export is read for what people said: odd cases are told, not passed over. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openFiles } from "../../scripts/moving/files";
import { type Line, type Lines, type MessageLine, readLines } from "../../scripts/moving/format";
import { csv } from "../../scripts/moving/from/csv";
import { mattermost } from "../../scripts/moving/from/mattermost";
import { rocketchat } from "../../scripts/moving/from/rocketchat";
import { slack } from "../../scripts/moving/from/slack";
import { zulip } from "../../scripts/moving/from/zulip";
import { Importer } from "../../scripts/moving/importer";
import { seedLines } from "../../scripts/moving/seed-lines";

const made: string[] = [];
afterAll(() => made.forEach((path) => rmSync(path, { recursive: true })));

function folder(files: Readonly<Record<string, unknown>>): string {
  const path = mkdtempSync(join(tmpdir(), "chat-moving-"));
  made.push(path);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return path;
}

async function all(lines: Lines): Promise<Line[]> {
  const out: Line[] = [];
  for await (const line of lines) out.push(line);
  return out;
}
const messages = (lines: Line[]): MessageLine[] => lines.filter((l) => l.type === "message");
const reasons = (lines: Line[]): string[] =>
  lines.flatMap((l) => (l.type === "skipped" ? [`${l.what}: ${l.why}`] : []));
const read = async (
  from: (files: Awaited<ReturnType<typeof openFiles>>) => Lines,
  files: Readonly<Record<string, unknown>>,
) => all(from(await openFiles(folder(files))));

describe("slack", () => {
  const export1 = {
    "users.json": [
      { id: "U1", name: "ann", profile: { real_name: "Ann Archer", email: "ann@example.com" } },
      { id: "U2", name: "gone", deleted: true, profile: {} },
    ],
    "channels.json": [
      {
        id: "C1",
        name: "general",
        creator: "U1",
        created: 1700000000,
        members: ["U1", "U2", "U9"],
        pins: [{ id: "1700000001.000100", created: 1700000009, user: "U1" }],
      },
    ],
    "dms.json": [{ id: "D1", members: ["U1", "U9"] }],
    "general/2023-11-15.json": [
      {
        type: "message",
        user: "U2",
        text: "later &amp; <@U1> :tada:",
        ts: "1700000002.000200",
        thread_ts: "1700000001.000100",
      },
    ],
    "general/2023-11-14.json": [
      {
        type: "message",
        user: "U1",
        text: "see <https://example.com|this>",
        ts: "1700000001.000100",
        reactions: [
          { name: "+1", users: ["U2"] },
          { name: "partyparrot", users: ["U2"] },
        ],
      },
      { type: "message", subtype: "channel_join", user: "U1", text: "joined", ts: "1700000000.000100" },
      { type: "message", bot_id: "B1", username: "deploys", text: "shipped", ts: "1700000003.000100" },
      { type: "message", user: "U1", text: "", ts: "1700000004.000100" },
    ],
  };

  it("gives people, channels and what was said, in order, with threads, pins and reactions", async () => {
    const lines = await read(slack, export1);
    const said = messages(lines);
    expect(said.map((m) => m.content)).toEqual([
      "see [this](https://example.com)",
      "later & @Ann Archer 🎉",
      "shipped",
    ]);
    expect(said[0]).toMatchObject({ sender: "U1", pinned_by: "U1", reactions: { "👍": ["U2"] } });
    expect(said[1]).toMatchObject({ reply_to: "1700000001.000100", created_at: "2023-11-14T22:13:22.000Z" });
    expect(lines.filter((l) => l.type === "user").map((u) => u.username)).toEqual(["Ann Archer", "gone", "deploys"]);
  });

  it("says what it can't take: joins, empty ones, own pictures, people who are not there", async () => {
    expect(reasons(await read(slack, export1)).sort()).toEqual([
      "direct conversation: one side is unknown",
      "message: an event of Slack's own (channel_join)",
      "message: nothing is said in it",
      "reaction: :partyparrot: is a picture of its own",
    ]);
  });
});

test("mattermost: channels with their members, posts and replies in one order, direct ones", async () => {
  const entries = [
    { type: "version", version: 1 },
    { type: "channel", channel: { team: "t", name: "town", display_name: "Town Square" } },
    {
      type: "user",
      user: {
        username: "ann",
        email: "ann@example.com",
        teams: [{ name: "t", channels: [{ name: "town", roles: "channel_user channel_admin" }] }],
      },
    },
    {
      type: "user",
      user: {
        username: "bob",
        nickname: "Bobby",
        teams: [{ name: "t", channels: [{ name: "town", roles: "channel_user" }] }],
      },
    },
    { type: "post", post: { team: "t", channel: "town", user: "bob", message: "second :smile:", create_at: 2000 } },
    {
      type: "post",
      post: {
        team: "t",
        channel: "town",
        user: "ann",
        message: "first",
        create_at: 1000,
        is_pinned: true,
        replies: [{ user: "bob", message: "answer", create_at: 1500 }],
        reactions: [{ user: "bob", emoji_name: "heart" }],
      },
    },
    { type: "direct_channel", direct_channel: { members: ["bob", "ann"] } },
    {
      type: "direct_post",
      direct_post: { channel_members: ["ann", "bob"], user: "ann", message: "psst", create_at: 3000 },
    },
  ];
  const lines = await read(mattermost, { "import.jsonl": entries.map((e) => JSON.stringify(e)).join("\n") });
  expect(messages(lines).map((m) => m.content)).toEqual(["first", "answer", "second 😄", "psst"]);
  expect(messages(lines)[1]?.reply_to).toBe(messages(lines)[0]?.key);
  const [town, direct] = lines.filter((l) => l.type === "conversation");
  expect(town).toMatchObject({
    kind: "group",
    name: "Town Square",
    members: [
      { user: "ann", role: "admin" },
      { user: "bob", role: "member" },
    ],
  });
  expect(direct).toMatchObject({ kind: "private" });
});

test("rocket.chat: rooms of three kinds; events of its own are left, times of both forms read", async () => {
  const lines = await read(rocketchat, {
    "users.json": [
      { _id: "a", username: "ann", name: "Ann", emails: [{ address: "ann@example.com" }] },
      { _id: "b", username: "bob" },
    ],
    "rooms.json": [
      { _id: "r1", t: "c", name: "general", u: { _id: "a" } },
      { _id: "r2", t: "d", uids: ["a", "b"] },
      { _id: "r3", t: "l" },
    ],
    "messages.json": [
      {
        _id: "m2",
        rid: "r1",
        msg: "two",
        ts: { $date: "2024-01-02T00:00:00Z" },
        u: { _id: "b" },
        tmid: "m1",
        reactions: { ":thumbsup:": { usernames: ["ann"] } },
      },
      { _id: "m1", rid: "r1", msg: "one", ts: "2024-01-01T00:00:00Z", u: { _id: "a" } },
      { _id: "m3", rid: "r1", t: "uj", msg: "bob", ts: 1704240000000, u: { _id: "b" } },
      { _id: "m4", rid: "r2", msg: "hi", ts: 1704240000000, u: { _id: "a" } },
    ]
      .map((m) => JSON.stringify(m))
      .join("\n"),
  });
  expect(messages(lines).map((m) => [m.content, m.reply_to])).toEqual([
    ["one", undefined],
    ["two", "m1"],
    ["hi", undefined],
  ]);
  expect(messages(lines)[1]?.reactions).toEqual({ "👍": ["a"] });
  expect(reasons(lines)).toEqual([
    "message: an event of Rocket.Chat's own (uj)",
    "room: a kind of Rocket.Chat's own (l)",
  ]);
});

test("zulip: streams with topics, pairs, equal times in the order of ids", async () => {
  const lines = await read(zulip, {
    "realm.json": {
      zerver_userprofile: [
        { id: 1, full_name: "Ann", delivery_email: "ann@example.com" },
        { id: 2, full_name: "Bot", is_bot: true, email: "bot@zulip" },
      ],
      zerver_stream: [{ id: 7, name: "general" }],
      zerver_recipient: [
        { id: 70, type: 2, type_id: 7 },
        { id: 71, type: 1, type_id: 2 },
      ],
      zerver_subscription: [
        { recipient: 70, user_profile: 1, role: 20 },
        { recipient: 70, user_profile: 2, role: 50 },
      ],
      zerver_reaction: [{ message: 11, user_profile: 2, emoji_code: "1f44d", reaction_type: "unicode_emoji" }],
    },
    "messages-000001.json": {
      zerver_message: [
        { id: 12, sender: 2, recipient: 70, subject: "hello", content: "b", date_sent: 1700000000 },
        { id: 11, sender: 1, recipient: 70, subject: "hello", content: "a", date_sent: 1700000000 },
        { id: 13, sender: 1, recipient: 71, content: "to the bot", date_sent: 1700000001 },
      ],
    },
  });
  expect(messages(lines).map((m) => m.content)).toEqual(["**hello**\na", "**hello**\nb", "to the bot"]);
  expect(messages(lines)[0]?.reactions).toEqual({ "👍": ["user/2"] });
  expect(lines.filter((l) => l.type === "conversation").map((c) => c.kind)).toEqual(["group", "private"]);
});

test("csv: quoted cells with line ends, times that can't be read are told, a table without its columns is refused", async () => {
  const table =
    'conversation,sender,created_at,content\nteam,Ann,2024-01-02,"two\nlines"\nteam,Bob,2024-01-01,first\nteam,Bob,yesterday,never\n';
  const lines = await read(csv, { "all.csv": table });
  expect(messages(lines).map((m) => m.content)).toEqual(["first", "two\nlines"]);
  expect(reasons(lines)).toEqual(["message: its time can't be read"]);
  await expect(read(csv, { "all.csv": "a,b\n1,2\n" })).rejects.toThrow(
    "lacks the columns conversation, sender, created_at, content",
  );
});

describe("a dry run", () => {
  it("counts, writes nothing, and says which replies lost what they answer", async () => {
    const lines: Line[] = [
      { type: "user", key: "a", username: "Ann" },
      { type: "conversation", key: "c", kind: "group", name: "G", members: [{ user: "a" }] },
      {
        type: "message",
        key: "1",
        conversation: "c",
        sender: "a",
        content: "x",
        created_at: "2024-01-01T00:00:00Z",
        reply_to: "0",
      },
      {
        type: "message",
        key: "2",
        conversation: "c",
        sender: "nobody",
        content: "x",
        created_at: "2024-01-01T00:00:00Z",
      },
      {
        type: "message",
        key: "3",
        conversation: "elsewhere",
        sender: "a",
        content: "x",
        created_at: "2024-01-01T00:00:00Z",
      },
    ];
    const report = await new Importer(undefined).run(lines);
    expect(report).toMatchObject({ users: 1, conversations: 1, messages: 1 });
    expect(Object.fromEntries(report.skipped)).toEqual({
      "reply: what it answers is gone": 1,
      "message: nobody is known who sent it": 1,
      "message: its conversation does not stand before it": 1,
    });
  });

  it("names the line of a file that is none of the format", async () => {
    const path = join(
      folder({ "x.jsonl": '{"type":"format","version":1}\n{"type":"user","key":"a","username":"A"}\nnot json\n' }),
      "x.jsonl",
    );
    await expect(all(readLines(path))).rejects.toThrow(/x\.jsonl:3: this is no JSON/);
    const newer = join(folder({ "y.jsonl": '{"type":"format","version":2}\n' }), "y.jsonl");
    await expect(all(readLines(newer))).rejects.toThrow("version 2 is newer than this program");
  });
});

test("the seed is the same each time, never in the future, and names only whom it has introduced", () => {
  const now = new Date("2026-01-01T12:00:00Z");
  const lines = [...seedLines(now)];
  expect(lines).toEqual([...seedLines(now)]);
  const users = new Set(lines.flatMap((l) => (l.type === "user" ? [l.key] : [])));
  const said = messages(lines);
  expect(said.length).toBeGreaterThan(5_000);
  expect(said.every((m) => Date.parse(m.created_at) < now.getTime() && users.has(m.sender))).toBe(true);
});
