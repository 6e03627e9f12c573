/** Messages past their age are nowhere, whatever was done with them; what is younger or on hold is all there. */
import fc from "fast-check";
import { type Params } from "../../contracts/actions";
import { operator } from "../../contracts/caller";
import { newId, storesOf } from "../../mixins/documents";
import { call } from "../../platform/bus";
import { chatOf } from "../../services/chat/chat";
import { type collections } from "../../services/chat/host/collections";
import { keptFor } from "../../services/chat/conversation/rules/retention";
import { type ChatSystem, startChat } from "../support/chat";
import { eventually } from "../support/eventually";
import { hasFerretdb, startMongo } from "../support/ferretdb";
import { type Server } from "../support/servers";
import { claims, documentsOf } from "../support/truth";

let chat: ChatSystem;
const DAY = 86_400_000;
const here = () => chatOf(chat.broker.getLocalService("chat"));
const asAdmin = { meta: { caller: operator } };

/** What the group was called stands in the titles of what was sent meanwhile. */
const NAME = /(?<="title":"[^"]*) in name-\w+/g;

/** Each document of each collection of each service here, as text; the log of commits forgets by itself within a minute. */
async function everything(): Promise<string[]> {
  const all: string[] = [];
  for (const name of ["chat", "notifications"])
    for (const [key, store] of Object.entries(storesOf<typeof collections>(chat.broker.getLocalService(name))))
      if (key !== "commits")
        for (const doc of await store.find({})) all.push(`${key} ${JSON.stringify(doc).replace(NAME, "")}`);
  return all;
}
const found = async (words: readonly string[]): Promise<string[]> => {
  const all = (await everything()).join("\n");
  return words.filter((word) => all.includes(word));
};
/** The documents that have any of them, as they stand. */
const traces = async (words: readonly string[]): Promise<string[]> =>
  (await everything()).filter((doc) => words.some((word) => doc.includes(word)));

/** Sent so long ago; the actor at hand knows no better than the store. */
const age = (messageId: string, ms: number): Promise<number> =>
  here().stores.messages.updateOne({ _id: messageId }, { $set: { created_at: new Date(Date.now() - ms) } });

let words = 0;
const word = (): string => `zq${++words}x`;

interface Said {
  readonly messageId: string;
  readonly words: string[];
}
const things = ["edit", "react", "pin", "save", "remind", "reply", "thread", "mention", "read", "readAll"] as const;
const planOf = (does: readonly (typeof things)[number][]) =>
  fc.array(
    fc.record({
      old: fc.boolean(),
      what: fc.constantFrom("text", "custom", "poll", "rename", "file", "gone"),
      then: fc.array(fc.constantFrom(...does), { maxLength: 4 }),
    }),
    { minLength: 3, maxLength: 10 },
  );
type Plan = ReturnType<typeof planOf> extends fc.Arbitrary<infer P> ? P : never;

const [ann, bob, eve] = [1, 2, 3] as const;

async function say(conversationId: string, what: string): Promise<Said> {
  const said = what === "rename" ? `name-${word()}` : word();
  const send = (more: Partial<Params<"chat.send">>) => chat.send(ann, conversationId, said, more);
  if (what === "rename") {
    await chat.as(ann)("chat.update", { conversationId, name: said });
    await chat.as(ann)("chat.update", { conversationId, name: "again" });
    const [, renamed] = await chat.as(ann)("chat.messages", { conversationId, limit: 2 });
    return { messageId: renamed?._id ?? "", words: [said] };
  }
  const more: Partial<Params<"chat.send">> =
    what === "custom"
      ? { custom: { note: word() } }
      : what === "poll"
        ? { poll: { question: said, options: [word(), word()], multiple: false, anonymous: false } }
        : what === "file"
          ? { attachments: [`/files/${newId()}`] }
          : {};
  const sent = await send(more);
  if (what === "gone") await chat.as(ann)("chat.deleteMessage", { messageId: sent._id });
  const inPoll = "poll" in more && more.poll ? more.poll.options : [];
  const others = [(more.custom?.note as string | undefined) ?? said, ...inPoll, ...(more.attachments ?? [])];
  return { messageId: sent._id, words: what === "gone" ? [] : [said, ...others] };
}

async function then(conversationId: string, said: Said, thing: (typeof things)[number]): Promise<Said[]> {
  const { messageId } = said;
  const [mine, theirs] = [chat.as(ann), chat.as(bob)];
  const reply = async (by: number, more: object = {}): Promise<Said[]> => {
    const answer = word();
    const sent = await chat.send(by, conversationId, answer, { replyTo: messageId, ...more });
    return [{ messageId: sent._id, words: [answer] }];
  };
  const edited = word();
  switch (thing) {
    case "edit":
      await mine("chat.edit", { messageId, content: edited, mentions: [eve] });
      said.words.push(edited);
      return [];
    case "react":
      await theirs("chat.react", { messageId, emoji: "👍" });
      return [];
    case "pin":
      await mine("chat.pinMessage", { messageId });
      return [];
    case "save":
      await theirs("chat.saveMessage", { messageId });
      return [];
    case "remind":
      await theirs("chat.remind", { messageId, at: new Date(Date.now() + DAY).toISOString() });
      return [];
    case "reply":
      return reply(bob);
    case "thread":
      return [...(await reply(eve)), ...(await reply(ann, { mentions: [bob] }))];
    case "mention":
      return reply(bob, { mentions: [ann, eve] });
    case "read":
      await theirs("chat.read", { messageId });
      return [];
    case "readAll":
      await chat.as(eve)("chat.markRead", { conversationId });
      return [];
  }
}

const refused = ["FORBIDDEN", "NOTFOUND", "BAD_REQUEST"];
/** What people did in a group, and of that what is old by now. */
async function live(steps: Plan): Promise<{ id: string; old: string[]; young: string[]; oldIds: string[] }> {
  const { _id: id } = await chat.group(ann, bob, eve);
  const old: Said[] = [];
  const young: Said[] = [];
  for (const step of steps) {
    const said = await say(id, step.what);
    (step.old ? old : young).push(said);
    for (const thing of step.then)
      young.push(
        ...(await then(id, said, thing).catch((error: { type: string }) => {
          if (!refused.includes(error.type)) throw error as unknown as Error;
          return [];
        })),
      );
  }
  await eventually(async () => {
    const { outbox, published_seq, last_seq } = (await documentsOf(here().stores, id)).conversation;
    expect([outbox, published_seq]).toEqual([false, last_seq]);
  });
  for (const { messageId } of old) await age(messageId, 2 * DAY);
  const flat = (all: readonly Said[]): string[] => all.flatMap((said) => said.words);
  return { id, old: flat(old), young: flat(young), oldIds: old.map(({ messageId }) => messageId) };
}

async function truthOf(id: string) {
  const { said, true: real } = claims(await documentsOf(here().stores, id), [ann, bob, eve]);
  return { said: { ...said, history: [] }, true: { ...real, history: [] } }; // which is what may be gone
}

type Start = () => Promise<Server | undefined>;
const embedded = ["the embedded store", () => Promise.resolve(undefined)] as [string, Start];
const stores = hasFerretdb() ? [embedded, ["FerretDB", startMongo] as [string, Start]] : [embedded];

describe.each(stores)("on %s", (name, startStore) => {
  let server: Server | undefined;
  beforeAll(async () => {
    server = await startStore();
    const vars = { SERVICES: "chat,notifications", MESSAGE_RETENTION: "1d", FACTS: "on" };
    chat = await startChat({ ...vars, ...(server ? { MONGODB_URI: server.url } : {}) });
  });
  afterAll(async () => {
    await chat.stop();
    await server?.stop();
  });
  // FerretDB stores no list of lists, by which messages are read apart from each other.
  const plan = planOf(name === "FerretDB" ? things.filter((thing) => thing !== "read") : things);
  const runs = { numRuns: name === "FerretDB" ? 1 : 6, endOnFailure: true };

  it("nothing of what is old is anywhere, and all that is young is there, counted and in its place", async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (steps) => {
        const { id, old, young, oldIds } = await live(steps);
        const { cursors } = await chat.as(bob)("chat.sync", {});
        await here().retention.pass();
        await eventually(async () => expect(await traces(old)).toEqual([]));
        expect((await found(young)).length).toBe(young.length);
        const { said, true: real } = await truthOf(id);
        expect(said).toEqual(real);
        for (const messageId of oldIds)
          expect(await chat.as(bob)("chat.message", { messageId })).toMatchObject({ content: "", attachments: [] });
        const { changes } = await chat.as(bob)("chat.sync", { cursors });
        const told = new Set(changes.flatMap(({ message }) => (message?.deleted_at ? message._id : [])));
        const before = new Set(steps.flatMap(({ what, old: is }, i) => (is && what === "gone" ? i : [])));
        expect(oldIds.filter((messageId) => !told.has(messageId)).length).toBeLessThanOrEqual(before.size);
        expect((await chat.as(bob)("chat.pins", { conversationId: id })).every(({ content }) => content)).toBe(true);
        for (const gone of old)
          expect(await chat.as(bob)("chat.search", { query: gone, limit: 5, skip: 0 })).toMatchObject({ total: 0 });
      }),
      runs,
    );
  });

  it("a hold on the conversation, or on who was ever in it, keeps all of it until it is released", async () => {
    for (const about of ["conversation", "member"] as const) {
      const { id, old } = await live([
        { old: true, what: "file", then: ["edit", "reply"] },
        { old: true, what: "text", then: [] },
      ]);
      await chat.as(ann)("chat.removeMember", { conversationId: id, userId: eve });
      const whom = about === "member" ? { userId: eve } : { conversationId: id };
      const hold = await call(chat.broker, "chat.placeHold", { ...whom, reason: "a lawsuit" }, asAdmin);
      await here().retention.pass();
      expect((await found(old)).length).toBe(old.length);
      expect(chat.detached.filter((url) => old.includes(url))).toEqual([]);
      const all = await call(chat.broker, "chat.holds", { limit: 10 }, asAdmin);
      expect(all).toEqual([hold]);
      for (const [on, found] of [
        [whom, [hold]],
        [about === "member" ? { userId: bob } : { conversationId: newId() }, []],
        [about === "member" ? { conversationId: id } : { userId: eve }, []],
      ] as const)
        expect(await call(chat.broker, "chat.holds", { ...on, limit: 10 }, asAdmin)).toEqual(found);
      await call(chat.broker, "chat.releaseHold", { holdId: hold.hold_id }, asAdmin);
      await here().retention.pass();
      await eventually(async () => expect(await traces(old)).toEqual([]));
    }
  });

  it("is told to those who have the conversation open, once each", async () => {
    const { id, oldIds } = await live([
      { old: true, what: "text", then: [] },
      { old: true, what: "text", then: ["pin"] },
      { old: false, what: "text", then: [] },
    ]);
    await here().retention.pass();
    await here().retention.pass();
    const told = chat.heard(bob, "message:deleted").filter((m) => m.conversationId === id);
    expect(told.map((m) => m.messageId)).toEqual(oldIds);
  });

  it("goes on where a store failed in the middle, and takes no file of which it could not let go", async () => {
    const { old } = await live([
      { old: true, what: "file", then: [] },
      { old: true, what: "text", then: [] },
    ]);
    chat.answering = (action) => {
      if (action === "uploads.detach") throw new Error("uploads are away");
    };
    await here().retention.pass();
    expect((await found(old)).length).toBe(old.length);
    chat.answering = () => undefined;
    await here().retention.pass();
    await eventually(async () => expect(await traces(old)).toEqual([]));
    expect(chat.detached).toEqual(expect.arrayContaining(old.filter((text) => text.startsWith("/files/"))));
  });

  it("leaves a file open that a younger message has, too", async () => {
    const { _id: conversationId } = await chat.group(ann, bob);
    const url = `/files/${newId()}`;
    const first = await chat.send(ann, conversationId, "", { attachments: [url] });
    await chat.send(ann, conversationId, "", { attachments: [url] });
    await age(first._id, 2 * DAY);
    await here().retention.pass();
    expect(chat.detached).not.toContain(url);
    expect(await chat.as(bob)("chat.message", { messageId: first._id })).toMatchObject({ attachments: [] });
  });
});

describe("how long", () => {
  beforeAll(async () => void (chat = await startChat({ SERVICES: "chat,notifications", MESSAGE_RETENTION: "30d" })));
  afterAll(() => chat.stop());
  const set = (conversationId: string, retention: number | null) =>
    call(chat.broker, "chat.setRetention", { conversationId, retention }, asAdmin);
  const say = async (conversationId: string, ms: number): Promise<string> => {
    const text = word();
    await age((await chat.send(ann, conversationId, text))._id, ms);
    return text;
  };

  it("is for a group's admin to say within what holds in general, and for nobody else in it", async () => {
    const { _id: conversationId } = await chat.group(ann, bob, eve);
    await chat.as(ann)("chat.promote", { conversationId, userId: bob });
    const update = (by: number, retention: number | null) => chat.as(by)("chat.update", { conversationId, retention });
    for (const by of [bob, eve]) await expect(update(by, 60)).rejects.toMatchObject({ type: "FORBIDDEN" });
    await expect(update(ann, 31 * 86_400)).rejects.toMatchObject({ type: "BAD_REQUEST" });
    expect(await update(ann, 3600)).toMatchObject({ retention: 3600 });
    expect(chat.heard(eve, "conversation:updated").at(-1)).toMatchObject({ changes: { retention: 3600 } });
    const text = await say(conversationId, 2 * 3_600_000);
    await here().retention.pass();
    await eventually(async () => expect(await traces([text])).toEqual([]));
    expect(await update(ann, null)).toMatchObject({ retention: null });
  });

  it("is for admins of the system to say freely, of private conversations too; no group's admin may go against it", async () => {
    for (const { _id: conversationId } of [await chat.group(ann, bob), await chat.pair(ann, bob)]) {
      expect(await set(conversationId, 0)).toMatchObject({ retention: 0 });
      const kept = await say(conversationId, 90 * DAY);
      await here().retention.pass();
      expect(await found([kept])).toEqual([kept]);
      const own = chat.as(ann)("chat.update", { conversationId, retention: 60 });
      await expect(own).rejects.toMatchObject({ type: expect.stringMatching(/FORBIDDEN|BAD_REQUEST/) });
      await set(conversationId, null);
      await here().retention.pass();
      await eventually(async () => expect(await traces([kept])).toEqual([]));
    }
  });

  it("is refused to members and to staff, and so are holds", async () => {
    const { _id: conversationId } = await chat.group(ann, bob);
    const asks = [
      ["chat.setRetention", { conversationId, retention: 60 }],
      ["chat.placeHold", { conversationId, reason: "x" }],
      ["chat.holds", { limit: 1 }],
      ["chat.releaseHold", { holdId: newId() }],
    ] as const;
    for (const roles of [["user"], ["user", "moderator"]] as const)
      for (const [name, params] of asks) {
        const meta = { caller: { userId: ann, sessionId: "s", roles } };
        await expect(call(chat.broker, name, params as never, { meta })).rejects.toMatchObject({ type: "FORBIDDEN" });
      }
    for (const [params, type] of [
      [{ reason: "x" }, "BAD_REQUEST"],
      [{ conversationId, userId: 1, reason: "x" }, "BAD_REQUEST"],
      [{ conversationId: newId(), reason: "x" }, "NOTFOUND"],
    ] as const)
      await expect(call(chat.broker, "chat.placeHold", params, asAdmin)).rejects.toMatchObject({ type });
    const none = call(chat.broker, "chat.releaseHold", { holdId: newId() }, asAdmin);
    await expect(none).rejects.toMatchObject({ type: "NOTFOUND" });
  });

  it("is the shorter of the two, unless an admin of the system has said it", () => {
    expect([
      keptFor({}, undefined),
      keptFor({}, 10),
      keptFor({ retention: 5 }, 10),
      keptFor({ retention: 20 }, 10), // what holds in general became less meanwhile
      keptFor({ retention: 5 }, undefined),
      keptFor({ retention: 20, retention_free: true }, 10),
      keptFor({ retention: 0, retention_free: true }, 10),
    ]).toEqual([undefined, 10, 5, 10, 5, 20, undefined]);
  });
});

it("is no notification any more of those who had not read it", async () => {
  chat = await startChat({ SERVICES: "chat,notifications", MESSAGE_RETENTION: "1d" });
  try {
    const { _id } = await chat.group(ann, bob);
    const text = word();
    const sent = await chat.send(ann, _id, text);
    const unread = () => chat.as(bob)("notifications.count", {});
    await eventually(async () => expect(await unread()).toEqual({ count: 2 })); // and that they are in the group
    await age(sent._id, 2 * DAY);
    await here().retention.pass();
    await eventually(async () => expect(await unread()).toEqual({ count: 1 }));
    await eventually(async () => expect(await traces([text])).toEqual([]));
  } finally {
    await chat.stop();
  }
});
