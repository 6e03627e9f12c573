/** Polls: one vote a member, counted live; who chose what is nobody's business where it is anonymous. */
import { type Params } from "../../contracts/actions";
import { codeOf } from "../../contracts/errors";
import { type Conversation, type Message } from "../../contracts/shapes";
import { type ChatSystem, startChat } from "../support/chat";
import { clockAt, clockOn } from "../support/clock";

let chat: ChatSystem;
let group: Conversation;
const [admin, maker, voter, stranger] = [1, 2, 3, 4] as const;
beforeAll(async () => void (chat = await startChat()));
afterAll(() => chat.stop());
beforeEach(async () => {
  group = await chat.group(admin, maker, voter);
  chat.emitted.length = 0;
});

type Given = NonNullable<Params<"chat.send">["poll"]>;
const ask = (more: Partial<Given> = {}, to = group._id): Promise<Message> =>
  chat.as(maker)("chat.send", { conversationId: to, poll: { question: "when?", options: ["now", "later"], ...more } });
const vote = (messageId: string, by: number, ...options: number[]) => chat.as(by)("chat.vote", { messageId, options });
const counts = ({ poll }: Message) => poll?.options.map(({ votes }) => votes);
const refusal = (promise: Promise<unknown>): Promise<string> => promise.then(() => "none", codeOf);
const now = (messageId: string, by: number = admin) => chat.as(by)("chat.message", { messageId });

it("is asked, counted live, by sync and in lists, and found by its question", async () => {
  const { cursors } = await chat.as(admin)("chat.sync", {});
  const asked = await ask();
  const none = { votes: 0, voters: [] };
  const options = [
    { text: "now", ...none },
    { text: "later", ...none },
  ];
  const rest = { multiple: false, anonymous: false, voters: 0, closes_at: null, closed_at: null };
  expect([asked.content, asked.poll]).toEqual(["when?", { question: "when?", options, ...rest }]);
  const after = await vote(asked._id, voter, 1);
  expect(after.poll?.options[1]).toEqual({ text: "later", votes: 1, voters: [voter] });
  for (const seen of [
    chat.heard(admin, "message:updated").at(-1),
    await now(asked._id),
    (await chat.as(admin)("chat.sync", { cursors })).changes.at(-1)?.message,
    (await chat.as(admin)("chat.search", { query: "when", conversationId: group._id, limit: 5, skip: 0 })).messages[0],
  ])
    expect(counts(seen as Message)).toEqual([0, 1]);
});

it("has one vote of each member, who may think again and take it back", async () => {
  const { _id } = await ask();
  await vote(_id, voter, 0);
  await vote(_id, voter, 1);
  expect(counts(await vote(_id, maker, 1))).toEqual([0, 2]);
  const before = await now(_id);
  chat.emitted.length = 0;
  expect(await vote(_id, voter, 1)).toMatchObject({ version: before.version });
  expect(chat.emitted).toEqual([]);
  expect(await chat.as(voter)("chat.ownVote", { messageId: _id })).toEqual({ options: [1] });
  expect(counts(await vote(_id, voter))).toEqual([0, 1]);
  expect(await chat.as(voter)("chat.ownVote", { messageId: _id })).toEqual({ options: [] });
});

it("counts votes that come at once", async () => {
  const people = Array.from({ length: 40 }, (_, i) => 100 + i);
  const { _id: to } = await chat.group(maker, ...people);
  const { _id } = await ask({ multiple: true }, to);
  await Promise.all(people.map((id) => vote(_id, id, ...(id % 2 ? [0] : [0, 1]))));
  expect(counts(await now(_id, maker))).toEqual([40, 20]);
  expect((await now(_id, maker)).poll?.voters).toBe(40);
});

it("tells nobody who chose what where it is anonymous, at no door, but everyone their own", async () => {
  const { _id } = await ask({ anonymous: true });
  const acked = await vote(_id, voter, 0);
  const { changes } = await chat.as(admin)("chat.sync", { cursors: { [group._id]: 0 } });
  const here = changes.filter(({ conversationId }) => conversationId === group._id);
  const seen = [acked, await now(_id), chat.heard(admin, "message:updated"), here];
  expect(JSON.stringify(seen)).not.toMatch(/"voters":\[|"votes":\{/);
  expect(counts(await now(_id))).toEqual([1, 0]);
  expect(await chat.as(voter)("chat.ownVote", { messageId: _id })).toEqual({ options: [0] });
  expect(await chat.as(admin)("chat.ownVote", { messageId: _id })).toEqual({ options: [] });
});

it("is closed by its maker or who leads the group, or by its time; then nobody votes", async () => {
  const [byMaker, byAdmin] = [await ask(), await ask()];
  expect(await refusal(chat.as(voter)("chat.closePoll", { messageId: byMaker._id }))).toBe("FORBIDDEN");
  const closed = await chat.as(maker)("chat.closePoll", { messageId: byMaker._id });
  expect(closed.poll?.closed_at).toEqual(expect.any(String));
  expect(await chat.as(maker)("chat.closePoll", { messageId: byMaker._id })).toEqual(closed);
  await chat.as(admin)("chat.closePoll", { messageId: byAdmin._id });
  const inTime = await ask({ closes_at: new Date(Date.now() + 60_000).toISOString() });
  await vote(inTime._id, voter, 0);
  clockAt(Date.now() + 60_001);
  try {
    for (const { _id } of [byMaker, byAdmin, inTime]) expect(await refusal(vote(_id, voter, 1))).toBe("CONFLICT");
  } finally {
    clockOn();
  }
  expect(counts(await now(inTime._id))).toEqual([1, 0]);
});

it("goes with its message, stays with an edit, and is no part of a copy", async () => {
  const { _id } = await ask();
  await vote(_id, voter, 1);
  const edited = await chat.as(maker)("chat.edit", { messageId: _id, content: "when then?" });
  expect(counts(edited)).toEqual([0, 1]);
  expect(await chat.as(voter)("chat.forward", { messageId: _id, conversationId: group._id })).not.toHaveProperty(
    "poll",
  );
  await chat.as(maker)("chat.deleteMessage", { messageId: _id });
  expect(await now(_id)).not.toHaveProperty("poll");
  expect(await refusal(vote(_id, voter, 0))).toBe("NOTFOUND");
});

it("the retry of its send gets the first answer; another poll under the key is a conflict", async () => {
  const poll = { question: "q", options: ["a", "b"] };
  const send = (p: Given) => chat.as(maker)("chat.send", { conversationId: group._id, poll: p, clientId: "k" });
  const first = await send(poll);
  await vote(first._id, voter, 0);
  expect(await send(poll)).toEqual(first);
  expect(await refusal(send({ ...poll, anonymous: true }))).toBe("CONFLICT");
});

it("a vote in a conversation where one side has blocked the other is not heard there", async () => {
  const pair = await chat.pair(maker, 60);
  const { _id } = await ask({}, pair._id);
  chat.blocks.add(`${maker}>60`);
  await chat.as(maker)("chat.applyBlock", { userId: maker, blockedId: 60 });
  expect(counts(await vote(_id, 60, 0))).toEqual([1, 0]);
  expect(counts(await now(_id, maker))).toEqual([0, 0]);
  expect(counts(await now(_id, 60))).toEqual([1, 0]);
});

it.each<[string, Partial<Given>]>([
  ["of one option", { options: ["a"] }],
  ["of too many", { options: Array.from({ length: 21 }, (_, i) => `${i}`) }],
  ["of equal options", { options: ["a", " a "] }],
  ["of a blank one", { options: ["a", "  "] }],
  ["without a question", { question: "  " }],
  ["that was closed before it began", { closes_at: new Date(0).toISOString() }],
])("a poll %s is refused", async (_what, more) => expect(await refusal(ask(more))).toBe("BAD_REQUEST"));

it("a vote is refused of strangers, for what is no poll or no option, and for more than one", async () => {
  const { _id } = await ask();
  const { _id: plain } = await chat.send(maker, group._id, "no poll");
  expect(await refusal(vote(_id, stranger, 0))).toBe("FORBIDDEN");
  expect(await refusal(chat.as(stranger)("chat.ownVote", { messageId: _id }))).toBe("FORBIDDEN");
  expect(await refusal(vote(plain, voter, 0))).toBe("NOTFOUND");
  for (const options of [[2], [-1], [0.5], [0, 1]])
    expect(await refusal(vote(_id, voter, ...options))).toBe("BAD_REQUEST");
  expect(counts(await now(_id))).toEqual([0, 0]);
});
