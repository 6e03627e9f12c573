/** What the client offers beside talking, against the whole system: how people come into groups, files, accounts. */
import { type Chat, createChat, createSession } from "../../client/src";
import { chatOf as hostOf } from "../../services/chat/chat";
import { type Account, register } from "../support/client";
import { eventually } from "../support/eventually";
import { startSystem, type System } from "../support/system";

let system: System;
const open: Chat[] = [];

async function chatOf(account: Account): Promise<Chat> {
  const chat = createChat({ url: system.url, token: account.token });
  open.push(chat);
  await chat.connect();
  return chat;
}
async function people(count: number): Promise<{ account: Account; chat: Chat }[]> {
  const accounts = await Promise.all(Array.from({ length: count }, () => register(system.url)));
  return Promise.all(accounts.map(async (account) => ({ account, chat: await chatOf(account) })));
}
type Two = [{ account: Account; chat: Chat }, { account: Account; chat: Chat }];

beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => Promise.all(open.splice(0).map((chat) => chat.close())));
afterAll(() => system.stop());

it("people come by a link until it is revoked, and by asking where the staff is asked", async () => {
  const [ann, bob] = (await people(2)) as Two;
  const room = await ann.chat.group({ name: "walks", members: [], visibility: "public", custom: { city: "Hue" } });
  const link = await room.createLink({ uses: 5, expiresIn: 600 });
  expect(await bob.chat.openLink(link.link)).toMatchObject({ _id: room.id, membership: "none" });
  expect((await bob.chat.enter({ link: link.link }))?.id).toBe(room.id);
  expect((await room.links()).map(({ used }) => used)).toEqual([1]);
  await bob.chat.conversation(room.id)?.leave();
  await room.revokeLink(link._id);
  await expect(bob.chat.enter({ link: link.link })).rejects.toMatchObject({ code: "NOTFOUND" });

  await room.update({ approval: true });
  const asked: number[] = [];
  ann.chat.on("conversation:join-requested", ({ userId }) => asked.push(userId));
  expect(await bob.chat.enter({ conversationId: room.id })).toBeUndefined();
  await eventually(() => expect(asked).toEqual([bob.account.id]));
  expect((await room.joinRequests()).map(({ userId }) => userId)).toEqual([bob.account.id]);
  await room.answerJoinRequest(bob.account.id, true);
  await eventually(() => expect(bob.chat.conversation(room.id)?.info.value.name).toBe("walks"));
  await room.setModerator(bob.account.id);
  await eventually(() => expect(room.info.value.moderator_ids).toEqual([bob.account.id]));
  await expect(bob.chat.conversation(room.id)?.transferTo(bob.account.id)).rejects.toMatchObject({ code: "FORBIDDEN" });
  expect((await ann.chat.find({ custom: { city: "Hue" } })).map(({ id }) => id)).toEqual([room.id]);
  expect((await bob.chat.discover("walk", { custom: { city: "Hue" } })).map(({ _id }) => _id)).toContain(room.id);
  await room.end();
  await eventually(() => expect(bob.chat.conversation(room.id)).toBeUndefined());
});

it("a message is found, forwarded, followed, and has its history; what one clears is gone for oneself", async () => {
  const [ann, bob] = (await people(2)) as Two;
  const room = await ann.chat.group({ name: "notes", members: [bob.account.id] });
  const other = await ann.chat.group({ name: "other", members: [] });
  const first = await room.send({ text: "one", custom: { kind: "note" } }).sent;
  const edited = await room.edit(first, "ONE");
  expect((await room.history(first)).map(({ content }) => content)).toEqual(["one"]);
  await room.send({ text: "a reply", replyTo: first }).sent;
  const thread = room.thread(first);
  expect(await thread.summary()).toMatchObject({ reply_count: 1, following: true });
  await thread.follow(false);
  expect((await room.threads([edited]))[0]).toMatchObject({ following: false });
  const copy = await other.forward(first);
  expect(copy).toMatchObject({ content: "ONE", forwarded_from: { sender_id: ann.account.id } });
  expect((await room.search("", { custom: { kind: "note" } })).messages.map(({ _id }) => _id)).toEqual([first._id]);
  expect((await bob.chat.message(first._id)).content).toBe("ONE");
  await expect(bob.chat.message(copy._id)).rejects.toMatchObject({ code: expect.stringMatching(/FORBIDDEN|NOTFOUND/) });
  await room.clear();
  expect(room.messages.value).toEqual([]);
  expect((await bob.chat.conversation(room.id)?.receipts(first))?.messageId).toBe(first._id);
});

it("a file goes up, is read by those it was sent to, and by nobody once it is deleted", async () => {
  const [ann, bob] = (await people(2)) as Two;
  const room = await ann.chat.group({ name: "files", members: [bob.account.id] });
  const { url } = await ann.chat.upload(new File(["hello"], "hello.txt", { type: "text/plain" }));
  await expect(bob.chat.files.read(url)).rejects.toMatchObject({ code: expect.stringMatching(/FORBIDDEN|NOTFOUND/) });
  await room.send({ attachments: [url] }).sent;
  expect(await (await bob.chat.files.read(url)).text()).toBe("hello");
  const link = await bob.chat.files.link(url);
  expect(await (await fetch(link.url)).text()).toBe("hello");
  await expect(bob.chat.files.delete(url)).rejects.toMatchObject({ code: "FORBIDDEN" });
  await ann.chat.files.delete(url);
  await expect(bob.chat.files.read(url)).rejects.toMatchObject({ code: "NOTFOUND" });
});

it("an account is changed, its sessions listed and ended, its people blocked, no guest made by just anybody", async () => {
  const [ann, bob] = (await people(2)) as Two;
  expect(await ann.chat.account.update({ username: "Ann Lee", custom: { team: 1 } })).toMatchObject({
    username: "Ann Lee",
  });
  expect(ann.chat.me?.custom).toEqual({ team: 1 });
  const session = createSession({ url: system.url });
  await session.signIn(ann.account);
  const all = await ann.chat.account.sessions();
  expect(all).toHaveLength(2);
  for (const { id, current } of all) if (!current) await ann.chat.account.endSession(id);
  await expect((async () => session.token({ refused: true }))()).rejects.toMatchObject({ code: "AUTH_INVALID" });
  await expect(ann.chat.account.changePassword("not this", "correct horse 2")).rejects.toMatchObject({
    code: "FORBIDDEN",
  });
  await ann.chat.users.block(bob.account.id);
  expect((await ann.chat.users.blocked()).map(({ userId }) => userId)).toEqual([bob.account.id]);
  await ann.chat.users.unblock(bob.account.id);
  expect(await ann.chat.users.blocked()).toEqual([]);
  const room = await ann.chat.group({ name: "guests", members: [] });
  // It makes an account, which is for admins and for one's own server.
  await expect(room.addGuest("Visitor", 1)).rejects.toMatchObject({ code: "FORBIDDEN" });
});

it("what waits for its time is on all devices: live, and on one that was away meanwhile", async () => {
  const account = await register(system.url);
  const [desk, phone] = [await chatOf(account), await chatOf(account)];
  const room = await desk.group({ name: "plans", members: [] });
  const tomorrow = new Date(Date.now() + 86_400_000);
  const waits = ({ later }: Chat) => later.waiting.value.scheduled.map(({ content }) => content);
  const reminds = ({ later }: Chat) => later.waiting.value.reminders.map(({ text }) => text);
  const [a, b] = [await desk.later.send(room.id, "a", tomorrow), await desk.later.send(room.id, "b", tomorrow)];
  const tea = await desk.later.remind({ text: "tea" }, tomorrow);
  await eventually(() => expect([waits(phone).sort(), reminds(phone)]).toEqual([["a", "b"], ["tea"]]));
  await phone.later.change(a._id, { content: "A" });
  await eventually(() => expect(waits(desk).sort()).toEqual(["A", "b"]));
  await phone.later.cancel(b._id);
  await eventually(() => expect(waits(desk)).toEqual(["A"]));

  const bells = [desk, phone].map(({ notifications }) => {
    notifications.subscribe(() => undefined); // somebody looks
    return () => notifications.value.map(({ type }) => type);
  });
  await desk.close();
  await phone.later.cancel(a._id);
  await phone.later.forget(tea._id);
  await phone.later.send(room.id, "c", tomorrow);
  await phone.later.send(room.id, "now", tomorrow);
  await phone.later.remind({ text: "soon" }, tomorrow);
  const { later } = hostOf(system.broker.getLocalService("chat")).stores;
  await later.updateMany({ content: { $in: ["now", "soon"] } }, { $set: { due_at: new Date() } });
  await eventually(() => expect([waits(phone), reminds(phone)]).toEqual([["c"], []]));
  await eventually(() => expect(bells[1]?.()).toContain("reminder"));
  await desk.connect();
  expect([waits(desk), reminds(desk)]).toEqual([["c"], []]);
  expect(desk.conversation(room.id)?.info.value.lastMessage?.content).toBe("now");
  await eventually(() => expect(bells[0]?.()).toContain("reminder"));
});
