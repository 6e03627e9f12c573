/** Who may bring whom together: the request gate, groups that one is asked into, and accounts that are gone. */
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
const people = (n: number): number[] => Array.from({ length: n }, () => (next = (next % 295) + 1));
const refusal = (code: string) => expect.objectContaining({ type: code });
const listed = async (userId: number, id: string) =>
  (await chat.as(userId)("chat.list", { limit: 100, skip: 0 })).find((c) => c._id === id);

describe("a private conversation", () => {
  it("needs a request between people who share a group in which only one of them has written", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    const group = await chat.group(a, b, c);
    await chat.send(a, group._id, "hello");
    expect((await chat.as(a)("chat.create", { participantIds: [b] })).status).toBe("pending");
    await chat.send(c, group._id, "hi");
    expect((await chat.as(a)("chat.create", { participantIds: [c] })).status).toBe("accepted");
  });
});

describe("a group of somebody who wants to be asked", () => {
  it("is a request, and silent until it is accepted", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    chat.reserved.add(b);
    const { _id, participants } = await chat.group(a, b, c);
    expect(participants).toEqual([a, c]);
    expect(chat.heard(b, "conversation:created")).toMatchObject([
      { conversation: { status: "pending", initiator_id: a } },
    ]);
    const sent = await chat.send(a, _id, "swordfish");
    await chat.as(c)("chat.react", { messageId: sent._id, emoji: "👍" });
    await chat.as(a)("chat.typing", { conversationId: _id, isTyping: true });
    expect(chat.emitted.filter((e) => e.users.includes(b)).map((e) => e.event)).toEqual(["conversation:created"]);
    expect(await listed(b, _id)).toMatchObject({ status: "pending", lastMessage: null, unreadCount: 0, last_seq: 0 });
    expect(await chat.as(b)("chat.get", { conversationId: _id })).toMatchObject({ status: "pending" });
    expect((await chat.as(b)("chat.unread", {})).count).toBe(0);
    const sync = await chat.as(b)("chat.sync", { cursors: {} });
    expect(sync.changes).toMatchObject([
      { type: "conversation", conversationId: _id, conversation: { status: "pending" } },
    ]);
    await expect(chat.as(b)("chat.messages", { conversationId: _id, limit: 9 })).rejects.toEqual(refusal("FORBIDDEN"));
    await expect(chat.send(b, _id, "x")).rejects.toEqual(refusal("FORBIDDEN"));

    const { conversation } = await chat.as(b)("chat.accept", { conversationId: _id });
    expect(conversation).toMatchObject({ status: "accepted", participants: expect.arrayContaining([a, b, c]) });
    expect(chat.heard(a, "request:accepted")).toEqual([{ conversationId: _id, acceptedBy: b }]);
    expect(chat.heard(c, "conversation:member-added")).toMatchObject([{ userId: b }]);
    await chat.send(a, _id, "welcome");
    expect(chat.heard(b, "message:created").map((m) => m.content)).toContain("welcome");
    await expect(chat.as(b)("chat.accept", { conversationId: _id })).rejects.toEqual(refusal("CONFLICT"));
  });

  it("opens at once between acquaintances", async () => {
    const [a, b] = people(2) as [number, number];
    await chat.pair(a, b);
    chat.reserved.add(b);
    expect((await chat.group(a, b)).participants).toEqual([a, b]);
  });

  it("asks nobody again who has declined, and not those who have blocked; who adds them can't tell", async () => {
    const [a, b, c, d] = people(4) as [number, number, number, number];
    chat.reserved.add(b).add(d);
    chat.blocks.add(`${c}>${a}`);
    const { _id, participants } = await chat.group(a, b, c);
    expect(participants).toEqual([a]);
    await chat.as(b)("chat.decline", { conversationId: _id });
    expect(chat.heard(a, "request:declined")).toEqual([{ conversationId: _id, declinedBy: b }]);
    expect([await listed(b, _id), await listed(c, _id)]).toEqual([undefined, undefined]);
    const acks = [];
    for (const userId of [b, c, d]) acks.push(await chat.as(a)("chat.addMember", { conversationId: _id, userId }));
    expect(acks.map((ack) => ack.participants)).toEqual([[a], [a], [a]]);
    expect(chat.heard(b, "conversation:invited").length + chat.heard(c, "conversation:invited").length).toBe(0);
    expect(chat.heard(d, "conversation:invited")).toMatchObject([{ conversation: { status: "pending" } }]);
    await expect(chat.as(c)("chat.accept", { conversationId: _id })).rejects.toEqual(refusal("FORBIDDEN"));
  });
});

describe("whoever returns to a group", () => {
  it("and had left by themselves is asked; whoever was removed is added", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    const { _id } = await chat.group(a, b, c);
    const add = (userId: number) => chat.as(a)("chat.addMember", { conversationId: _id, userId });
    await chat.as(b)("chat.removeMember", { conversationId: _id, userId: b });
    await chat.as(a)("chat.removeMember", { conversationId: _id, userId: c });
    expect((await add(b)).participants).toEqual([a]);
    expect((await add(c)).participants).toEqual([a, c]);
    expect(await listed(b, _id)).toMatchObject({ status: "pending" });
    expect((await chat.as(b)("chat.accept", { conversationId: _id })).conversation.participants).toEqual([a, b, c]);
  });

  it.each(["all", "joined"] as const)("keeps what is their own, with a history of %s", async (history) => {
    const [a, b] = people(2) as [number, number];
    const { _id: conversationId } = await chat.as(a)("chat.create", { participantIds: [b], type: "group", history });
    const [cleared, deleted] = [await chat.send(a, conversationId, "one"), await chat.send(a, conversationId, "two")];
    await chat.send(a, conversationId, "three");
    await chat.as(b)("chat.mute", { conversationId, muted: true });
    await chat.as(b)("chat.deleteMessage", { messageId: deleted._id, forMe: true });
    await chat.as(a)("chat.removeMember", { conversationId, userId: b });
    await chat.send(a, conversationId, "meanwhile");
    await chat.as(a)("chat.addMember", { conversationId, userId: b });
    const read = (await chat.as(b)("chat.messages", { conversationId, limit: 20 })).filter((m) => m.type !== "system");
    expect(read.map((m) => m.content)).toEqual(history === "all" ? ["meanwhile", "three", "one"] : []);
    expect((await chat.as(b)("chat.get", { conversationId })).muted).toBe(true);
    await chat.as(a)("chat.update", { conversationId, history: history === "all" ? "joined" : "all" });
    const turned = chat.as(b)("chat.message", { messageId: cleared._id });
    if (history === "all") await expect(turned).rejects.toEqual(refusal("NOTFOUND"));
    else expect((await turned).content).toBe("one");
  });
});

describe("a group is led", () => {
  const profileIs = async (user_id: number, status: "banned" | "deleted") => {
    (status === "banned" ? chat.banned : chat.unknown).add(user_id);
    await chat.as(user_id)("chat.accountChanged", { userId: user_id });
  };

  it("by active accounts alone: a banned admin's passes on, and nobody hands it to one that is gone", async () => {
    const [a, b, c, d] = people(4) as [number, number, number, number];
    const { _id: conversationId } = await chat.group(a, b, c, d);
    await chat.as(a)("chat.members", { conversationId }); // their names are known
    await profileIs(b, "banned");
    await expect(chat.as(a)("chat.transfer", { conversationId, userId: b })).rejects.toEqual(refusal("CONFLICT"));
    await chat.as(a)("chat.removeMember", { conversationId, userId: a });
    expect((await chat.as(d)("chat.get", { conversationId })).admin_id).toBe(c);
    await profileIs(c, "banned");
    await eventually(async () => expect((await chat.as(d)("chat.get", { conversationId })).admin_id).toBe(d));
  });

  it("and waits for no deleted account", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    const { _id: conversationId } = await chat.group(a, b, c);
    const { _id: messageId } = await chat.send(a, conversationId, "read me");
    await chat.as(b)("chat.read", { messageId });
    expect((await chat.as(a)("chat.status", { messageId })).status).toBe("sent");
    await profileIs(c, "deleted");
    await eventually(async () => expect((await chat.as(a)("chat.status", { messageId })).status).toBe("read"));
    expect((await chat.as(a)("chat.get", { conversationId })).participants).toEqual([a, b]);
  });
});
