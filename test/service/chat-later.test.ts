/** What is to happen at a time happens once, by the rules of that time; and is its owner's alone until then. */
import { rmSync } from "node:fs";
import { type Params } from "../../contracts/actions";
import { type Payload } from "../../contracts/events";
import { codeOf, fail } from "../../contracts/errors";
import { type Conversation, type Message } from "../../contracts/shapes";
import { consume } from "../../platform/facts";
import { chatOf } from "../../services/chat/chat";
import { type ChatSystem, startChat } from "../support/chat";
import { eventually } from "../support/eventually";

let chat: ChatSystem;
let group: Conversation;
const [me, other, stranger] = [1, 2, 3] as const;
const due: Payload<"reminder.due">[] = [];
beforeAll(async () => {
  chat = await startChat({ MAX_SCHEDULED: "5", MAX_CONTENT: "20" });
  chat.broker.createService({
    name: "bell",
    channels: { "reminder.due": consume("reminder.due", (fact) => Promise.resolve(void due.push(fact))) },
  });
  await eventually(() => chat.broker.waitForServices("bell"));
  group = await chat.group(me, other);
});
afterAll(() => chat.stop());
beforeEach(async () => {
  await stores().later.remove({});
  chat.emitted.length = 0;
  due.length = 0;
});

const stores = () => chatOf(chat.broker.getLocalService("chat")).stores;
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const [soon, tomorrow] = [() => inMs(1_000), () => inMs(86_400_000)];
/** Its time has come, as soon as the test is ready for that. */
const comes = ({ _id }: { readonly _id: string }): Promise<number> =>
  stores().later.updateOne({ _id }, { $set: { due_at: new Date(1) } });
const schedule = (more: Partial<Params<"chat.schedule">> = {}, by: number = me) =>
  chat.as(by)("chat.schedule", { conversationId: group._id, content: "later", at: tomorrow(), ...more });
const remind = (more: Partial<Params<"chat.remind">> = {}, by: number = me) =>
  chat.as(by)("chat.remind", { text: "tea", at: tomorrow(), ...more });
const refusal = (promise: Promise<unknown>): Promise<string> => promise.then(() => "none", codeOf);
const sentTo = async (conversationId = group._id): Promise<Message[]> =>
  (await chat.as(other)("chat.messages", { conversationId, limit: 100 })).filter((m) => m.type !== "system");
const waiting = (by: number = me) => chat.as(by)("chat.scheduled", { limit: 100 });
const done = () => eventually(async () => expect(await stores().later.count({ due_at: { $gt: new Date(0) } })).toBe(0));

describe("a scheduled message", () => {
  it("is sent when its time has come, whole, and gone from the list; its owner's devices hear of both", async () => {
    const asked = await chat.send(other, group._id, "when?");
    const files = { attachments: ["/files/7"], replyTo: asked._id, mentions: [other], custom: { tag: "x" } };
    const made = await schedule({ content: "now", ...files });
    expect(made).toMatchObject({
      status: "waiting",
      error: null,
      content: "now",
      replyTo: asked._id,
      custom: { tag: "x" },
    });
    expect(chat.heard(me, "message:scheduled")).toEqual([made]);
    expect(await waiting()).toEqual([made]);
    expect((await sentTo()).map(({ content }) => content)).not.toContain("now");
    await comes(made);
    await done();
    const [sent] = await sentTo();
    expect(sent).toMatchObject({ sender_id: me, content: "now", mentions: [other], custom: { tag: "x" } });
    expect([sent?.attachments, sent?.reply_to?.message_id, sent?.clientId]).toEqual([
      ["/files/7"],
      asked._id,
      undefined,
    ]);
    const gone = { scheduledId: made._id, conversationId: group._id, messageId: sent?._id };
    await eventually(() => expect(chat.heard(me, "message:unscheduled")).toEqual([gone]));
    expect(await waiting()).toEqual([]);
    expect([...chat.heard(other, "message:scheduled"), ...chat.heard(other, "message:unscheduled")]).toEqual([]);
  });

  it("is changed and taken back before, by its owner alone", async () => {
    const { _id: scheduledId } = await schedule({ attachments: ["/files/1"] });
    chat.detached.length = 0;
    const at = inMs(3_600_000);
    const changed = await chat.as(me)("chat.reschedule", {
      scheduledId,
      content: "changed",
      attachments: ["/files/2"],
      at,
    });
    expect(changed).toMatchObject({ content: "changed", attachments: ["/files/2"], at });
    expect(await waiting()).toEqual([changed]);
    expect(await refusal(chat.as(other)("chat.reschedule", { scheduledId, content: "x" }))).toBe("NOTFOUND");
    expect(await refusal(chat.as(other)("chat.unschedule", { scheduledId }))).toBe("NOTFOUND");
    expect(await waiting(other)).toEqual([]);
    await chat.as(me)("chat.unschedule", { scheduledId });
    expect(await waiting()).toEqual([]);
    expect(await refusal(chat.as(me)("chat.unschedule", { scheduledId }))).toBe("NOTFOUND");
    // The files are the conversation's no more; those that wait hold theirs.
    expect(chat.detached).toEqual(["/files/1", "/files/2"]);
  });

  it("keeps its file open to the conversation when the message that had it, too, is deleted", async () => {
    await schedule({ attachments: ["/files/3"] });
    const { _id: messageId } = await chat.send(me, group._id, "", { attachments: ["/files/3"] });
    chat.detached.length = 0;
    await chat.as(me)("chat.deleteMessage", { messageId });
    expect(chat.detached).toEqual([]);
  });

  it.each<[string, Partial<Params<"chat.schedule">>, number, string]>([
    ["of no member", {}, stranger, "FORBIDDEN"],
    ["into no conversation", { conversationId: "a".repeat(24) }, me, "NOTFOUND"],
    ["for a moment that has passed", { at: inMs(-1) }, me, "BAD_REQUEST"],
    ["for in two years", { at: inMs(2 * 366 * 86_400_000) }, me, "BAD_REQUEST"],
    ["for no moment", { at: "soon" }, me, "BAD_REQUEST"],
    ["of nothing", { content: " " }, me, "BAD_REQUEST"],
    ["that is too long", { content: "x".repeat(21) }, me, "TOO_LARGE"],
    ["with too much of the product's data", { custom: { a: "x".repeat(5_000) } }, me, "TOO_LARGE"],
  ])("%s is refused at once", async (_what, more, by, code) => {
    expect(await refusal(schedule(more, by))).toBe(code);
    expect(await stores().later.count({})).toBe(0);
  });

  it("is one for a key, however often it is asked for; another under the key is a conflict", async () => {
    const at = tomorrow();
    const all = await Promise.all([1, 2, 3].map(() => schedule({ clientId: "k", at })));
    expect(new Set(all.map(({ _id }) => _id)).size).toBe(1);
    expect(await refusal(schedule({ clientId: "k", at, content: "other" }))).toBe("CONFLICT");
    expect(await refusal(schedule({ clientId: "k", at: inMs(9_999_999) }))).toBe("CONFLICT");
  });

  it("has as many beside it as a user may have, exactly, however many come at once; one less makes room", async () => {
    const all = await Promise.allSettled(Array.from({ length: 12 }, (_, i) => schedule({ content: `${i}` })));
    const made = all.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(made).toHaveLength(5);
    for (const one of all) if (one.status === "rejected") expect(["FULL", "UNAVAILABLE"]).toContain(codeOf(one.reason));
    expect(await refusal(schedule())).toBe("FULL");
    expect(await refusal(schedule({}, other))).toBe("none");
    await chat.as(me)("chat.unschedule", { scheduledId: made[0]?._id ?? "" });
    expect(await refusal(schedule())).toBe("none");
  });

  it.each<[string, (conversationId: string) => Promise<unknown>, string]>([
    [
      "its owner was removed",
      (id) => chat.as(other)("chat.removeMember", { conversationId: id, userId: me }),
      "FORBIDDEN",
    ],
    [
      "only the staff writes there now",
      (id) => chat.as(other)("chat.update", { conversationId: id, posting: "staff" }),
      "FORBIDDEN",
    ],
    ["the conversation is no more", (id) => chat.as(other)("chat.delete", { conversationId: id }), "NOTFOUND"],
  ])("is refused where %s; its owner is told, and finds it with the reason", async (_why, change, code) => {
    const { _id: conversationId } = await chat.group(other, me);
    const { _id } = await schedule({ conversationId });
    await change(conversationId);
    await comes({ _id });
    await eventually(async () => expect(await waiting()).toMatchObject([{ _id, status: "refused", error: { code } }]));
    expect(chat.heard(me, "message:scheduled").at(-1)).toMatchObject({ _id, status: "refused" });
    await eventually(() =>
      expect(due).toMatchObject([
        { userId: me, relatedId: conversationId, title: expect.stringContaining("not sent") },
      ]),
    );
    await chat.as(me)("chat.unschedule", { scheduledId: _id });
  });

  it("of an account that was banned is refused, of one that is gone is nowhere", async () => {
    chat.banned.add(other);
    const { _id } = await schedule({ at: soon() }, other);
    await eventually(async () => expect(await waiting(other)).toMatchObject([{ _id, error: { code: "FORBIDDEN" } }]));
    chat.banned.delete(other);
    await chat.as(other)("chat.reschedule", { scheduledId: _id, at: tomorrow() });
    chat.unknown.add(other);
    await comes({ _id });
    await eventually(async () => expect(await stores().later.count({})).toBe(0));
    chat.unknown.delete(other);
    expect((await sentTo()).map(({ content }) => content)).not.toContain("later");
  });

  it("is tried again while it can't be known whether it may be sent", async () => {
    let tried = 0;
    chat.answering = (action) => {
      if (action !== "users.profiles" || (tried += 1) > 1) return;
      throw fail("UNAVAILABLE");
    };
    await schedule({ at: soon(), content: "at last" });
    await done();
    chat.answering = () => undefined;
    expect(tried).toBeGreaterThan(1);
    expect((await sentTo())[0]?.content).toBe("at last");
  });

  it("is sent once though a node dies after it was sent, and though another has it in hand", async () => {
    const made = await schedule({ content: "once", clientId: "mine" });
    const [before] = await stores().later.find({});
    await comes(made);
    await done();
    // As a node leaves it that died between the message and the end of its work.
    await stores().later.insert([{ ...before!, due_at: new Date(1), claimed: true, attempts: 1 }]);
    await done();
    expect((await sentTo()).filter(({ content }) => content === "once")).toHaveLength(1);
    await stores().later.insert([
      { ...before!, client_id: "another", content: "held", claimed: true, due_at: new Date(Date.now() + 60_000) },
    ]);
    for (const [name, params] of [
      ["chat.unschedule", {}],
      ["chat.reschedule", { content: "x", at: tomorrow() }],
    ] as const)
      expect(await refusal(chat.as(me)(name, { scheduledId: before!._id, ...params }))).toBe("CONFLICT");
  });

  it("survives a restart", async () => {
    const dir = `${chat.dir}-again`;
    let first = await startChat({}, dir);
    const { _id: conversationId } = await first.group(me, other);
    await first.as(me)("chat.schedule", { conversationId, content: "after all", at: soon() });
    await first.stop();
    first = await startChat({}, dir);
    await eventually(async () => {
      const [last] = await first.as(other)("chat.messages", { conversationId, limit: 1 });
      expect(last?.content).toBe("after all");
    });
    await first.stop();
    rmSync(dir, { recursive: true });
  });
});

describe("a reminder", () => {
  it("comes when its time has come, once, and none of the message's words with it", async () => {
    const { _id: messageId } = await chat.send(other, group._id, "secret words");
    const made = await remind({ messageId, text: undefined as never, at: soon() });
    expect(made).toMatchObject({ message_id: messageId, conversation_id: group._id, text: "" });
    expect(chat.heard(me, "reminder:created")).toEqual([made]);
    await eventually(() => expect(due).toMatchObject([{ factId: made._id, userId: me, relatedId: messageId }]));
    expect(JSON.stringify(due)).not.toContain("secret");
    await eventually(() => expect(chat.heard(me, "reminder:deleted")).toEqual([{ reminderId: made._id }]));
    expect(await chat.as(me)("chat.reminders", { limit: 10 })).toEqual([]);
    expect(chat.heard(other, "reminder:created")).toEqual([]);
  });

  it("is listed, and taken back by its owner alone", async () => {
    const [second, first] = [await remind(), await remind({ text: "before", at: inMs(3_600_000) })];
    expect(await chat.as(me)("chat.reminders", { limit: 10 })).toEqual([first, second]);
    expect(await chat.as(other)("chat.reminders", { limit: 10 })).toEqual([]);
    expect(await refusal(chat.as(other)("chat.forgetReminder", { reminderId: first._id }))).toBe("NOTFOUND");
    await chat.as(me)("chat.forgetReminder", { reminderId: first._id });
    expect(await chat.as(me)("chat.reminders", { limit: 10 })).toEqual([second]);
    expect(await refusal(chat.as(me)("chat.unschedule", { scheduledId: second._id }))).toBe("NOTFOUND");
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ["of nothing", () => chat.as(me)("chat.remind", { at: tomorrow() }), "BAD_REQUEST"],
    ["in the past", () => remind({ at: inMs(-1) }), "BAD_REQUEST"],
    ["too long", () => remind({ text: "x".repeat(501) }), "BAD_REQUEST"],
    ["of no message", () => remind({ messageId: "a".repeat(24) }), "NOTFOUND"],
    [
      "of a message that one may not read",
      async () => remind({ messageId: (await chat.send(me, group._id, "x"))._id }, stranger),
      "FORBIDDEN",
    ],
    [
      "of a message that was deleted",
      async () => {
        const { _id: messageId } = await chat.send(me, group._id, "x");
        await chat.as(me)("chat.deleteMessage", { messageId });
        await remind({ messageId });
      },
      "NOTFOUND",
    ],
  ])("%s is refused", async (_what, make, code) => expect(await refusal(make())).toBe(code));

  it("has as many beside it as a user may have, apart from messages", async () => {
    for (let i = 0; i < 5; i += 1) await remind();
    expect(await refusal(remind())).toBe("FULL");
    expect(await refusal(schedule())).toBe("none");
  });
});

describe("sync", () => {
  const sync = (tag?: string, by: number = me) => chat.as(by)("chat.sync", tag === undefined ? {} : { later: tag });
  /** That it is told, and under which tag. */
  async function changed(before: string): Promise<{ tag: string; ids: string[] }> {
    const { later } = await sync(before);
    if (!later) throw new Error("nothing has changed");
    return { tag: later.tag, ids: [...later.scheduled, ...later.reminders].map(({ _id }) => _id) };
  }

  it("has all that waits, whole, the next first; and nothing under its tag until something changes", async () => {
    const [second, first] = [await schedule({ custom: { a: 1 } }), await schedule({ at: inMs(3_600_000) })];
    const note = await remind();
    const { later } = await sync("");
    expect(later).toEqual({ tag: expect.any(String), scheduled: [first, second], reminders: [note] });
    expect(await sync(later?.tag)).not.toHaveProperty("later");
    expect((await sync("of no state"))?.later).toEqual(later);
    const { cursors } = await sync();
    expect((await chat.as(me)("chat.sync", { cursors, later: "" })).later).toEqual(later);
    expect((await chat.as(me)("chat.sync", { since: Date.now(), later: "" })).later).toEqual(later);
  });

  it("tells of each that was made, changed, refused, sent, due and taken back", async () => {
    const none = await changed("");
    expect(none.ids).toEqual([]);
    const { _id } = await schedule();
    const made = await changed(none.tag);
    expect(made.ids).toEqual([_id]);
    await chat.as(me)("chat.reschedule", { scheduledId: _id, content: "other" });
    const edited = await changed(made.tag);
    await chat.as(me)("chat.unschedule", { scheduledId: _id });
    expect(await changed(edited.tag)).toEqual(none);
    const { _id: reminderId } = await remind();
    const reminding = await changed(none.tag);
    expect(reminding.ids).toEqual([reminderId]);
    await comes({ _id: reminderId });
    await done();
    expect(await changed(reminding.tag)).toEqual(none);
    const { _id: conversationId } = await chat.group(other, me);
    const refused = await schedule({ conversationId });
    const waits = await changed(none.tag);
    await chat.as(other)("chat.removeMember", { conversationId, userId: me });
    await comes(refused);
    await done();
    await eventually(async () =>
      expect((await sync(waits.tag)).later?.scheduled[0]).toMatchObject({ status: "refused" }),
    );
    await chat.as(me)("chat.unschedule", { scheduledId: refused._id });
    const { _id: sentId } = await schedule({ content: "sent" });
    const sending = await changed(none.tag);
    expect(sending.ids).toEqual([sentId]);
    await comes({ _id: sentId });
    await done();
    expect(await changed(sending.tag)).toEqual(none);
  });

  it("has none of others', and none where it is not asked for", async () => {
    await schedule();
    await remind();
    expect((await sync("", other)).later).toMatchObject({ scheduled: [], reminders: [] });
    expect(await sync()).not.toHaveProperty("later");
  });

  it.each([["x".repeat(65)], [7], [{}], [[]]])("refuses the tag %j", async (tag) => {
    expect(await refusal(chat.as(me)("chat.sync", { later: tag as never }))).toBe("BAD_REQUEST");
  });
});
