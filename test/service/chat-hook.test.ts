/** The hook before sending: what it says happens; what it does not say in time is decided by HOOK_ON_FAILURE; others feel nothing. */
import { verifyWebhook } from "../../client/src";
import { type HookQuestion } from "../../contracts/hook";
import { type ChatSystem, startChat } from "../support/chat";
import { Hook, type Reply } from "../support/hook-server";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
let next = 0;
const people = (n: number): [number, ...number[]] =>
  Array.from({ length: n }, () => (next = (next % 290) + 1)) as [number, ...number[]];

describe("what the hook says", () => {
  const hook = new Hook();
  let chat: ChatSystem;
  beforeAll(async () => {
    chat = await startChat({ HOOK_BEFORE_SEND: await hook.start(), HOOK_SECRET: SECRET });
  });
  afterAll(async () => {
    await chat.stop();
    await hook.stop();
  });
  beforeEach(() => {
    hook.reply = () => ({});
    hook.asked.length = 0;
  });

  it("is asked for by a signed request that says who does what where", async () => {
    const [a, b = 0] = people(2);
    const { _id: conversationId } = await chat.group(a, b);
    await chat.send(a, conversationId, "hello", { custom: { n: 1 } });
    const question = hook.asked.at(-1);
    expect(question).toMatchObject({
      type: "message",
      data: { userId: a, conversationId, content: "hello", custom: { n: 1 } },
    });
    const [request = { body: "", headers: {} }] = hook.raw.slice(-1);
    await expect(verifyWebhook(request, { secret: SECRET })).resolves.toMatchObject({ id: question?.id });
    const changed = { ...request, body: `${request.body} ` };
    await expect(verifyWebhook(changed, { secret: SECRET })).rejects.toThrow();
  });

  it("refuses with its reason, and nothing is stored or told", async () => {
    const [a, b = 0] = people(2);
    const { _id: conversationId } = await chat.group(a, b);
    hook.reply = ({ data }) => ({ allow: data["content"] !== "bad", reason: "Not here." });
    chat.emitted.length = 0;
    const sending = chat.send(a, conversationId, "bad");
    await expect(sending).rejects.toMatchObject({
      type: "FORBIDDEN",
      message: "Not here.",
      data: { refusedBy: "hook" },
    });
    expect(chat.emitted).toEqual([]);
    expect(await chat.as(b)("chat.messages", { conversationId, limit: 5 })).toEqual([]);
  });

  it("changes and marks a message; whom the new text names is mentioned; a retry is the same message", async () => {
    const [a, b = 0] = people(2);
    const { _id: conversationId } = await chat.group(a, b);
    hook.reply = () => ({ change: { content: `hi @user ${b}`, custom: { seen: true } }, marks: ["checked"] });
    const sent = await chat.send(a, conversationId, "hello", { clientId: "k" });
    expect(sent).toMatchObject({ content: `hi @user ${b}`, mentions: [b], custom: { seen: true }, marks: ["checked"] });
    expect(chat.heard(b, "message:created").at(-1)).toMatchObject({ marks: ["checked"] });
    hook.reply = () => ({ allow: false });
    expect(await chat.send(a, conversationId, "hello", { clientId: "k" })).toEqual(sent);
    hook.reply = () => ({});
    const other = chat.send(a, conversationId, "other", { clientId: "k" });
    await expect(other).rejects.toMatchObject({ type: "CONFLICT" });
  });

  it("holds for edits, reactions, groups and copies, too", async () => {
    const [a, b = 0] = people(2);
    const { _id: conversationId } = await chat.group(a, b);
    const { _id: messageId } = await chat.send(a, conversationId, "hello");
    hook.reply = ({ type }) => ({ allow: type !== "edit" && type !== "reaction" && type !== "group" });
    const refused = { type: "FORBIDDEN", data: { refusedBy: "hook" } };
    await expect(chat.as(a)("chat.edit", { messageId, content: "x" })).rejects.toMatchObject(refused);
    await expect(chat.as(b)("chat.react", { messageId, emoji: "👍" })).rejects.toMatchObject(refused);
    await expect(chat.group(a, b)).rejects.toMatchObject(refused);
    await expect(chat.as(a)("chat.update", { conversationId, name: "x" })).rejects.toMatchObject(refused);
    hook.reply = ({ type }) => (type === "edit" ? { change: { content: "as it should be" }, marks: ["edited"] } : {});
    expect(await chat.as(a)("chat.edit", { messageId, content: "x" })).toMatchObject({
      content: "as it should be",
      marks: ["edited"],
    });
    hook.reply = ({ type }) => (type === "group" ? { change: { name: "renamed" } } : { allow: false });
    expect((await chat.group(a, b)).name).toBe("renamed");
    await expect(chat.as(b)("chat.forward", { messageId, conversationId })).rejects.toMatchObject(refused);
    hook.reply = () => ({ change: { content: "x".repeat(5_000) } });
    await expect(chat.send(a, conversationId, "hello")).rejects.toMatchObject({ type: "TOO_LARGE" });
  });

  it("is asked about a group where one is made, and not where the same person is named twice", async () => {
    const [a, b = 0] = people(2);
    hook.reply = ({ type }) => ({ allow: type !== "group" });
    const create = (participantIds: number[]) => chat.as(a)("chat.create", { participantIds });
    expect((await create([b, b])).type).toBe("private");
    const [, c = 0] = people(2);
    await expect(create([b, c])).rejects.toMatchObject({ type: "FORBIDDEN" });
  });

  it("keeps a sender's messages in order, however long it takes for each", async () => {
    const [a, b = 0] = people(2);
    const { _id: conversationId } = await chat.group(a, b);
    hook.reply = async ({ data }) => {
      await new Promise((resolve) => setTimeout(resolve, 40 - 4 * Number(data["content"])));
      return {};
    };
    await Promise.all(Array.from({ length: 10 }, (_, i) => chat.send(a, conversationId, String(i))));
    const said = await chat.as(b)("chat.messages", { conversationId, limit: 20 });
    expect(said.map((m) => m.content).reverse()).toEqual(Array.from({ length: 10 }, (_, i) => String(i)));
  });
});

const troubles: [string, Reply][] = [
  ["says nothing", "never"],
  ["answers with an error", 500],
  ["answers no JSON", "<html>"],
  ["answers something else", { allow: "maybe" }],
  ["answers with marks that are none", { marks: ["a b"] }],
  ["answers a flood", "x".repeat(300 * 1024)],
];

describe.each([
  ["open", troubles],
  ["closed", troubles.slice(0, 2)],
] as const)("a hook in trouble, fail %s", (failing, some) => {
  it.each(some)("that %s is decided so, and rests after some in a row", async (_what, reply) => {
    const hook = new Hook();
    const chat = await startChat({
      HOOK_BEFORE_SEND: await hook.start(),
      HOOK_ON_FAILURE: failing,
      HOOK_EVENTS: "message",
    });
    try {
      const [a, b = 0] = people(2);
      const { _id: conversationId } = await chat.group(a, b);
      hook.reply = () => reply;
      let answered = 0;
      const many = Array.from({ length: 6 }, (_, i) =>
        chat.send(a, conversationId, `message ${i}`).finally(() => answered++),
      );
      // Others are not asked about, and go on meanwhile.
      await chat.as(b)("chat.messages", { conversationId, limit: 5 });
      if (reply === "never") expect(answered).toBe(0);
      for (const sent of await Promise.allSettled(many)) {
        if (failing === "open") expect(sent).toMatchObject({ status: "fulfilled" });
        else expect(sent).toMatchObject({ status: "rejected", reason: { type: "UNAVAILABLE" } });
      }
      const asked = hook.asked.length;
      await chat.send(a, conversationId, "while it rests").catch(() => undefined);
      expect(hook.asked.length).toBe(asked);
    } finally {
      await chat.stop();
      await hook.stop();
    }
  });
});

it("a hook that is not there stops nobody, and one that comes back is asked again", async () => {
  const gone = new Hook();
  const url = await gone.start();
  await gone.stop();
  const chat = await startChat({ HOOK_BEFORE_SEND: url });
  const [a, b = 0] = people(2);
  const { _id } = await chat.group(a, b);
  for (let i = 0; i < 10; i++) await chat.send(a, _id, `message ${i}`);
  await chat.stop();
});

describe("an action as the hook", () => {
  it("is called like any, and refuses", async () => {
    const chat = await startChat({ HOOK_BEFORE_SEND: "product.judge" });
    chat.broker.createService({
      name: "product",
      actions: { judge: ({ params }: { params: HookQuestion }) => ({ allow: params.data["content"] !== "no" }) },
    });
    await chat.broker.waitForServices("product");
    const [a, b = 0] = people(2);
    const { _id } = await chat.group(a, b);
    await chat.send(a, _id, "yes");
    await expect(chat.send(a, _id, "no")).rejects.toMatchObject({ type: "FORBIDDEN" });
    await chat.stop();
  });

  it.each([
    ["refused", "refused", "well Dárn it", "FORBIDDEN"],
    ["masked", "allowed", "well Dárn it, darning", "well **** it, darning"],
    ["marked", "marked", "darn https://example.org", ["words", "link"]],
    ["masked", "refused", "see example.com now", "FORBIDDEN"],
    ["refused", "refused", "a darning needle, e.g. this one", "a darning needle, e.g. this one"],
  ] as const)("of ours: words are %s, links %s: %s", async (FILTER_WORDS_ARE, FILTER_LINKS, text, wanted) => {
    const chat = await startChat({
      HOOK_BEFORE_SEND: "filter.check",
      FILTER_WORDS: "darn",
      FILTER_WORDS_ARE,
      FILTER_LINKS,
    });
    try {
      const [a, b = 0] = people(2);
      const { _id } = await chat.group(a, b);
      const sending = chat.send(a, _id, text);
      if (wanted === "FORBIDDEN") await expect(sending).rejects.toMatchObject({ type: wanted });
      else if (typeof wanted === "string") expect((await sending).content).toBe(wanted);
      else expect((await sending).marks).toEqual(wanted);
      await expect(chat.as(a)("chat.update", { conversationId: _id, name: "darn" })).rejects.toMatchObject({
        type: "FORBIDDEN",
      });
    } finally {
      await chat.stop();
    }
  });
});
