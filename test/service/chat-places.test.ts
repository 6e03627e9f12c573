/** Groups that are open to others: found, joined, asked into; who may write there; and how large ones are scaled. On both stores. */
import { type Params } from "../../contracts/actions";
import { type Conversation } from "../../contracts/shapes";
import { chatOf } from "../../services/chat/chat";
import { after } from "../../services/chat/conversation/position";
import { newMember } from "../../services/chat/conversation/rules/members";
import { type ChatSystem, startChat } from "../support/chat";
import { clockAt, clockOn } from "../support/clock";
import { hasFerretdb, startMongo } from "../support/ferretdb";
import { type Server } from "../support/servers";

const stores: [string, () => Promise<Server | undefined>][] = [
  ["the embedded store", () => Promise.resolve(undefined)],
];
if (hasFerretdb()) stores.push(["a server that speaks MongoDB's language", startMongo]);

let chat: ChatSystem;
let next = 0;
const people = (n: number): [number, ...number[]] =>
  Array.from({ length: n }, () => (next = (next % 290) + 1)) as [number, ...number[]];
let names = 0;
const open = (user: number, more: Partial<Params<"chat.create">> = {}, ...others: number[]): Promise<Conversation> =>
  chat.as(user)("chat.create", {
    participantIds: others,
    type: "group",
    name: `Räume ${++names}`,
    visibility: "public",
    ...more,
  });
const enter = (user: number, { _id: conversationId }: { _id: string }) =>
  chat.as(user)("chat.enter", { conversationId });
const found = async (user: number, query: string, more: object = {}) =>
  (await chat.as(user)("chat.discover", { query, limit: 20, ...more })).map((g) => g._id);
const refused = (type: string) => expect.objectContaining({ type });

describe.each(stores)("on %s", (_store, start) => {
  let server: Server | undefined;
  beforeAll(async () => {
    server = await start();
    chat = await startChat(server ? { MONGODB_URI: server.url } : {});
  });
  afterAll(async () => {
    await chat.stop();
    await server?.stop();
  });

  describe("a public group", () => {
    it("is found by its name and its data, with nothing of what is said there, and joined by oneself", async () => {
      const [a, b = 0] = people(2);
      const made = await open(a, { name: "Töpfern für Anfänger", custom: { town: "Ulm" } });
      await chat.send(a, made._id, "swordfish");
      expect(await found(b, "topf anf")).toEqual([made._id]);
      expect(await found(b, "", { custom: { town: "Ulm" } })).toEqual([made._id]);
      expect(await found(b, "topf", { custom: { town: "Bonn" } })).toEqual([]);
      const [seen] = await chat.as(b)("chat.discover", { query: "topfern", limit: 1 });
      expect(seen).toMatchObject({ name: "Töpfern für Anfänger", member_count: 1, membership: "none" });
      expect(JSON.stringify(seen)).not.toContain("swordfish");
      expect(await enter(b, made)).toMatchObject({
        status: "member",
        conversation: { _id: made._id, member_count: 2 },
      });
      expect(chat.heard(a, "conversation:member-added").at(-1)).toMatchObject({ userId: b, actorId: b });
      expect((await chat.as(b)("chat.messages", { conversationId: made._id, limit: 10 })).length).toBe(2);
      expect((await enter(b, made)).status).toBe("member");
    });

    it("pages, newest first, and follows its name and its closing", async () => {
      const [a, b = 0] = people(2);
      const groups = [];
      for (let i = 0; i < 3; i++) groups.push((await open(a, { name: "Pagoda" }))._id);
      groups.reverse();
      expect(await found(b, "pagoda", { limit: 2 })).toEqual(groups.slice(0, 2));
      expect(await found(b, "pagoda", { limit: 2, after: groups[1] })).toEqual(groups.slice(2));
      const [first = "", second = "", third = ""] = groups;
      await chat.as(a)("chat.update", { conversationId: first, name: "Temple" });
      await chat.as(a)("chat.update", { conversationId: second, visibility: "private" });
      await chat.as(a)("chat.delete", { conversationId: third });
      expect(await found(b, "pagoda")).toEqual([]);
      expect(await found(b, "temple")).toEqual([first]);
      await expect(enter(b, { _id: second })).rejects.toEqual(refused("FORBIDDEN"));
      await expect(enter(b, { _id: third })).rejects.toEqual(refused("NOTFOUND"));
    });

    it("is opened and closed by its admin alone; a private one and a pair let nobody in", async () => {
      const [a, b = 0, c = 0] = people(3);
      const group = await chat.group(a, b);
      await chat.as(a)("chat.promote", { conversationId: group._id, userId: b });
      const opening = chat.as(b)("chat.update", { conversationId: group._id, visibility: "public" });
      await expect(opening).rejects.toEqual(refused("FORBIDDEN"));
      await expect(enter(c, group)).rejects.toEqual(refused("FORBIDDEN"));
      await expect(enter(c, await chat.pair(a, b))).rejects.toEqual(refused("BAD_REQUEST"));
      await expect(chat.as(c)("chat.enter", {})).rejects.toEqual(refused("BAD_REQUEST"));
      const opened = await chat.as(a)("chat.update", {
        conversationId: group._id,
        visibility: "public",
        posting: "staff",
      });
      expect(opened).toMatchObject({ visibility: "public", posting: "staff", approval: false });
      expect(chat.heard(b, "conversation:updated").at(-1).changes).toEqual({ visibility: "public", posting: "staff" });
    });

    it("lets whom the staff has removed come back by its leave alone; who left, at once", async () => {
      const [a, b = 0, c = 0] = people(3);
      const made = await open(a, {}, b, c);
      await chat.as(a)("chat.removeMember", { conversationId: made._id, userId: b });
      await chat.as(c)("chat.removeMember", { conversationId: made._id, userId: c });
      expect(await enter(b, made)).toEqual({ status: "requested", conversation: null });
      expect((await enter(c, made)).status).toBe("member");
      await expect(chat.send(b, made._id, "back")).rejects.toEqual(refused("FORBIDDEN"));
    });
  });

  describe("announcements", () => {
    it("are written by the staff; others read, react, and are refused", async () => {
      const [a, b = 0, c = 0] = people(3);
      const { _id: conversationId } = await open(a, { posting: "staff" }, b, c);
      await chat.as(a)("chat.promote", { conversationId, userId: b });
      const { _id: messageId } = await chat.send(b, conversationId, "hear, hear");
      await expect(chat.send(c, conversationId, "me too")).rejects.toEqual(refused("FORBIDDEN"));
      const forward = chat.as(c)("chat.forward", { messageId, conversationId });
      await expect(forward).rejects.toEqual(refused("FORBIDDEN"));
      const event = chat.as(c)("chat.sendEvent", { conversationId, name: "x" });
      await expect(event).rejects.toEqual(refused("FORBIDDEN"));
      chat.emitted.length = 0;
      await chat.as(c)("chat.typing", { conversationId, isTyping: true });
      expect(chat.heard(a, "typing")).toEqual([]);
      await chat.as(c)("chat.react", { messageId, emoji: "👍" });
      await chat.as(a)("chat.demote", { conversationId, userId: b });
      await expect(chat.send(b, conversationId, "still?")).rejects.toEqual(refused("FORBIDDEN"));
    });
  });

  describe("slow mode", () => {
    const slow = (user: number, conversationId: string, slow_mode: number) =>
      chat.as(user)("chat.update", { conversationId, slow_mode });

    it("lets members wait and says how long, whatever they send; the staff goes on, and so does the next member", async () => {
      const [a, b = 0, c = 0] = people(3);
      const { _id: conversationId, slow_mode } = await open(a, {}, b, c);
      expect(slow_mode).toBe(0);
      await chat.send(b, conversationId, "before it was slow");
      expect((await slow(a, conversationId, 600)).slow_mode).toBe(600);
      expect(chat.heard(c, "conversation:updated").at(-1).changes).toEqual({ slow_mode: 600 });
      const first = await chat.send(b, conversationId, "one", { clientId: "one" });
      const early = await chat.send(b, conversationId, "two").catch((error: unknown) => error);
      expect(early).toMatchObject({ type: "RATE_LIMITED", data: { retryAfterMs: expect.any(Number) } });
      const { retryAfterMs } = (early as { data: { retryAfterMs: number } }).data;
      expect(retryAfterMs).toBeGreaterThan(500_000);
      expect(retryAfterMs).toBeLessThanOrEqual(600_000);
      const forward = chat.as(b)("chat.forward", { messageId: first._id, conversationId });
      await expect(forward).rejects.toEqual(refused("RATE_LIMITED"));
      expect((await chat.send(b, conversationId, "one", { clientId: "one" }))._id).toBe(first._id); // a retry
      await chat.send(c, conversationId, "another member");
      for (const text of ["staff", "staff again"]) await chat.send(a, conversationId, text);
      await slow(a, conversationId, 0);
      await chat.send(b, conversationId, "no longer slow");
    });

    it("is for the staff of a group to set, within bounds", async () => {
      const [a, b = 0] = people(2);
      const { _id: conversationId } = await open(a, {}, b);
      await expect(slow(b, conversationId, 60)).rejects.toEqual(refused("FORBIDDEN"));
      for (const wrong of [-1, 21_601, 1.5])
        await expect(slow(a, conversationId, wrong)).rejects.toEqual(refused("VALIDATION_ERROR"));
      await chat.as(a)("chat.promote", { conversationId, userId: b });
      expect((await slow(b, conversationId, 21_600)).slow_mode).toBe(21_600);
    });
  });

  describe("approval", () => {
    it("is asked of the staff, who lets in or does not; nothing of the group is known before", async () => {
      const [a, b = 0, c = 0, d = 0] = people(4);
      const made = await open(a, { approval: true }, d);
      const { _id: conversationId } = made;
      await chat.send(a, conversationId, "swordfish");
      expect((await enter(b, made)).status).toBe("requested");
      expect((await enter(b, made)).status).toBe("requested");
      await enter(c, made);
      expect(chat.heard(a, "conversation:join-requested").map((e) => e.userId)).toEqual([b, c]);
      expect(chat.heard(d, "conversation:join-requested")).toEqual([]);
      const asking = await chat.as(a)("chat.joinRequests", { conversationId });
      expect(asking.map((r) => [r.userId, r.username])).toEqual([
        [b, `user ${b}`],
        [c, `user ${c}`],
      ]);
      for (const action of ["chat.get", "chat.messages", "chat.members"] as const)
        await expect(chat.as(b)(action, { conversationId, limit: 10 })).rejects.toEqual(refused("FORBIDDEN"));
      expect(JSON.stringify(await chat.as(b)("chat.sync", { cursors: {} }))).not.toContain(conversationId);
      expect((await chat.as(b)("chat.discover", { query: made.name ?? "", limit: 5 }))[0]?.membership).toBe(
        "requested",
      );
      const answer = (by: number, userId: number, approved: boolean) =>
        chat.as(by)("chat.answerRequest", { conversationId, userId, approved });
      await expect(answer(d, b, true)).rejects.toEqual(refused("FORBIDDEN"));
      await answer(a, b, true);
      await answer(a, c, false);
      expect(chat.heard(b, "conversation:join-answered")).toEqual([{ conversationId, userId: b, approved: true }]);
      expect(chat.heard(c, "conversation:join-answered")).toEqual([{ conversationId, userId: c, approved: false }]);
      expect((await chat.as(b)("chat.get", { conversationId })).member_count).toBe(3);
      expect(await chat.as(a)("chat.joinRequests", { conversationId })).toEqual([]);
      await expect(answer(a, c, true)).rejects.toEqual(refused("NOTFOUND"));
      await expect(enter(c, made)).rejects.toEqual(refused("FORBIDDEN"));
      await chat.as(a)("chat.addMember", { conversationId, userId: c });
      expect((await chat.as(c)("chat.get", { conversationId })).member_count).toBe(4);
    });
  });

  describe("a link", () => {
    const link = (user: number, conversationId: string, more = {}) =>
      chat.as(user)("chat.createLink", { conversationId, ...more });
    const by = (user: number, { link: given }: { link: string }) => chat.as(user)("chat.enter", { link: given });

    it("opens a private group to whoever has it, as often as it says, also when many come at once", async () => {
      const [a, ...others] = people(12);
      const group = await chat.group(a, 300);
      const made = await link(a, group._id, { uses: 3 });
      expect(made).toMatchObject({ uses: 3, used: 0, expires_at: null, created_by: a });
      const seen = await chat.as(others[0] ?? 0)("chat.openLink", { link: made.link });
      expect(seen).toMatchObject({ _id: group._id, name: "g", member_count: 2, membership: "none" });
      const came = await Promise.allSettled(others.slice(0, 10).map((user) => by(user, made)));
      expect(came.filter((c) => c.status === "fulfilled")).toHaveLength(3);
      for (const c of came) if (c.status === "rejected") expect(c.reason).toEqual(refused("NOTFOUND"));
      expect((await chat.as(a)("chat.links", { conversationId: group._id }))[0]?.used).toBe(3);
      expect((await chat.as(a)("chat.get", { conversationId: group._id })).member_count).toBe(5);
      await expect(chat.as(others[10] ?? 0)("chat.openLink", { link: made.link })).rejects.toEqual(refused("NOTFOUND"));
    });

    it("leads nowhere once it is revoked or has run out, or where it was made up", async () => {
      const [a, b = 0] = people(2);
      const { _id } = await chat.group(a, 300);
      const [gone, old] = [await link(a, _id), await link(a, _id, { expires_in: 60 })];
      await chat.as(a)("chat.revokeLink", { conversationId: _id, linkId: gone._id });
      const again = chat.as(a)("chat.revokeLink", { conversationId: _id, linkId: gone._id });
      await expect(again).rejects.toEqual(refused("NOTFOUND"));
      clockAt(Date.now() + 61_000);
      try {
        for (const dead of [
          gone,
          old,
          { link: `${_id}.${"A".repeat(22)}` },
          { link: `${"0".repeat(24)}.${"A".repeat(22)}` },
        ])
          await expect(by(b, dead)).rejects.toEqual(refused("NOTFOUND"));
      } finally {
        clockOn();
      }
      expect((await by(b, old)).status).toBe("member");
    });

    it("is the staff's to make and see, and no way back for whom it has removed", async () => {
      const [a, b = 0] = people(2);
      const { _id } = await chat.group(a, b);
      await expect(link(b, _id)).rejects.toEqual(refused("FORBIDDEN"));
      await expect(chat.as(b)("chat.links", { conversationId: _id })).rejects.toEqual(refused("FORBIDDEN"));
      const made = await link(a, _id);
      await chat.as(a)("chat.removeMember", { conversationId: _id, userId: b });
      expect((await by(b, made)).status).toBe("requested");
      expect(JSON.stringify(await chat.as(a)("chat.get", { conversationId: _id }))).not.toContain(made.link.slice(25));
    });
  });
});

describe("large groups", () => {
  beforeAll(async () => {
    chat = await startChat();
  });
  afterAll(() => chat.stop());

  describe("a group of more than a thousand", () => {
    const FIRST = 10_000;
    async function large(a: number, ...others: number[]): Promise<string> {
      const { _id: conversationId } = await open(a, {}, ...others);
      const { conversations, members } = chatOf(chat.broker.getLocalService("chat")).stores;
      const crowd = Array.from({ length: 1_000 }, (_, i) => FIRST + i);
      await members.insert(crowd.map((id) => newMember(conversationId, id, "member", new Date())));
      const { pos = 0 } = (await conversations.findOne({ _id: conversationId })) ?? {};
      const grown = { participants: [a, ...others, ...crowd], pos: after(pos) };
      await conversations.updateOne({ _id: conversationId }, { $set: grown });
      // The actor finds another one's position in the store, and reads it again.
      await chat.as(a)("chat.mute", { conversationId, muted: false });
      return conversationId;
    }

    it("names its staff and oneself, lists its members in pages, and tells nobody who reads, types and joins", async () => {
      const [a, b = 0, c = 0, d = 0] = people(4);
      const conversationId = await large(a, b, c);
      expect(await chat.as(b)("chat.get", { conversationId })).toMatchObject({
        participants: [a, b],
        member_count: 1_003,
      });
      const page = await chat.as(b)("chat.members", { conversationId, limit: 500, after: FIRST + 499 });
      expect(page.map((m) => m.userId)).toEqual(Array.from({ length: 500 }, (_, i) => FIRST + 500 + i));
      expect(await chat.as(b)("chat.members", { conversationId })).toHaveLength(1_000);
      const { _id: messageId } = await chat.send(b, conversationId, "@user and all", { mentions: [c] });
      const { cursors } = await chat.as(b)("chat.sync", {});
      chat.emitted.length = 0;
      await chat.as(c)("chat.read", { messageId });
      await chat.as(c)("chat.markRead", { conversationId });
      await chat.as(c)("chat.typing", { conversationId, isTyping: true });
      expect(chat.emitted.map((e) => [e.event, e.users])).toEqual([["message:status", [c]]]);
      expect((await chat.as(c)("chat.get", { conversationId })).unreadCount).toBe(0);
      expect((await chat.as(b)("chat.get", { conversationId })).lastMessage).toMatchObject({
        status: "sent",
        seen_by: [],
      });
      chat.emitted.length = 0;
      expect((await enter(d, { _id: conversationId })).status).toBe("member");
      expect(new Set(chat.emitted.flatMap((e) => e.users))).toEqual(new Set([a, d]));
      const { changes } = await chat.as(b)("chat.sync", { cursors });
      expect(changes.map((x) => x.type).filter((type) => type !== "conversation")).toEqual([]);
      await chat.send(d, conversationId, "hello");
      expect(chat.heard(b, "message:created").at(-1)).toMatchObject({ content: "hello", sender_id: d });
    });

    it("notifies those whom a message names", async () => {
      const [a, b = 0, c = 0] = people(3);
      const conversationId = await large(a, b, c);
      chat.facts.length = 0;
      await chat.send(b, conversationId, "to c", { mentions: [c] });
      const { _id } = await chat.send(c, conversationId, "to nobody");
      await chat.send(a, conversationId, "to c again", { replyTo: _id });
      await chat.as(a)("chat.send", { conversationId, content: "@all" });
      const told = () => chat.facts.map((f) => f.payload.recipients.length);
      while (chat.facts.flatMap((f) => f.payload.messages).length < 4) await new Promise((r) => setTimeout(r, 10));
      expect(told()).toEqual([1, 0, 1, 1_003]);
    });
  });
});

it("a group takes no more members than it may, however they come", async () => {
  const small = await startChat({ MAX_MEMBERS: "3" });
  try {
    const made = await small.as(1)("chat.create", { participantIds: [2], type: "group", visibility: "public" });
    const { link } = await small.as(1)("chat.createLink", { conversationId: made._id });
    const came = await Promise.allSettled(
      [3, 4, 5].map((u) => small.as(u)("chat.enter", { conversationId: made._id })),
    );
    expect(came.map((x) => x.status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
    await expect(small.as(6)("chat.enter", { link })).rejects.toEqual(refused("TOO_LARGE"));
  } finally {
    await small.stop();
  }
});
