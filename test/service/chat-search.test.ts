import { type ChatSystem, startChat } from "../support/chat";
import { hasFerretdb, startMongo } from "../support/ferretdb";
import { type Server } from "../support/servers";

let chat: ChatSystem;

const find = async (user: number, query: string, more: object = {}) =>
  chat.as(user)("chat.search", { query, limit: 20, skip: 0, ...more });

const stores: [string, () => Promise<Server | undefined>][] = [
  ["the embedded store", () => Promise.resolve(undefined)],
];
if (hasFerretdb()) stores.push(["a server that speaks MongoDB's language", startMongo]);

describe.each(stores)("search on %s", (_store, start) => {
  let server: Server | undefined;
  beforeAll(async () => {
    server = await start();
    chat = await startChat(server ? { MONGODB_URI: server.url } : {});
  });
  afterAll(async () => {
    await chat.stop();
    await server?.stop();
  });

  it("finds by prefix, any order, regardless of case and accents, all words needed", async () => {
    const { _id } = await chat.group(1, 2);
    await chat.send(1, _id, "Đây là tin nhắn URGENT");
    await chat.send(1, _id, "nothing of the kind");
    for (const query of ["urg", "nhan tin", "URGENT day"]) expect((await find(2, query)).total).toBe(1);
    expect((await find(2, "urgent kind")).total).toBe(0);
    expect((await find(2, "urg")).messages[0]?.highlight).toBe("Đây là tin nhắn <mark>URG</mark>ENT");
  });

  it("shows outsiders nothing, and those who are named a conversation of others a refusal", async () => {
    const { _id } = await chat.group(3, 4);
    await chat.send(3, _id, "topsecret plan");
    expect((await find(5, "topsecret")).total).toBe(0);
    await expect(find(5, "topsecret", { conversationId: _id })).rejects.toMatchObject({ type: "FORBIDDEN" });
    expect((await find(4, "topsecret", { conversationId: _id })).total).toBe(1);
  });

  it("forgets deleted texts and old versions at once, and knows edited ones", async () => {
    const { _id } = await chat.group(6, 7);
    const a = await chat.send(6, _id, "ephemeral");
    const b = await chat.send(6, _id, "misspelt");
    await chat.as(6)("chat.deleteMessage", { messageId: a._id });
    await chat.as(6)("chat.edit", { messageId: b._id, content: "corrected" });
    expect((await find(7, "ephemeral")).total).toBe(0);
    expect((await find(7, "misspelt")).total).toBe(0);
    expect((await find(7, "corrected")).total).toBe(1);
  });

  it("ranks whole words before beginnings, the newest first, and pages", async () => {
    const { _id } = await chat.group(8, 9);
    await chat.send(8, _id, "plan one");
    await chat.send(8, _id, "planning two");
    await chat.send(8, _id, "plan three");
    const { messages, total } = await find(9, "plan");
    expect(messages.map((m) => m.content)).toEqual(["plan three", "plan one", "planning two"]);
    expect(total).toBe(3);
    const second = await find(9, "plan", { limit: 1, skip: 1 });
    expect(second.messages.map((m) => m.content)).toEqual(["plan one"]);
    expect(second.total).toBe(3);
  });

  it("filters by sender, conversation, kind and time", async () => {
    const { _id } = await chat.as(10)("chat.create", { participantIds: [11], type: "group", name: "Töpfern" });
    await chat.send(10, _id, "see https://example.org now");
    await chat.send(11, _id, "see nothing now");
    const content = async (q: string, more = {}) => (await find(10, q, more)).messages.map((m) => m.content);
    expect(await content('from:"user 11" see')).toEqual(["see nothing now"]);
    expect(await content("from:10 see")).toEqual(["see https://example.org now"]);
    expect(await content("in:topfern has:link")).toEqual(["see https://example.org now"]);
    expect(await content("see", { senderId: 11 })).toEqual(["see nothing now"]);
    expect(await content("see before:2020-01-01")).toEqual([]);
    expect(await content("in:elsewhere see")).toEqual([]);
    await expect(find(10, "has:cats")).rejects.toMatchObject({ type: "BAD_REQUEST" });
  });

  it.each([
    ["party tonight 🎉", "🎉"],
    ["learning C++ now", "C++"],
    ["really???", '"???"'],
    ["what is R&D?", "r&d"],
    ["up 100% today", "100%"],
    ["see you :)", ":)"],
    ["هذا كتـــاب جديد", "کتاب"],
    ["ὁ Ὀδυσσεύς ἐνταῦθα", "οδυσσευσ"],
    ["Donau\u00addampf\u200bschiff", "donaudampfschiff"],
    ["I can’t go", "cant"],
    ["I cant come", "can't come"],
    ["he said “to do” it", '"said “to do"'],
  ])("finds %s by %s, and nothing in a text of plain words", async (text, query) => {
    const { _id } = await chat.group(20, 21);
    const { _id: wanted } = await chat.send(20, _id, text);
    await chat.send(20, _id, "plain words and no signs c r d up to see you");
    const { messages } = await find(21, query, { conversationId: _id });
    expect(messages.map((m) => m._id)).toEqual([wanted]);
    expect(messages[0]?.highlight).toContain("<mark>");
  });

  it("says what it does not understand", async () => {
    for (const query of ["-banana", "is:unread x", "before:5", "after:2026-02-31 x"])
      await expect(find(2, query)).rejects.toMatchObject({ type: "BAD_REQUEST", data: [{ field: "query" }] });
  });

  it("escapes what is not its own mark", async () => {
    const { _id } = await chat.group(12, 13);
    await chat.send(12, _id, '<img src=x onerror="alert(1)"> gotcha');
    const [hit] = (await find(13, "gotcha")).messages;
    expect(hit?.highlight).toBe("&lt;img src=x onerror=&quot;alert(1)&quot;&gt; <mark>gotcha</mark>");
  });
});
