import { type Params } from "../../contracts/actions";
import { type Message } from "../../contracts/shapes";
import { codeOf } from "../../contracts/errors";
import { type ChatSystem, startChat } from "../support/chat";
import { chatOf } from "../../services/chat/chat";
import { eventually } from "../support/eventually";

let chat: ChatSystem;
let next = 1;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());

const people = (n: number): number[] => Array.from({ length: n }, () => next++);
const edit = (userId: number, messageId: string, content: string, more = {}) =>
  chat.as(userId)("chat.edit", { messageId, content, ...more });
const refused = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "none",
    (error: unknown) => codeOf(error),
  );

describe("an edit", () => {
  it("re-reads whom the text names: new ones come, others go", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    const { _id } = await chat.group(a, b, c);
    const { _id: messageId } = await chat.send(b, _id, `hi @user ${a}`);
    expect((await edit(b, messageId, `hi @user ${c}`)).mentions).toEqual([c]);
    expect((await edit(b, messageId, "hi", { mentions: [a, 9_999] })).mentions).toEqual([a]);
    expect((await edit(b, messageId, "hi all")).mentions).toEqual([]);
    expect(chat.heard(a, "message:updated").map((m: Message) => m.mentions)).toEqual([[c], [a], []]);
  });

  it("says and takes back @all, for those who may say it", async () => {
    const [lead, plain, third] = people(3) as [number, number, number];
    const { _id } = await chat.group(lead, plain, third);
    for (const [who, may] of [
      [lead, true],
      [plain, undefined],
    ] as const) {
      const { _id: messageId } = await chat.send(who, _id, "hi");
      expect((await edit(who, messageId, "hi @all")).mention_all).toBe(may);
      expect((await edit(who, messageId, "hi you")).mention_all).toBeUndefined();
    }
  });

  it("is followed by the replies that quote it, live and stored", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const { _id: messageId } = await chat.send(a, _id, "my password is hunter2");
    const { _id: replyId } = await chat.send(b, _id, "oops", { replyTo: messageId });
    await edit(a, messageId, "never mind");
    const quoted = { content: "never mind" };
    expect((await chat.as(b)("chat.message", { messageId: replyId })).reply_to).toMatchObject(quoted);
    expect((await chat.as(b)("chat.get", { conversationId: _id })).lastMessage?.reply_to).toMatchObject(quoted);
    expect((await chat.send(b, _id, "again", { replyTo: messageId })).reply_to).toMatchObject(quoted);
    const { messages } = await chat.as(b)("chat.search", { query: "hunter2", limit: 20, skip: 0 });
    expect(messages).toEqual([]);
  });

  it("of a version is done once: the second time it is the same edit, and told to nobody", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const { _id: messageId } = await chat.send(a, _id, "one");
    for (let i = 0; i < 2; i++) expect(await edit(a, messageId, "two", { version: 1 })).toMatchObject({ version: 2 });
    await edit(a, messageId, "three", { version: 2 });
    expect(await edit(a, messageId, "two", { version: 1 })).toMatchObject({ version: 3, content: "three" });
    expect(chat.heard(b, "message:updated")).toHaveLength(2);
    expect(await refused(edit(a, messageId, "other", { version: 1 }))).toBe("CONFLICT");
  });

  it("behind another that names somebody stays behind it", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const { _id: messageId } = await chat.send(a, _id, "zero");
    await Promise.all([edit(a, messageId, `one @user ${b}`), edit(a, messageId, "two")]);
    expect(await chat.as(b)("chat.message", { messageId })).toMatchObject({ content: "two", mentions: [] });
  });
});

describe("mentions in the words that begin a conversation", () => {
  const first = async (conversationId: string, userId: number): Promise<Message> =>
    (await chat.as(userId)("chat.messages", { conversationId, limit: 1 }))[0] as Message;

  it("are those of a send: by name of whoever is in it, and everybody by its admin", async () => {
    const [a, b, c, d] = people(4) as [number, number, number, number];
    const content = `@user ${b}, @user ${c} and @user ${d}: hi @all`;
    const { _id } = await chat.as(a)("chat.create", { participantIds: [b, c], type: "group", content });
    expect(await first(_id, b)).toMatchObject({ mentions: [b, c], mention_all: true });
    await eventually(() => {
      const told = chat.facts
        .filter(({ payload }) => payload.conversationId === _id)
        .flatMap((f) => f.payload.messages);
      expect(told).toMatchObject([{ mentions: [b, c], mention_all: true }]);
    });
  });

  it("are so in a private one, when it is made and when it is there", async () => {
    const [a, b] = people(2) as [number, number];
    for (const content of [`hi @user ${b}`, `again, @user ${b} @all`]) {
      const { _id } = await chat.as(a)("chat.create", { participantIds: [b], content });
      expect(await first(_id, a)).toMatchObject({ content, mentions: [b] });
      expect((await first(_id, a)).mention_all).toBeUndefined();
    }
  });

  it("name nobody who is only asked", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    chat.reserved.add(c);
    const content = `@user ${b} @user ${c}`;
    const { _id } = await chat.as(a)("chat.create", { participantIds: [b, c], type: "group", content });
    expect((await first(_id, a)).mentions).toEqual([b]);
  });
});

describe("mentions by a list", () => {
  it("of everybody are @all, and plain for those who may not say it", async () => {
    const [lead, plain, third] = people(3) as [number, number, number];
    const { _id } = await chat.group(lead, plain, third);
    const everybody = (who: number) => [lead, plain, third].filter((id) => id !== who);
    expect(await chat.send(lead, _id, "hi", { mentions: everybody(lead) })).toMatchObject({ mention_all: true });
    const sent = await chat.send(plain, _id, "hi", { mentions: everybody(plain) });
    expect([sent.mention_all, sent.mentions]).toEqual([undefined, []]);
    const named = await chat.send(plain, _id, `@user ${lead} @user ${third}`, { mentions: everybody(plain) });
    expect([named.mention_all, named.mentions]).toEqual([undefined, [lead, third]]);
    expect((await chat.send(plain, _id, "hi", { mentions: [lead] })).mentions).toEqual([lead]);
  });

  it("of the other one of two are no more than that", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    expect(await chat.send(b, _id, "hi", { mentions: [a] })).toMatchObject({ mentions: [a] });
  });
});

describe("the retry of a send gets the first answer", () => {
  const again = { clientId: "k" };
  /** A message, what happens to it, and what its retry says. */
  async function retried(happens: (m: Message, a: number, b: number) => Promise<unknown>, text = "hi") {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(b, a);
    const first = await chat.send(a, _id, text, again);
    await happens(first, a, b);
    // After a collision an actor tells again what gateways then drop.
    const heard = () => new Set(chat.heard(b, "message:created").map((m: Message) => m._id)).size;
    const before = heard();
    const second = await chat.send(a, _id, text, again);
    expect(heard()).toBe(before);
    return { first, second };
  }

  it.each<[string, (m: Message, a: number, b: number) => Promise<unknown>]>([
    ["an edit", (m, a) => edit(a, m._id, "bye")],
    ["an edit of whom it mentions", (m, a, b) => edit(a, m._id, `bye @user ${b}`)],
    [
      "a hundred edits and more",
      async (m, a) => {
        for (let i = 0; i < 105; i++) await edit(a, m._id, `bye ${i}`);
      },
    ],
    [
      "a reaction and a pin",
      async (m, _a, b) => {
        await chat.as(b)("chat.react", { messageId: m._id, emoji: "👍" });
        await chat.as(b)("chat.pinMessage", { messageId: m._id });
      },
    ],
    [
      "the sender's leaving",
      (m, a) => chat.as(a)("chat.removeMember", { conversationId: m.conversation_id, userId: a }),
    ],
    ["their removal", (m, a, b) => chat.as(b)("chat.removeMember", { conversationId: m.conversation_id, userId: a })],
    [
      "two hundred messages",
      async (m, _a, b) => {
        for (let i = 0; i < 310; i++) await chat.send(b, m.conversation_id, `more ${i}`);
      },
    ],
  ])("after %s", async (_what, happens) => {
    const { first, second } = await retried(happens);
    expect(second).toEqual(first);
  });

  it("also where both happen: many messages later, from outside", async () => {
    const { first, second } = await retried(async (m, a, b) => {
      for (let i = 0; i < 310; i++) await chat.send(b, m.conversation_id, `more ${i}`);
      await chat.as(b)("chat.removeMember", { conversationId: m.conversation_id, userId: a });
    });
    expect(second).toEqual(first);
  });

  it.each([
    ["auto:0123456789abcdef01234567", false],
    ["auto:0b0c6c52-7f0c-4f39-9d53-3f3f6e7a1c55", false],
    ["auto:pilot", true],
    ["a key of their own", true],
  ])("a print of what was asked for is kept where somebody chose the key: under %s %s", async (clientId, isKept) => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const first = await chat.send(a, _id, "once", { clientId });
    expect(await chat.send(a, _id, "once", { clientId })).toEqual(first);
    const doc = await chatOf(chat.broker.getLocalService("chat")).stores.messages.findOne({ _id: first._id });
    expect("request" in (doc ?? {})).toBe(isKept);
    if (isKept) expect(await refused(chat.send(a, _id, "other", { clientId }))).toBe("CONFLICT");
  });

  it("a deleted one's has no words; another text under its key is CONFLICT", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const first = await chat.send(a, _id, "oops", again);
    await chat.as(a)("chat.deleteMessage", { messageId: first._id });
    expect(await chat.send(a, _id, "oops", again)).toMatchObject({ _id: first._id, content: "" });
    expect(await refused(chat.send(a, _id, "other", again))).toBe("CONFLICT");
    await chat
      .as(b)("chat.removeMember", { conversationId: _id, userId: a })
      .catch(() => undefined);
  });

  it("where the text would name somebody now, or the list is in another order", async () => {
    const [a, b, c, d] = people(4) as [number, number, number, number];
    const { _id } = await chat.group(a, b, d);
    const more = { ...again, mentions: [b, d] };
    const first = await chat.send(a, _id, `hi @user ${c}`, more);
    await chat.as(a)("chat.addMember", { conversationId: _id, userId: c });
    expect(await chat.send(a, _id, `hi @user ${c}`, { ...more, mentions: [d, b] })).toEqual(first);
  });

  it("of a copy whose original was edited or deleted since", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    for (const change of ["edited", "deleted"] as const) {
      const { _id: messageId } = await chat.send(b, _id, "original");
      const copy = () => chat.as(a)("chat.forward", { messageId, conversationId: _id, clientId: `copy ${change}` });
      const first = await copy();
      if (change === "edited") await edit(b, messageId, "changed");
      else await chat.as(b)("chat.deleteMessage", { messageId });
      expect(await copy()).toEqual(first);
    }
  });
});

describe("conversation:create with a key", () => {
  it("makes one group, whoever asks at once, with its first message once", async () => {
    const [a, b] = people(2) as [number, number];
    const wanted: Params<"chat.create"> = {
      participantIds: [b],
      type: "group",
      name: "g",
      content: "hello",
      clientId: "k",
    };
    const made = await Promise.all([1, 2, 3].map(() => chat.as(a)("chat.create", wanted)));
    expect(new Set(made.map((c) => c._id)).size).toBe(1);
    expect((await chat.as(a)("chat.create", wanted)).last_seq).toBe(1);
    expect(await refused(chat.as(a)("chat.create", { ...wanted, name: "other" }))).toBe("CONFLICT");
    expect((await chat.as(b)("chat.create", { ...wanted, participantIds: [a] }))._id).not.toBe(made[0]?._id);
  });

  it("says the first words of a pair once", async () => {
    const [a, b] = people(2) as [number, number];
    const wanted = { participantIds: [b], content: "hello", clientId: "k" };
    const [first, second] = [await chat.as(a)("chat.create", wanted), await chat.as(a)("chat.create", wanted)];
    expect([second._id, second.last_seq]).toEqual([first._id, 1]);
    expect(await refused(chat.as(a)("chat.create", { ...wanted, content: "other" }))).toBe("CONFLICT");
  });

  it("makes no second group of one that was ended", async () => {
    const [a, b] = people(2) as [number, number];
    const wanted: Params<"chat.create"> = { participantIds: [b], type: "group", name: "g", clientId: "k" };
    const { _id } = await chat.as(a)("chat.create", wanted);
    await chat.as(a)("chat.delete", { conversationId: _id });
    expect(await refused(chat.as(a)("chat.create", wanted))).toBe("NOTFOUND");
  });
});

describe("pages", () => {
  it("by time lose nothing of what was sent at once, and have the length asked for", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id: conversationId } = await chat.group(a, b);
    await Promise.all(Array.from({ length: 30 }, (_, i) => chat.send(a, conversationId, `m${i}`)));
    for (const way of ["before", "after"] as const) {
      const seen: number[] = [];
      let at = way === "before" ? undefined : new Date(0).toISOString();
      for (;;) {
        const page = await chat.as(b)("chat.messages", { conversationId, limit: 7, ...(at ? { [way]: at } : {}) });
        if (!page.length) break;
        expect(page.length).toBeLessThanOrEqual(7);
        seen.push(...page.map((m) => m.seq));
        at = (way === "before" ? page.at(-1) : page[0])?.created_at;
      }
      expect(seen.sort((x, y) => x - y)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    }
  });

  it("are full where there is enough that is not hidden, of lists and of threads, within both bounds", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id: conversationId } = await chat.group(a, b);
    const { _id: messageId } = await chat.send(a, conversationId, "root");
    const replies: Message[] = [];
    for (let i = 0; i < 12; i++) replies.push(await chat.send(a, conversationId, `r${i}`, { replyTo: messageId }));
    for (const reply of replies.slice(2, 8))
      await chat.as(b)("chat.deleteMessage", { messageId: reply._id, forMe: true });
    const thread = await chat.as(b)("chat.thread", { messageId, limit: 4 });
    expect(thread.map((m) => m.content)).toEqual(["r0", "r1", "r8", "r9"]);
    const rest = await chat.as(b)("chat.thread", { messageId, limit: 4, after: thread[3]?.seq ?? 0 });
    expect(rest.map((m) => m.content)).toEqual(["r10", "r11"]);
    const within = await chat.as(b)("chat.messages", { conversationId, limit: 3, before: 11, after: 2 });
    expect(within.map((m) => m.content)).toEqual(["r8", "r1"]);
  });
});
