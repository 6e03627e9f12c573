/** Whatever a user may ask of the server has a method in the client, which asks it as the contract says. */
import { type Chat, type Conversation, createChat, createSession, memory, type Session } from "../../client/src";
import { type ActionName, actions } from "../../contracts/actions";
import { routes } from "../../contracts/routes";
import { clientEvents } from "../../contracts/sockets";
import { exampleOf } from "../../platform/specs/examples";
import { eventually } from "../support/eventually";
import { RecordedServer } from "../support/recorded-server";

const id = "64f1c0ffee0ddba11c0ffee1";
const link = `${id}.${"A".repeat(22)}`;
const file = `/files/${id}`;
const push = { endpoint: "https://push.example/1", keys: { p256dh: `B${"A".repeat(86)}`, auth: "A".repeat(22) } };
const message = { _id: id, version: 3 };

interface Hands {
  readonly chat: Chat;
  readonly c: Conversation;
  readonly session: Session;
}
type Use = (hands: Hands) => unknown;

const doors: Partial<Record<ActionName, Use>> = {
  "users.register": ({ session }) =>
    session.signUp({ username: "Ann", email: "ann@example.org", password: "correct horse", invite: "abc" }),
  "users.login": ({ session }) =>
    session.signIn({ email: "ann@example.org", password: "correct horse", code: "123456" }),
  "users.refresh": ({ session }) => session.token({ refused: true }),
  "users.entrance": ({ session }) => session.entrance(),
  "users.forgotPassword": ({ session }) => session.forgotPassword("ann@example.org"),
  "users.resetPassword": ({ session }) => session.resetPassword("mailed", "correct horse"),
  "notifications.unsubscribeMail": ({ session }) => session.unsubscribeMail("2.mailed"),
  "users.verifyEmail": ({ session }) => session.verifyEmail("mailed"),
  "users.logout": ({ session }) => session.signOut(),
  "users.logoutAll": ({ chat }) => chat.account.endAllSessions(),
  "users.sessions": ({ chat }) => chat.account.sessions(),
  "users.endSession": ({ chat }) => chat.account.endSession("one"),
  "users.changePassword": ({ chat }) => chat.account.changePassword("old password", "new password"),
  "users.sendVerification": ({ chat }) => chat.account.sendVerification(),
  "users.beginTotp": ({ chat }) => chat.account.beginSecondFactor("password"),
  "users.confirmTotp": ({ chat }) => chat.account.confirmSecondFactor("123456"),
  "users.endTotp": ({ chat }) => chat.account.endSecondFactor("password", "123456"),
  "users.apiTokens": ({ chat }) => chat.account.apiTokens(),
  "users.createApiToken": ({ chat }) => chat.account.createApiToken({ name: "bot", scopes: ["chat:read"] }),
  "users.revokeApiToken": ({ chat }) => chat.account.revokeApiToken("one"),
  "users.bots": ({ chat }) => chat.account.bots(),
  "users.createBot": ({ chat }) => chat.account.createBot("echo"),
  "users.export": ({ chat }) => chat.account.export(),
  "users.delete": ({ chat }) => Promise.all([chat.account.delete(), chat.account.erase()]),
  "users.update": ({ chat }) =>
    chat.account.update({ username: "Ann", custom: { team: 1 }, group_invites: "everyone" }),
  "users.me": () => undefined, // asked at every connection
  "users.batch": ({ chat }) => chat.users.get([7]),
  "users.search": ({ chat }) => chat.users.search("an"),
  "users.block": ({ chat }) => chat.users.block(7),
  "users.unblock": ({ chat }) => chat.users.unblock(7),
  "users.blocked": ({ chat }) => chat.users.blocked(),
  "users.report": ({ chat }) => chat.account.report({ kind: "message", id, reason: "spam", text: "again" }),
  "users.makeGuest": ({ c }) => c.addGuest("Guest", 2),

  "api.limits": ({ chat }) => chat.files.limits(),
  "uploads.confirm": ({ chat }) => chat.upload(new Blob(["x"])),
  "uploads.open": ({ chat }) => chat.files.read(file, "thumbnail"),
  "uploads.link": ({ chat }) => chat.files.link(file, "preview"),
  "uploads.delete": ({ chat }) => chat.files.delete(file),

  "chat.list": ({ chat }) => chat.find({ custom: { team: 1 }, externalId: "order 1" }),
  "chat.get": ({ chat }) => chat.conversation(id), // asked whenever something of it may have changed
  "chat.create": ({ chat }) =>
    chat.group({
      name: "g",
      members: [7],
      text: "hi",
      visibility: "public",
      posting: "staff",
      approval: true,
      history: "all",
    }),
  "chat.delete": ({ c }) => c.end(),
  "chat.members": ({ c }) => c.members.subscribe(() => undefined),
  "chat.discover": ({ chat }) => chat.discover("walks", { custom: { city: "Hue" }, after: id }),
  "chat.enter": ({ chat }) => chat.enter({ link }),
  "chat.openLink": ({ chat }) => chat.openLink(link),
  "chat.links": ({ c }) => c.links(),
  "chat.createLink": ({ c }) => c.createLink({ uses: 3, expiresIn: 60 }),
  "chat.revokeLink": ({ c }) => c.revokeLink(id),
  "chat.hooks": ({ c }) => c.hooks(),
  "chat.createHook": ({ c }) => c.createHook("Alarm", "https://example.org/a.png"),
  "chat.revokeHook": ({ c }) => c.revokeHook(id),
  "chat.joinRequests": ({ c }) => c.joinRequests(),
  "chat.answerRequest": ({ c }) => c.answerJoinRequest(7, true),
  "chat.addMember": ({ c }) => c.addMember(7),
  "chat.removeMember": ({ c }) => c.removeMember(7),
  "chat.markRead": ({ c }) => c.read(1_000_000),
  "chat.accept": ({ c }) => c.accept(),
  "chat.decline": ({ c }) => c.decline(),
  "chat.update": ({ c }) => c.update({ avatar: null, slow_mode: 30, visibility: "public", custom: null }),
  "chat.updateMember": ({ c }) => c.setMemberCustom({ role: "cook" }),
  "chat.promote": ({ c }) => c.setModerator(7),
  "chat.demote": ({ c }) => c.setModerator(7, false),
  "chat.transfer": ({ c }) => c.transferTo(7),
  "chat.mute": ({ c }) => c.mute(true, new Date(0)),
  "chat.pin": ({ c }) => c.pinToTop(),
  "chat.hide": ({ c }) => c.hide(),
  "chat.draft": ({ c }) => c.keepDraft("I was", id),
  "chat.clear": ({ c }) => c.clear(),
  "chat.sendEvent": ({ c }) => c.sendEvent("cursor", { x: 1 }, [7]),
  "chat.typing": ({ c }) => c.writing(),
  "chat.send": ({ c }) => c.send({ text: "hi", replyTo: id, mentions: [7], custom: { a: 1 } }).sent,
  "chat.forward": ({ c }) => c.forward(id),
  "chat.edit": ({ c }) => c.edit(message, "other", { a: null }),
  "chat.deleteMessage": ({ c }) => c.delete(id, { forMe: true }),
  "chat.react": ({ c }) => c.react(id, "👍"),
  "chat.unreact": ({ c }) => c.unreact(id, "👍"),
  "chat.pinMessage": ({ c }) => c.pin(id),
  "chat.unpinMessage": ({ c }) => c.pin(id, false),
  "chat.pins": ({ c }) => c.pins(),
  "chat.messages": ({ c }) => c.messages.around(1),
  "chat.message": ({ chat }) => chat.message(id),
  "chat.thread": ({ c }) => c.thread(id).loadMore(),
  "chat.threadSummaries": ({ c }) => Promise.all([c.threads([message, id]), c.thread(id).summary()]),
  "chat.followThread": ({ c }) => c.thread(id).follow(false),
  "chat.history": ({ c }) => c.history(id),
  "chat.status": ({ c }) => c.receipts(id),
  "chat.search": ({ chat, c }) =>
    Promise.all([chat.search("", { custom: { a: 1 }, senderId: 7 }), c.search("hi", { skip: 20 })]),
  "chat.presence": ({ chat }) => chat.presence.of(7),
  "chat.vote": ({ c }) => Promise.all([c.vote(id, 0, 2), c.poll({ question: "?", options: ["a", "b"] })]),
  "chat.ownVote": ({ c }) => c.ownVote(id),
  "chat.closePoll": ({ c }) => c.closePoll(id),
  "chat.saveMessage": ({ c }) => c.save(id),
  "chat.unsaveMessage": ({ c }) => c.save(id, false),
  "chat.saved": ({ chat }) => chat.saved({ limit: 10 }),
  "chat.schedule": ({ chat }) => chat.later.send(id, { content: "hi", replyTo: id, custom: { a: 1 } }, new Date(0)),
  "chat.scheduled": ({ chat }) => chat.later.messages(id),
  "chat.reschedule": ({ chat }) => chat.later.change(id, { content: "other", at: new Date(0) }),
  "chat.unschedule": ({ chat }) => chat.later.cancel(id),
  "chat.remind": ({ chat }) => chat.later.remind({ messageId: id, text: "tea" }, new Date(0)),
  "chat.reminders": ({ chat }) => chat.later.reminders(),
  "chat.forgetReminder": ({ chat }) => chat.later.forget(id),
  "chat.sync": () => undefined, // asked at every connection

  "notifications.list": ({ chat }) => chat.notifications.loadMore(),
  "notifications.get": ({ chat }) => chat.notifications.get(id),
  "notifications.read": ({ chat }) => chat.notifications.read(id),
  "notifications.readAll": ({ chat }) => chat.notifications.readAll(),
  "notifications.delete": ({ chat }) => chat.notifications.delete(id),
  "notifications.preferences": ({ chat }) =>
    Promise.all([
      chat.notifications.preferences(),
      chat.notifications.setPreferences({ conversations: { [id]: "none" } }),
    ]),
  "notifications.explain": ({ chat }) => chat.notifications.explain(id),
  "notifications.pushKey": ({ chat }) => chat.notifications.pushKey(),
  "notifications.subscribe": ({ chat }) => chat.notifications.subscribePush(push),
  "notifications.pushServices": ({ chat }) => chat.notifications.pushServices(),
  "notifications.addDevice": ({ chat }) => chat.notifications.addDevice({ service: "fcm", token: "t".repeat(30) }),
  "notifications.removeDevice": ({ chat }) =>
    chat.notifications.removeDevice({ service: "fcm", token: "t".repeat(30) }),
  "notifications.unsubscribe": ({ chat }) => chat.notifications.unsubscribePush(push.endpoint),
};

/** What has no method of its own, and why none is missed. */
const without: Partial<Record<ActionName, string>> = {
  "users.get": "`users.get` and `users.of` ask for many at once",
  "chat.join": "the handshake joins all rooms, and the server those that are gained",
  "chat.unread": "every conversation's own count is kept current",
  "chat.delivered": "told by itself for what arrives",
  "chat.read": "`read(seq)` says it of everything up to a message",
  "chat.readMany": "`read(seq)` says it of everything up to a message",
  "chat.setStatus": "`read(seq)`, and receipts that are told by themselves",
  "chat.postHook": "other systems speak through it, by its address alone",
  "notifications.count": "`notifications.count` is kept current by events",
  "notifications.ping": "the client finds dead connections by itself",
};

const userLevel = [
  ...Object.values(clientEvents).flatMap((events) => Object.values(events).map(({ action }) => action)),
  ...routes.map(({ action }) => action),
]
  .filter((action): action is ActionName => action !== "door")
  .filter((action) => ["user", "anyone"].includes(actions[action].access) || action === "uploads.confirm");

test("every action that a user may ask for has a door in the client, or a reason to have none", () => {
  const known = [...Object.keys(doors), ...Object.keys(without)].sort();
  expect(known).toEqual([...new Set(userLevel)].sort());
});

const conversation = {
  ...(exampleOf(actions["chat.get"].result.json) as object),
  _id: id,
  last_seq: 30,
  last_read_seq: 0,
};
const answers = {
  sync: { changes: [], cursors: { [id]: 1 }, next: null, reset: false },
  "conversation:list": [conversation],
  "conversation:get": conversation,
};
const open: Chat[] = [];
afterEach(() => Promise.all(open.splice(0).map((chat) => chat.close())));

test.each(Object.keys(doors) as ActionName[])("%s is asked for as the contract says", async (action) => {
  const server = new RecordedServer(answers);
  const url = "http://chat.test";
  const chat = createChat({ url, token: "t", storage: memory(), sockets: server.sockets, fetch: server.fetch });
  open.push(chat);
  await chat.connect();
  const session = createSession({ url, fetch: server.fetch });
  if (action === "users.refresh" || action === "users.logout")
    await session.signIn({ email: "ann@example.org", password: "correct horse" });
  const c = chat.conversation(id);
  if (!c) throw new Error("the conversation is not there");
  const before = server.asked.length;
  if (action === "chat.get") await chat.ask("conversation:get", { conversationId: id });
  await doors[action]?.({ chat, c, session });
  const own = (): unknown[] => server.asked.filter((one) => one.action === action);
  await eventually(() => expect(own().length).toBeGreaterThan(0));
  expect(server.asked.slice(before).map(({ faults }) => faults)).toEqual(
    server.asked.slice(before).map(() => undefined),
  );
});
