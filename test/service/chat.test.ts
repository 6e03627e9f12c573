import { join } from "node:path";
import { type ChatSystem, startChat } from "../support/chat";
import { eventually } from "../support/eventually";

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());
beforeEach(() => {
  chat.emitted.length = 0;
});
let next = 0;
/** Users of this test alone. */
const people = (n: number): number[] => Array.from({ length: n }, () => (next = (next % 295) + 1));

const refusal = (code: string) => expect.objectContaining({ type: code });

describe("sending", () => {
  it("numbers messages from 1 and tells every member", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    const { _id } = await chat.group(a, b, c);
    const one = await chat.send(a, _id, "hello");
    const two = await chat.send(b, _id, "hi");
    expect([one.seq, two.seq]).toEqual([1, 2]);
    expect(chat.heard(c, "message:created").map((m) => m.content)).toEqual(["hello", "hi"]);
  });

  it("gives a thousand pipelined messages of twenty senders one gapless order", async () => {
    const all = people(20);
    const { _id } = await chat.group(...all);
    const sent = await Promise.all(
      all.flatMap((u) => Array.from({ length: 50 }, (_, i) => chat.send(u, _id, `m${i}`, { clientId: `c${i}` }))),
    );
    expect(sent.map((m) => m.seq).sort((x, y) => x - y)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
    const heard = chat.heard(all[3] as number, "message:created").map((m) => m.seq);
    expect(heard).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
    for (const u of all) {
      const own = sent.filter((m) => m.sender_id === u);
      expect(own.map((m) => m.content)).toEqual(Array.from({ length: 50 }, (_, i) => `m${i}`));
    }
  });

  it("keeps the order of sends in a row, also where one has files or names to look up, or is refused for them", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const sends = Array.from({ length: 30 }, (_, i) => {
      const more =
        i % 5 === 1 ? { attachments: Array.from({ length: i % 10 === 1 ? 1 : 11 }, (_x, n) => `/files/${n}`) } : {};
      return chat.send(a, _id, i % 3 === 0 ? `${i} @User ${b}` : `${i}`, more);
    });
    const outcomes = await Promise.allSettled(sends);
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(3);
    const seqs = outcomes.flatMap((o) => (o.status === "fulfilled" ? [o.value.seq] : []));
    expect(seqs).toEqual(Array.from({ length: 27 }, (_, i) => i + 1));
  });

  it("keeps the order of forwards among sends, whose originals are looked up first", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const { _id: messageId } = await chat.send(a, _id, "the original");
    const sent = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 4 === 1 ? chat.as(a)("chat.forward", { conversationId: _id, messageId }) : chat.send(a, _id, `${i}`),
      ),
    );
    expect(sent.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 2));
  });

  it("is one message however often its clientId is sent, also at once", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const sent = await Promise.all(Array.from({ length: 20 }, () => chat.send(a, _id, "once", { clientId: "k" })));
    expect(new Set(sent.map((m) => m._id)).size).toBe(1);
    expect(chat.heard(b, "message:created")).toHaveLength(1);
    const again = await chat.send(a, _id, "once", { clientId: "k" });
    expect(again._id).toBe(sent[0]?._id);
    expect(chat.heard(b, "message:created")).toHaveLength(1);
  });

  it("is the same message after the actor forgot the key", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const first = await chat.send(a, _id, "old", { clientId: "k" });
    for (let i = 0; i < 4; i++) await Promise.all(Array.from({ length: 100 }, (_, n) => chat.send(a, _id, `m${n}`)));
    const again = await chat.send(a, _id, "old", { clientId: "k" });
    expect(again._id).toBe(first._id);
    expect((await chat.send(a, _id, "next")).seq).toBe(402);
  });

  it("answers a retry as it did at first, whatever became of the message", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const first = await chat.send(a, _id, "one", { clientId: "k" });
    const messageId = first._id;
    await chat.as(a)("chat.edit", { messageId, content: "two" });
    await chat.as(b)("chat.react", { messageId, emoji: "👍" });
    await chat.as(a)("chat.pinMessage", { messageId });
    await chat.as(b)("chat.read", { messageId });
    expect(await chat.send(a, _id, "one", { clientId: "k" })).toEqual(first);
    await expect(chat.send(a, _id, "two", { clientId: "k" })).rejects.toEqual(refusal("CONFLICT"));
    await chat.as(a)("chat.deleteMessage", { messageId });
    expect(await chat.send(a, _id, "one", { clientId: "k" })).toMatchObject({ _id: messageId, content: "" });
  });

  it("refuses a text that nobody can see", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    for (const content of ["\n\t", "\u200b\u2060", "\u3164\ufe0f", "\u2800", "\u0007"]) {
      await expect(chat.send(a, _id, content)).rejects.toEqual(refusal("BAD_REQUEST"));
      expect((await chat.send(a, _id, `${content}!`)).content).toBe(`${content}!`);
    }
  });

  it("refuses a clientId that was used for another body", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    await chat.send(a, _id, "one", { clientId: "k" });
    await expect(chat.send(a, _id, "two", { clientId: "k" })).rejects.toEqual(refusal("CONFLICT"));
    expect((await chat.send(b, _id, "two", { clientId: "k" })).seq).toBe(2);
  });

  it("refuses outsiders, unknown conversations, empty and oversized texts, and stores nothing of them", async () => {
    const [a, b, out] = people(3) as [number, number, number];
    const { _id } = await chat.group(a, b);
    await expect(chat.send(out, _id, "x")).rejects.toEqual(refusal("FORBIDDEN"));
    await expect(chat.send(a, "f".repeat(24), "x")).rejects.toEqual(refusal("NOTFOUND"));
    await expect(chat.send(a, _id, "  ")).rejects.toEqual(refusal("BAD_REQUEST"));
    await expect(chat.send(a, _id, "x".repeat(4001))).rejects.toEqual(refusal("TOO_LARGE"));
    await expect(chat.send(a, _id, { $ne: null } as never)).rejects.toMatchObject({ code: 422 });
    expect((await chat.send(a, _id, "é".repeat(4000))).seq).toBe(1);
  });

  it("quotes the message it replies to, and refuses one from elsewhere", async () => {
    const [a, b] = people(2) as [number, number];
    const [one, two] = [await chat.group(a, b), await chat.group(a, b)];
    const quoted = await chat.send(a, one._id, "question");
    const reply = await chat.send(b, one._id, "answer", { replyTo: quoted._id });
    expect(reply.reply_to).toMatchObject({ message_id: quoted._id, content: "question", sender_id: a });
    await expect(chat.send(b, two._id, "x", { replyTo: quoted._id })).rejects.toEqual(refusal("NOTFOUND"));
    const thread = await chat.as(a)("chat.thread", { messageId: quoted._id, limit: 10 });
    expect(thread.map((m) => m._id)).toEqual([reply._id]);
  });
});

describe("mentions and files", () => {
  it("know members by name, and everyone by a leader's @all", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    const { _id } = await chat.group(a, b, c);
    expect((await chat.send(b, _id, `hi @User ${c}, mail me@user ${a}.org`)).mentions).toEqual([c]);
    expect((await chat.send(b, _id, "look", { mentions: [a, 99_999] })).mentions).toEqual([a]);
    expect((await chat.send(b, _id, "@all of you")).mention_all).toBeUndefined();
    expect((await chat.send(a, _id, "@all of you")).mention_all).toBe(true);
  });

  it("are closed to the conversation with the last message that has them", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const files = { attachments: ["/files/1", "/files/2"] };
    const one = await chat.send(a, _id, "", files);
    expect(one.type).toBe("image");
    const two = await chat.send(a, _id, "again", { attachments: ["/files/2"] });
    await chat.as(a)("chat.deleteMessage", { messageId: one._id });
    expect(chat.detached).toEqual(["/files/1"]);
    await chat.as(a)("chat.deleteMessage", { messageId: two._id });
    expect(chat.detached).toEqual(["/files/1", "/files/2"]);
    const eleven = Array.from({ length: 11 }, (_, i) => `/files/${i}`);
    await expect(chat.send(a, _id, "", { attachments: eleven })).rejects.toEqual(refusal("TOO_LARGE"));
  });
});

describe("a retry", () => {
  it("of a message that mentioned strangers too is the same message, which mentions each member once", async () => {
    const [a, b, out] = people(3) as [number, number, number];
    const { _id } = await chat.group(a, b);
    const first = await chat.send(a, _id, "you", { clientId: "k", mentions: [b, out, b] });
    expect(first.mentions).toEqual([b]);
    const again = await chat.send(a, _id, "you", { clientId: "k", mentions: [b, out, b] });
    expect(again._id).toBe(first._id);
    const other = chat.send(a, _id, "you", { clientId: "k", mentions: [a] });
    await expect(other).rejects.toEqual(refusal("CONFLICT"));
  });

  it("of an edit changes nothing more, and is told to nobody", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const { _id: messageId } = await chat.send(a, _id, "frist");
    for (let i = 0; i < 2; i++)
      expect(await chat.as(a)("chat.edit", { messageId, content: "first" })).toMatchObject({ version: 2 });
    expect(await chat.as(b)("chat.history", { messageId })).toHaveLength(1);
    expect(chat.heard(b, "message:updated")).toHaveLength(1);
  });
});

describe("editing and deleting", () => {
  it("keeps the history of a text, and forgets all of it when it is deleted", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const { _id: messageId } = await chat.send(a, _id, "frist");
    const edited = await chat.as(a)("chat.edit", { messageId, content: "first" });
    expect(edited).toMatchObject({ content: "first", version: 2 });
    expect((await chat.as(b)("chat.history", { messageId })).map((h) => h.content)).toEqual(["frist"]);
    await chat.as(a)("chat.deleteMessage", { messageId });
    const [gone] = await chat.as(b)("chat.messages", { conversationId: _id, limit: 10 });
    expect(gone).toMatchObject({ _id: messageId, content: "", attachments: [], seq: 1 });
    expect(gone?.deleted_at).not.toBeNull();
    expect(await chat.as(b)("chat.history", { messageId })).toEqual([]);
    expect(chat.heard(b, "message:deleted")).toEqual([{ messageId, conversationId: _id, seq: 1 }]);
  });

  it("refuses others, stale versions and what is gone", async () => {
    const [a, b, out] = people(3) as [number, number, number];
    const { _id } = await chat.group(a, b);
    const { _id: messageId } = await chat.send(b, _id, "mine");
    await expect(chat.as(a)("chat.edit", { messageId, content: "x" })).rejects.toEqual(refusal("FORBIDDEN"));
    await expect(chat.as(out)("chat.edit", { messageId, content: "x" })).rejects.toEqual(refusal("FORBIDDEN"));
    await chat.as(b)("chat.edit", { messageId, content: "x", version: 1 });
    const stale = chat.as(b)("chat.edit", { messageId, content: "y", version: 1 });
    await expect(stale).rejects.toEqual(refusal("CONFLICT"));
    await chat.as(a)("chat.deleteMessage", { messageId }); // the admin may
    await expect(chat.as(b)("chat.edit", { messageId, content: "z" })).rejects.toEqual(refusal("NOTFOUND"));
    const unknown = chat.as(b)("chat.edit", { messageId: "0".repeat(24), content: "z" });
    await expect(unknown).rejects.toEqual(refusal("NOTFOUND"));
  });

  it("takes the words of a deleted message out of the replies that quote it, also after they were forgotten", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const { _id: replyTo } = await chat.send(a, _id, "a slip");
    const early = await chat.send(b, _id, "what?", { replyTo });
    for (let i = 0; i < 3; i++) await Promise.all(Array.from({ length: 100 }, (_, n) => chat.send(a, _id, `m${n}`)));
    const late = await chat.send(b, _id, "oh!", { replyTo });
    await Promise.all([
      chat.as(b)("chat.deleteMessage", { messageId: early._id }),
      chat.as(a)("chat.deleteMessage", { messageId: replyTo }),
    ]);
    const seen = [
      await chat.as(b)("chat.thread", { messageId: replyTo, limit: 10 }),
      await chat.as(b)("chat.list", { limit: 1, skip: 0 }),
      await chat.as(b)("chat.sync", { cursors: { [_id]: 0 } }),
    ];
    expect(JSON.stringify(seen)).not.toContain("slip");
    const reply = await chat.as(a)("chat.message", { messageId: late._id });
    expect(reply.reply_to).toEqual({ message_id: replyTo, seq: 1, sender_id: a, content: "" });
  });

  it("of a member's message is not for other members", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    const { _id } = await chat.group(a, b, c);
    const { _id: messageId } = await chat.send(b, _id, "mine");
    await expect(chat.as(c)("chat.deleteMessage", { messageId })).rejects.toEqual(refusal("FORBIDDEN"));
  });
});

describe("an optional field that is null", () => {
  it("is one that was left out", async () => {
    const [a, b] = people(2) as [number, number];
    const nothing = { name: null, type: null, avatar: null, content: null };
    const pair = await chat.as(a)("chat.create", { participantIds: [b], ...nothing } as never);
    expect(pair).toMatchObject({ type: "private", isGroup: false, lastMessage: null });
    const none = { attachments: null, replyTo: null, mentions: null, clientId: null };
    const sent = [await chat.send(a, pair._id, "x", none as never), await chat.send(a, pair._id, "x", none as never)];
    expect(sent.map((m) => m.seq)).toEqual([1, 2]);
    const all = { conversationId: pair._id, limit: null, before: null, after: null };
    expect(await chat.as(a)("chat.messages", all as never)).toHaveLength(2);
    const any = { query: "x", conversationId: null, senderId: null };
    expect(await chat.as(a)("chat.search", any as never)).toMatchObject({ total: 2 });
  });
});

describe("an id", () => {
  it("that is empty is as malformed as any other", async () => {
    const [a] = people(1) as [number];
    await expect(chat.as(a)("chat.get", { conversationId: "" })).rejects.toEqual(refusal("VALIDATION_ERROR"));
    await expect(chat.as(a)("chat.read", { messageId: "" })).rejects.toEqual(refusal("VALIDATION_ERROR"));
  });
});

describe("private conversations", () => {
  it("of two don't become a group by a blank name", async () => {
    const [a, b] = people(2) as [number, number];
    const created = await chat.as(a)("chat.create", { participantIds: [b], name: "  " });
    expect(created).toMatchObject({ type: "private", name: null });
  });

  it("show nobody online before the request is accepted", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id: conversationId } = await chat.as(a)("chat.create", { participantIds: [b] });
    const online = async () => (await chat.as(a)("chat.members", { conversationId })).map((m) => [m.userId, m.online]);
    expect(new Map((await online()) as [number, boolean][])).toEqual(
      new Map([
        [a, true],
        [b, false],
      ]),
    );
    await chat.as(b)("chat.accept", { conversationId });
    expect((await online()).map(([, is]) => is)).toEqual([true, true]);
  });

  it("stay a request when the one who was asked creates them too, and become accepted with their first words", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.as(a)("chat.create", { participantIds: [b] });
    expect(await chat.as(b)("chat.create", { participantIds: [a] })).toMatchObject({ _id, status: "pending" });
    expect(await chat.as(b)("chat.create", { participantIds: [a], content: "hi" })).toMatchObject({
      status: "accepted",
    });
  });

  it("are one per pair, also when created ten times at once", async () => {
    const [a, b] = people(2) as [number, number];
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, i) => chat.as(i % 2 ? a : b)("chat.create", { participantIds: [i % 2 ? b : a] })),
    );
    expect(new Set(made.map((c) => c._id)).size).toBe(1);
  });

  it("are requests until they are accepted: stored and readable, but not pushed", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id, status } = await chat.as(a)("chat.create", { participantIds: [b] });
    expect(status).toBe("pending");
    await chat.send(a, _id, "hello?");
    await chat.as(a)("chat.typing", { conversationId: _id, isTyping: true });
    expect(chat.emitted.filter((e) => e.users.includes(b)).map((e) => e.event)).toEqual(["conversation:created"]);
    const [seen] = await chat.as(b)("chat.messages", { conversationId: _id, limit: 5 });
    expect(seen?.content).toBe("hello?");
    expect((await chat.as(b)("chat.list", { status: "pending", limit: 20, skip: 0 })).map((c) => c._id)).toContain(_id);
    await expect(chat.as(a)("chat.accept", { conversationId: _id })).rejects.toEqual(refusal("FORBIDDEN"));
    const { conversation } = await chat.as(b)("chat.accept", { conversationId: _id });
    expect(conversation.status).toBe("accepted");
    expect(chat.heard(a, "request:accepted")).toEqual([{ conversationId: _id, acceptedBy: b }]);
    await chat.send(a, _id, "now");
    expect(chat.heard(b, "message:created").map((m) => m.content)).toEqual(["now"]);
  });

  it("that were declined take no message of their initiator, and can't be made anew by deleting them", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.as(a)("chat.create", { participantIds: [b] });
    await chat.as(b)("chat.decline", { conversationId: _id });
    expect(chat.heard(a, "request:declined")).toEqual([{ conversationId: _id, declinedBy: b }]);
    await expect(chat.send(a, _id, "please")).rejects.toEqual(refusal("FORBIDDEN"));
    await expect(chat.as(b)("chat.accept", { conversationId: _id })).rejects.toEqual(refusal("CONFLICT"));
    await chat.as(a)("chat.delete", { conversationId: _id });
    await expect(chat.as(a)("chat.create", { participantIds: [b] })).rejects.toEqual(refusal("FORBIDDEN"));
  });

  it("need no request between people who share an accepted one", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    const { _id } = await chat.group(a, b, c);
    await chat.send(a, _id, "hello");
    await chat.send(b, _id, "hi");
    expect((await chat.as(a)("chat.create", { participantIds: [b] })).status).toBe("accepted");
  });

  it("can't be started with oneself, with nobody or with someone who is not there", async () => {
    const [a] = people(1) as [number];
    chat.unknown.add(999);
    await expect(chat.as(a)("chat.create", { participantIds: [a] })).rejects.toEqual(refusal("BAD_REQUEST"));
    await expect(chat.as(a)("chat.create", { participantIds: [999] })).rejects.toEqual(refusal("NOTFOUND"));
  });

  it("carry nothing of a blocked user to the blocker, and the blocked one can't tell", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.pair(a, b);
    chat.blocks.add(`${b}>${a}`);
    await chat.as(b)("chat.applyBlock", { userId: b, blockedId: a });
    chat.emitted.length = 0;
    const sent = await chat.send(a, _id, "are you there?");
    expect(sent.seq).toBe(1);
    expect(chat.emitted.filter((e) => e.users.includes(b))).toEqual([]);
    expect(await chat.as(b)("chat.messages", { conversationId: _id, limit: 5 })).toEqual([]);
    expect((await chat.as(b)("chat.unread", {})).count).toBe(0);
    await expect(chat.send(b, _id, "x")).rejects.toEqual(refusal("FORBIDDEN"));
    chat.blocks.delete(`${b}>${a}`);
    await chat.as(b)("chat.applyBlock", { userId: b, blockedId: a });
    await chat.send(a, _id, "again");
    expect(chat.heard(b, "message:created").map((m) => m.content)).toEqual(["again"]);
    expect((await chat.as(b)("chat.unread", {})).byConversation).toEqual({ [_id]: 1 });
  });
});

describe("groups", () => {
  it.each([
    ["a name", { name: "Notes" }],
    ["a type", { type: "group" }],
    ["oneself among them and a name", { name: "Notes", self: true }],
  ] as const)("may begin with oneself alone, by %s", async (_what, { self, ...wanted }: any) => {
    const [a] = people(1) as [number];
    const made = await chat.as(a)("chat.create", { participantIds: self ? [a] : [], ...wanted });
    expect(made).toMatchObject({ type: "group", participants: [a], admin_id: a, status: "accepted", last_seq: 0 });
  });

  it("take members in and out, and tell it as history", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    const { _id } = await chat.group(a, b);
    await chat.as(a)("chat.addMember", { conversationId: _id, userId: c });
    expect(chat.heard(b, "conversation:member-added")).toEqual([{ conversationId: _id, userId: c, actorId: a }]);
    expect(chat.heard(c, "conversation:invited")).toHaveLength(1);
    const [history] = await chat.as(c)("chat.messages", { conversationId: _id, limit: 1 });
    expect(history?.system).toEqual({ event: "member_added", actorId: a, userId: c });
    await chat.as(a)("chat.removeMember", { conversationId: _id, userId: c });
    expect(chat.left.at(-1)).toMatchObject({ conversationId: _id, userIds: [c], join: false });
    expect(chat.heard(c, "conversation:member-removed")).toHaveLength(1);
    chat.emitted.length = 0;
    for (let i = 0; i < 50; i++) await chat.send(a, _id, `after ${i}`);
    expect(chat.emitted.filter((e) => e.users.includes(c))).toEqual([]);
    await expect(chat.as(c)("chat.messages", { conversationId: _id, limit: 1 })).rejects.toEqual(refusal("FORBIDDEN"));
  });

  it("are led: members add nobody, moderators remove no moderators, nobody is added twice", async () => {
    const [a, m1, m2, c, d] = people(5) as [number, number, number, number, number];
    const { _id: conversationId } = await chat.group(a, m1, m2, c);
    await chat.as(a)("chat.promote", { conversationId, userId: m1 });
    await chat.as(a)("chat.promote", { conversationId, userId: m2 });
    const refused = (p: Promise<unknown>, code: string) => expect(p).rejects.toEqual(refusal(code));
    await refused(chat.as(c)("chat.addMember", { conversationId, userId: d }), "FORBIDDEN");
    await refused(chat.as(m1)("chat.removeMember", { conversationId, userId: m2 }), "FORBIDDEN");
    await refused(chat.as(m1)("chat.removeMember", { conversationId, userId: a }), "FORBIDDEN");
    await refused(chat.as(m1)("chat.promote", { conversationId, userId: c }), "FORBIDDEN");
    await refused(chat.as(a)("chat.addMember", { conversationId, userId: c }), "CONFLICT");
    await refused(chat.as(a)("chat.removeMember", { conversationId, userId: d }), "NOTFOUND");
    chat.blocks.add(`${d}>${a}`);
    expect((await chat.as(a)("chat.addMember", { conversationId, userId: d })).participants).not.toContain(d);
  });

  it("pass to the longest-serving moderator when the admin quits, and end with the last one", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    const { _id: conversationId } = await chat.group(a, b, c);
    await chat.as(a)("chat.promote", { conversationId, userId: c });
    await chat.as(a)("chat.removeMember", { conversationId, userId: a });
    expect(await chat.as(b)("chat.get", { conversationId })).toMatchObject({ admin_id: c, moderator_ids: [] });
    await chat.as(c)("chat.removeMember", { conversationId, userId: c });
    await chat.as(b)("chat.removeMember", { conversationId, userId: b });
    await expect(chat.as(b)("chat.get", { conversationId })).rejects.toEqual(refusal("NOTFOUND"));
  });
});

describe("a group whose admin's account is deleted", () => {
  const deleted = (userId: number) => {
    chat.unknown.add(userId);
    return chat.as(userId)("chat.accountChanged", { userId });
  };
  const leadersOf = async (asked: number, conversationId: string) => {
    const { admin_id, moderator_ids, participants } = await chat.as(asked)("chat.get", { conversationId });
    return { admin_id, moderator_ids, members: participants.length };
  };

  it("passes to a moderator, then to a member, of those whose accounts are there", async () => {
    const [a, b, c, d] = people(4) as [number, number, number, number];
    const { _id } = await chat.group(a, b, c, d);
    await chat.as(a)("chat.promote", { conversationId: _id, userId: c });
    await deleted(a);
    await eventually(async () =>
      expect(await leadersOf(d, _id)).toEqual({ admin_id: c, moderator_ids: [], members: 3 }),
    );
    await deleted(b);
    await deleted(c);
    await eventually(async () => expect((await leadersOf(d, _id)).admin_id).toBe(d));
  });

  it("ends where nobody else is left", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const other = await chat.group(a, b);
    await chat.as(b)("chat.removeMember", { conversationId: _id, userId: b });
    await deleted(a);
    await eventually(async () => expect((await leadersOf(b, other._id)).admin_id).toBe(b));
    await eventually(() => expect(leadersOf(b, _id)).rejects.toEqual(refusal("NOTFOUND")));
  });
});

describe("the list of conversations", () => {
  it("is paged by the cursor of its last entry, each conversation once, also when there is new activity", async () => {
    const [a, ...others] = people(6) as [number, ...number[]];
    for (const b of others) await chat.as(a)("chat.create", { participantIds: [b], type: "group" });
    const first = await chat.as(a)("chat.list", { limit: 2, skip: 0 });
    await chat.as(a)("chat.send", { conversationId: first[1]!._id, content: "up", attachments: [], mentions: [] });
    const rest = await chat.as(a)("chat.list", { limit: 10, skip: 0, cursor: first[1]!.cursor });
    expect(rest).toHaveLength(3);
    expect(new Set([...first, ...rest].map((c) => c._id)).size).toBe(5);
    await expect(chat.as(a)("chat.list", { limit: 2, skip: 0, cursor: "x" })).rejects.toEqual(refusal("BAD_REQUEST"));
  });
});

describe("a block between members of a group", () => {
  it("keeps typing and presence from the blocker, who goes on hearing the group", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    const { _id: conversationId } = await chat.group(a, b, c);
    chat.blocks.add(`${b}>${a}`);
    await chat.broker.broadcast("users.blockChanged", { userId: b, blockedId: a, blocked: true });
    await chat.as(a)("chat.typing", { conversationId, isTyping: true });
    await chat.send(a, conversationId, "hello");
    expect([b, c].map((u) => chat.heard(u, "typing").length)).toEqual([0, 1]);
    expect(chat.heard(b, "message:created")).toHaveLength(1);
    const online = async (of: number, asked: number) =>
      (await chat.as(of)("chat.presence", { userIds: [asked] })).map((p) => p.online);
    expect([await online(b, a), await online(a, b), await online(c, a)]).toEqual([[false], [false], [true]]);
    chat.blocks.clear();
    await chat.broker.broadcast("users.blockChanged", { userId: b, blockedId: a, blocked: false });
    expect(await online(b, a)).toEqual([true]);
  });
});

describe("receipts", () => {
  it("tell the sender how far a message got, exactly", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    const { _id } = await chat.group(a, b, c);
    const { _id: messageId } = await chat.send(a, _id, "read me");
    await chat.as(b)("chat.delivered", { messageId });
    await chat.as(c)("chat.read", { messageId });
    expect(await chat.as(a)("chat.status", { messageId })).toMatchObject({ status: "delivered", seen_by: [c] });
    await chat.as(b)("chat.read", { messageId });
    const status = await chat.as(a)("chat.status", { messageId });
    expect(status).toMatchObject({ status: "read", seen_by: expect.arrayContaining([b, c]) });
    expect(chat.heard(a, "message:status").map((s) => [s.userId, s.status])).toEqual([
      [b, "delivered"],
      [c, "read"],
      [b, "read"],
    ]);
    const told = chat.emitted.filter((e) => e.event === "message:status" && e.room).map((e) => e.users);
    expect(told).toEqual([
      [a, b, c],
      [a, b],
      [a, c],
    ]); // what one has read comes to oneself outside the room, too
  });

  it("of a large group are told to the sender, not by everyone to everyone", async () => {
    const [a, b, ...others] = people(51) as [number, number, ...number[]];
    const { _id } = await chat.group(a, b, ...others);
    const { _id: messageId } = await chat.send(a, _id, "read me");
    await chat.as(b)("chat.delivered", { messageId });
    await chat.as(b)("chat.read", { messageId });
    const told = chat.emitted.filter((e) => e.event === "message:status").map((e) => [e.room, e.users]);
    expect(told).toEqual([
      [true, [a, b]],
      [true, [a]],
      [false, [b]],
    ]);
  });

  it("of what was read reach all devices of the reader, in the room or not", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    const { _id } = await chat.group(a, b, c);
    const { _id: messageId } = await chat.send(a, _id, "one");
    await chat.send(a, _id, "two");
    chat.emitted.length = 0;
    await chat.as(b)("chat.delivered", { messageId });
    expect(chat.emitted.every((e) => e.room)).toBe(true);
    await chat.as(b)("chat.read", { messageId });
    await chat.as(b)("chat.markRead", { conversationId: _id });
    for (const event of ["message:status", "conversation:read"]) {
      const told = chat.emitted.filter((e) => e.event === event && e.payload.status !== "delivered");
      expect(told.filter((e) => !e.room).map((e) => e.users)).toEqual([[b]]);
      expect(told.filter((e) => e.room).flatMap((e) => e.users)).not.toContain(b);
    }
  });

  it("count what is unread, own and deleted messages aside", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const sent = [];
    for (let i = 0; i < 5; i++) sent.push(await chat.send(a, _id, `m${i}`));
    await chat.send(b, _id, "mine");
    const count = async () => (await chat.as(b)("chat.unread", {})).byConversation[_id] ?? 0;
    expect(await count()).toBe(5);
    await chat.as(b)("chat.read", { messageId: sent[2]?._id as string });
    expect(await count()).toBe(4);
    await chat.as(a)("chat.deleteMessage", { messageId: sent[2]?._id as string });
    await chat.as(a)("chat.deleteMessage", { messageId: sent[3]?._id as string });
    expect(await count()).toBe(3);
    const ids = [sent[0], sent[1]].map((m) => m?._id as string);
    expect(await chat.as(b)("chat.readMany", { messageIds: ids })).toEqual({ count: 2 });
    expect(await chat.as(b)("chat.readMany", { messageIds: ids })).toEqual({ count: 0 });
    expect(await chat.as(b)("chat.markRead", { conversationId: _id })).toEqual({ count: 1 });
    expect(await count()).toBe(0);
  });

  it.each(["outsider", "former member", "nobody, of a message that is not there"])(
    "is not changed in any conversation by one list with a message of another, as %s",
    async (as) => {
      const [a, b] = people(2) as [number, number];
      const [own, other] = [
        await chat.group(a, b),
        as === "former member" ? await chat.group(a, b) : await chat.group(a),
      ];
      const read = (await chat.send(a, own._id, "for b"))._id;
      const foreign = as.startsWith("nobody") ? "f".repeat(24) : (await chat.send(a, other._id, "not for b"))._id;
      if (as === "former member") await chat.as(a)("chat.removeMember", { conversationId: other._id, userId: b });
      const code = as.startsWith("nobody") ? "NOTFOUND" : "FORBIDDEN";
      for (const messageIds of [
        [read, foreign],
        [foreign, read],
      ])
        await expect(chat.as(b)("chat.readMany", { messageIds })).rejects.toEqual(refusal(code));
      expect((await chat.as(b)("chat.unread", {})).byConversation[own._id]).toBe(1);
    },
  );

  it.each(["before their time", "cleared", "deleted for them"])(
    "is there for nobody to whom the message is %s, and a list of others is read all the same",
    async (how) => {
      const [a, b] = people(2) as [number, number];
      const group = { participantIds: how === "before their time" ? [] : [b], type: "group" as const, name: "Late" };
      const { _id } = await chat.as(a)("chat.create", { ...group, history: "joined" });
      const hidden = (await chat.send(a, _id, "early"))._id;
      if (how === "before their time") await chat.as(a)("chat.addMember", { conversationId: _id, userId: b });
      else if (how === "cleared") await chat.as(b)("chat.clear", { conversationId: _id });
      else await chat.as(b)("chat.deleteMessage", { messageId: hidden, forMe: true });
      const none = refusal("NOTFOUND");
      await expect(chat.as(b)("chat.read", { messageId: hidden })).rejects.toEqual(none);
      await expect(chat.as(b)("chat.delivered", { messageId: hidden })).rejects.toEqual(none);
      for (const status of ["delivered", "read", "failed"] as const)
        await expect(chat.as(b)("chat.setStatus", { messageId: hidden, status })).rejects.toEqual(none);
      const [told] = (await chat.as(a)("chat.messages", { conversationId: _id, limit: 50 })).filter(
        (m) => m._id === hidden,
      );
      expect(told).toMatchObject({ status: "sent", seen_by: [] });
      const seen = (await chat.send(a, _id, "late"))._id;
      expect(await chat.as(b)("chat.readMany", { messageIds: [hidden, seen] })).toEqual({ count: 1 });
    },
  );

  it("marks messages of several conversations at once", async () => {
    const [a, b] = people(2) as [number, number];
    const sent = [];
    for (let i = 0; i < 3; i++) sent.push((await chat.send(a, (await chat.group(a, b))._id, "hello"))._id);
    expect(await chat.as(b)("chat.readMany", { messageIds: sent })).toEqual({ count: 3 });
  });
});

describe("what was acknowledged", () => {
  it("is there after a restart", async () => {
    const dir = join(chat.dir, "restarted");
    const one = await startChat({}, dir);
    const { _id } = await one.group(1, 2);
    await one.send(1, _id, "kept", { clientId: "k" });
    await one.stop();
    const two = await startChat({}, dir);
    expect((await two.as(2)("chat.messages", { conversationId: _id, limit: 5 })).map((m) => m.content)).toEqual([
      "kept",
    ]);
    expect((await two.send(1, _id, "kept", { clientId: "k" })).seq).toBe(1);
    expect((await two.send(2, _id, "next")).seq).toBe(2);
    await two.stop();
  });
});
