/** Mails of what stays unread, against a mail server of our own: whom, when, what, and how they end. */
import { type Payload } from "../../contracts/events";
import { tell as words, told } from "../../contracts/told";
import { publishFact } from "../../platform/facts";
import { contextOf, type NotificationsContext } from "../../services/notifications/context";
import { clockAt, clockOn } from "../support/clock";
import { tempDir, until } from "../support/facts";
import { asideKey, fact, message, type Node, notificationsNode } from "../support/notifications";
import { type Caught, MailCatcher } from "../support/smtp";

const ROOM = "a".repeat(24);
const CREW = "b".repeat(24);
const HOUR = 3_600_000;

let catcher: MailCatcher;
let node: Node;
let vars: Record<string, string>;

beforeAll(async () => {
  catcher = await MailCatcher.start();
});
afterAll(() => catcher.stop());
beforeEach(async () => {
  catcher.mails.length = 0;
  catcher.says = MailCatcher.usual;
  vars = {
    SMTP_URL: catcher.url,
    MAIL_FROM: "Chat <chat@example.org>",
    PUBLIC_URL: "https://chat.example.org",
    UNREAD_MAIL: "soon",
    DATA_DIR: tempDir(),
  };
  node = await started();
});
afterEach(async () => {
  clockOn();
  await node.broker.stop();
});

async function started(): Promise<Node> {
  const own = await notificationsNode(vars);
  own.world.addresses.set(2, "two@example.org").set(3, "three@example.org");
  own.world.places.set(CREW, { type: "group", name: "Crew" });
  return own;
}
const context = (of = node): NotificationsContext => contextOf(of.broker.getLocalService("notifications"));
const tell = (text: string, more: Parameters<typeof message>[0] = {}): Promise<void> =>
  publishFact(node.broker, "message.created", fact({ messages: [said(text, more)] }));
const said = (content: string, more: Parameters<typeof message>[0] = {}) =>
  message({ conversation_id: ROOM, content, ...more });

/** All that is due then goes out. */
async function after(ms: number): Promise<Caught[]> {
  clockAt(Date.now() + ms);
  // A look that began before this time may be under way.
  for (let looks = 0; looks < 2; looks++) await context().mail?.dispatcher.work();
  return catcher.mails.splice(0);
}
const soon = 10 * 60_000;
const wish = (userId: number, mail: object): Promise<unknown> =>
  node.as(userId, "notifications.preferences", { set: { mail } });
const attended = (seq: number, userId = 2): Promise<void> => {
  const event: Payload<"conversation.attended"> = {
    conversationId: ROOM,
    read: [{ userId, seq, runs: [] }],
    gone: [],
    dropped: [],
    ended: false,
  };
  return node.broker.broadcast("conversation.attended", event);
};

test("what stays unread is mailed once, with what it says, where it is and how to end it", async () => {
  clockAt(Date.now());
  await tell("the **draft** is [here](https://example.com/x)");
  expect(await after(soon - 1_000)).toEqual([]);
  const [mail, ...more] = await after(2_000);
  expect(more).toEqual([]);
  expect(mail).toMatchObject({ to: "two@example.org" });
  expect(mail!.headers.get("subject")).toBe("Unread messages from user 1");
  expect(mail!.headers.get("from")).toBe("Chat <chat@example.org>");
  expect(mail!.headers.get("auto-submitted")).toBe("auto-generated");
  expect(mail!.headers.get("content-type")).toContain("multipart/alternative");
  for (const form of [mail!.text, mail!.html]) {
    expect(form).toContain("the draft is here");
    expect(form).toContain(`https://chat.example.org/#/c/${ROOM}`);
  }
  expect(await after(10 * HOUR)).toEqual([]);
});

test("a burst in several conversations is one mail, and what comes later another one, in the same thread", async () => {
  for (let n = 1; n <= 30; n++) await tell(`m${n}`);
  await publishFact(
    node.broker,
    "message.created",
    fact({ type: "group", name: "Crew", messages: [said("crew", { conversation_id: CREW })] }),
  );
  const [mail, ...more] = await after(soon);
  expect(more).toEqual([]);
  expect(mail!.headers.get("subject")).toBe("You have 31 unread notifications");
  expect(mail!.text).toMatch(/user 1 \(30\)\n(.*m2[6-9]\n)+.*m30\n {2}and 25 more\n/);
  expect(mail!.text).toMatch(/Crew \(1\)\n.*user 1: crew\n/);
  await tell("one");
  const [second] = await after(soon);
  await tell("two");
  const [third] = await after(soon);
  expect(second!.text).not.toContain("m30");
  const thread = (m: Caught) => [m.headers.get("in-reply-to"), m.headers.get("references"), m.headers.get("subject")];
  expect(thread(third!)).toEqual(thread(second!));
  expect(second!.headers.get("in-reply-to")).toContain(ROOM);
  expect(third!.headers.get("message-id")).not.toBe(second!.headers.get("message-id"));
});

test("of a message to five hundred it costs a few writes to know who waits for a mail", async () => {
  const { mails } = context().stores;
  const writes = (["insert", "updateOne", "updateMany", "updateEach", "remove"] as const).map((name) =>
    jest.spyOn(mails, name),
  );
  const many = Array.from({ length: 500 }, (_, i) => i + 2);
  const cost = async (recipients: number[]): Promise<number> => {
    for (const spy of writes) spy.mockClear();
    const message = said("all of you", { conversation_id: CREW, mention_all: true });
    await publishFact(
      node.broker,
      "message.created",
      fact({ type: "group", recipients: [1, ...recipients], messages: [message] }),
    );
    await until(
      async () =>
        (await mails.count({ user_id: { $in: recipients }, due_at: { $exists: true } })) === recipients.length,
    );
    return writes.reduce((n, { mock }) => n + mock.calls.length, 0);
  };
  const few = await cost([1_000, 1_001]);
  expect(few).toBeGreaterThan(0);
  expect(await cost(many)).toBeLessThan(few + 10);
  // What comes on top of what waits is counted for each of them, and is due no later.
  const before = await mails.find({ user_id: { $in: many } });
  await cost(many);
  await until(async () => (await mails.count({ user_id: { $in: many }, version: 2 })) === 500);
  const after = await mails.find({ user_id: { $in: many } });
  const due = (docs: typeof before) => docs.map((doc) => [doc.user_id, doc.due_at, doc.since]);
  expect(due(after)).toEqual(due(before));
});

test("where another node makes one of them in between, nobody is left out and nobody is there twice", async () => {
  const { mails } = context().stores;
  const insert = mails.insert.bind(mails);
  const late = jest.spyOn(mails, "insert").mockImplementationOnce(async (docs) => {
    await insert(docs.slice(0, 1));
    return insert(docs);
  });
  const { book } = context().mail!;
  const [at, due] = [new Date(), new Date(Date.now() + HOUR)];
  await book.put([2, 3, 4], at, due);
  expect(late).toHaveBeenCalledTimes(2);
  const docs = await mails.find({}, { sort: [["user_id", 1]] });
  expect(docs.map(({ user_id, since, due_at }) => ({ user_id, since, due_at }))).toEqual(
    [2, 3, 4].map((user_id) => ({ user_id, since: at, due_at: due })),
  );
  const earlier = new Date(at.getTime() - HOUR);
  await book.put([3, 4], earlier, new Date(Date.now() + 2 * HOUR));
  expect((await mails.find({ since: earlier })).map(({ user_id, due_at }) => [user_id, due_at])).toEqual([
    [3, due],
    [4, due],
  ]);
});

test("what the system itself tells is said in the reader's language", async () => {
  await wish(2, { language: "vi" });
  const at = new Date().toISOString();
  const reminder = { userId: 2, title: told.reminder, content: told.reminderOfMessage, relatedId: null, at };
  await publishFact(node.broker, "reminder.due", { factId: "r1", ...reminder });
  await publishFact(node.broker, "reminder.due", { factId: "r2", ...reminder, content: "buy tea" });
  const notice = { userId: 2, title: words("mutedUntil", "2030-01-01T00:00:00.000Z"), content: "be kind", at };
  await node.broker.call("notifications.notice", { factId: "c".repeat(24), ...notice });
  await until(async () => (await node.list(2)).length === 3);
  const [mail] = await after(soon);
  expect(mail!.text).toContain("Lời nhắc (1)");
  expect(mail!.text).toContain("Bạn muốn được nhắc về một tin nhắn.");
  expect(mail!.text).toContain("buy tea");
  expect(mail!.text).toContain("Bạn không được nhắn tin cho đến 2030-01-01T00:00:00.000Z (1)");
  expect(mail!.text).not.toMatch(/Reminder|You may not/);
});

describe("none goes out", () => {
  const cases: [string, () => Promise<unknown> | void][] = [
    ["of what was read meanwhile", () => attended(1_000_000)],
    ["to who wants none", () => wish(2, { when: "off" })],
    ["to who has no verified address", () => void node.world.addresses.delete(2)],
    ["to who has muted the conversation since", () => void node.world.aside.set(asideKey(2, ROOM), { muted: true })],
    ["to who has left it since", () => void node.world.aside.set(asideKey(2, ROOM), "left")],
    ["of a request that is not accepted", () => void node.world.aside.set(asideKey(2, ROOM), { pending: true })],
    [
      "of a kind that they do not want any more",
      () => node.as(2, "notifications.preferences", { set: { types: { message: false } } }),
    ],
    [
      "of a conversation that they have switched off since",
      () => node.as(2, "notifications.preferences", { set: { conversations: { [ROOM]: "none" } } }),
    ],
    [
      "of what was said by whom they have blocked since",
      () => node.broker.broadcast("users.blockChanged", { userId: 2, blockedId: 1, blocked: true }),
    ],
    ["of an account that is erased", () => node.broker.call("notifications.erase", { userId: 2 })],
  ];
  test.each(cases)("%s", async (_name, happens) => {
    await tell("hello");
    await happens();
    expect(await after(soon)).toEqual([]);
    expect(await context().stores.mails.count({ due_at: { $exists: true } })).toBe(0);
  });

  test("of a message that was taken back", async () => {
    const one = said("oh no");
    await publishFact(node.broker, "message.created", fact({ messages: [one] }));
    await node.broker.broadcast("message.deleted", { messageId: one._id, conversationId: ROOM });
    await until(async () => (await node.list(2)).length === 0);
    expect(await after(soon)).toEqual([]);
  });
});

test("who is online is asked about again, and gets it once they are gone and it is still unread", async () => {
  await tell("hello");
  await node.online(2);
  expect(await after(soon)).toEqual([]);
  expect(await after(soon)).toEqual([]);
  await node.online();
  expect(await after(soon)).toHaveLength(1);
});

test("within the do-not-disturb hours none goes out; at their end one does, also of what came within them", async () => {
  clockAt(Date.parse("2026-03-01T21:55:00Z"));
  await node.as(2, "notifications.preferences", { set: { dnd: { from: "22:00", to: "07:00", timezone: "UTC" } } });
  await tell("late");
  clockAt(Date.parse("2026-03-01T22:30:00Z"));
  await tell("later");
  expect(await after(0)).toEqual([]);
  clockAt(Date.parse("2026-03-02T06:59:00Z"));
  expect(await after(0)).toEqual([]);
  const [mail] = await after(60_000);
  expect(mail!.text).toMatch(/late\n[^]*later\n/);
});

test("a digest gathers; a wish for sooner ones takes effect on what waits", async () => {
  await wish(2, { when: "daily" });
  await wish(3, { when: "hourly", language: "vi" });
  await publishFact(node.broker, "message.created", fact({ recipients: [1, 2, 3], messages: [said("chào")] }));
  const [hourly, ...more] = await after(HOUR);
  expect(more).toEqual([]);
  expect(hourly).toMatchObject({ to: "three@example.org" });
  expect(hourly!.headers.get("subject")).toBe("Tin nhắn chưa đọc từ user 1");
  expect(hourly!.text).toContain("Xin chào user 3,");
  await wish(2, { when: "soon" });
  expect(await after(soon)).toMatchObject([{ to: "two@example.org" }]);
});

test("an account gets so many an hour and no more", async () => {
  await wish(2, { when: "soon" });
  let count = 0;
  for (let n = 0; n < 12; n++) {
    await tell(`m${n}`);
    count += (await after(soon)).length; // two hours
  }
  expect(count).toBeGreaterThanOrEqual(7);
  expect(count).toBeLessThanOrEqual(8);
});

test("one whose address is refused is given up, one that is refused for now comes again, and the others get theirs", async () => {
  node.world.addresses.set(2, "gone@example.org").set(3, "later@example.org").set(4, "four@example.org");
  let isLater = true;
  catcher.says = (command) => {
    if (/^RCPT.*gone/.test(command)) return "550 no such user";
    return /^RCPT.*later/.test(command) && isLater ? "451 later" : MailCatcher.usual(command);
  };
  await publishFact(node.broker, "message.created", fact({ recipients: [1, 2, 3, 4], messages: [said("all")] }));
  expect((await after(soon)).map(({ to }) => to)).toEqual(["four@example.org"]);
  isLater = false;
  expect((await after(60_000)).map(({ to }) => to)).toEqual(["later@example.org"]);
  expect(await after(24 * HOUR)).toEqual([]);
});

test("a mail server that is down delays it, and a restart loses nothing", async () => {
  catcher.says = () => "421 not now";
  await tell("hello");
  expect(await after(soon)).toEqual([]);
  await node.broker.stop();
  node = await started();
  catcher.says = MailCatcher.usual;
  expect(await after(5 * 60_000)).toHaveLength(1);
});

test("a stop ends one that the server never answers, and it goes out after the next start", async () => {
  catcher.says = (command) => (/^RCPT/.test(command) ? undefined : MailCatcher.usual(command));
  await tell("hello");
  clockAt(Date.now() + soon);
  void context().mail?.dispatcher.work();
  await until(async () => (await context().stores.mails.count({ attempts: { $gt: 0 } })) === 1);
  await node.broker.stop();
  catcher.says = MailCatcher.usual;
  node = await started();
  expect(await after(1_000)).toHaveLength(1);
});

test("of two nodes that look at once one alone sends it; what was sent by a node that died is sent again by its claim", async () => {
  await tell("hello");
  clockAt(Date.now() + soon);
  const { book } = context().mail!;
  const [job] = await book.due(new Date());
  expect(await Promise.all([book.claim(job!, new Date()), book.claim(job!, new Date())])).toEqual([true, false]);
  expect(await after(60_000)).toEqual([]); // whoever has it may still be at work
  expect(await after(60_000)).toHaveLength(1);
});

describe("explain says what became of it by mail", () => {
  const explained = async (messageId: string, userId = 2): Promise<unknown> =>
    (await node.as(userId, "notifications.explain", { messageId })).mail;
  const told = async (): Promise<{ readonly _id: string }> => {
    const one = said("hello");
    node.world.messages.set(one._id, one);
    await publishFact(node.broker, "message.created", fact({ messages: [one] }));
    return one;
  };

  test("it waits, and was sent", async () => {
    clockAt(Date.parse("2026-03-01T12:00:00Z"));
    const { _id } = await told();
    expect(await explained(_id)).toEqual({ state: "waiting", at: "2026-03-01T12:10:00.000Z" });
    await after(soon);
    expect(await explained(_id)).toEqual({ state: "sent", at: "2026-03-01T12:10:00.000Z" });
    await attended(1_000_000);
    await until(async () => (await node.as(2, "notifications.count", {})).count === 0);
    expect(await explained(_id)).toMatchObject({ state: "sent" });
  });

  test("none: read, muted, unwished, without an address", async () => {
    const { _id } = await told();
    node.world.aside.set(asideKey(2, ROOM), { muted: true });
    expect(await explained(_id)).toEqual({ state: "none", at: null });
    node.world.aside.clear();
    expect(await explained(_id)).toMatchObject({ state: "waiting" });
    node.world.addresses.delete(2);
    expect(await explained(_id)).toEqual({ state: "no_address", at: null });
    await wish(2, { when: "off" });
    expect(await explained(_id)).toEqual({ state: "off", at: null });
    node.world.addresses.set(2, "two@example.org");
    await wish(2, { when: "soon" });
    await attended(1_000_000);
    await until(async () => (await node.as(2, "notifications.count", {})).count === 0);
    expect(await explained(_id)).toEqual({ state: "none", at: null });
  });
});

describe("the end of mails", () => {
  const linkIn = (mail: Caught): string => mail.headers.get("list-unsubscribe") ?? "";

  test("by one click, for this account alone", async () => {
    await publishFact(node.broker, "message.created", fact({ recipients: [1, 2, 3], messages: [said("hello")] }));
    const mails = await after(soon);
    const mail = mails.find(({ to }) => to.startsWith("two"))!;
    expect(mail.headers.get("list-unsubscribe-post")).toBe("List-Unsubscribe=One-Click");
    const token = /^<https:\/\/chat\.example\.org\/mail\/unsubscribe\/([^>]+)>$/.exec(linkIn(mail))![1]!;
    expect(mail.text).toContain(`https://chat.example.org/#unsubscribe=${token}`);
    for (let i = 0; i < 2; i++) await node.broker.call("notifications.unsubscribeMail", { token });
    await publishFact(node.broker, "message.created", fact({ recipients: [1, 2, 3], messages: [said("more")] }));
    expect((await after(soon)).map(({ to }) => to)).toEqual(["three@example.org"]);
    expect(await node.as(2, "notifications.preferences", {})).toMatchObject({ mail: { when: "off" } });
  });

  test.each(["2", "2.", `2.${"A".repeat(43)}`, "x.y", "-1.A", `99999999999.${"A".repeat(43)}`, "🙈"])(
    "not by %j",
    async (token) => {
      await expect(node.broker.call("notifications.unsubscribeMail", { token })).rejects.toMatchObject({
        type: "BAD_REQUEST",
      });
    },
  );

  test("not by another account's signature", () => {
    const { unsubscribing } = context();
    const [, signature] = unsubscribing.tokenFor(2).split(".");
    expect(unsubscribing.userOf(`3.${signature}`)).toBeUndefined();
    expect(unsubscribing.userOf(unsubscribing.tokenFor(3))).toBe(3);
  });
});

test("where no mail server is set nothing is mailed, offered or taken as a wish", async () => {
  const { SMTP_URL: _none, ...rest } = vars;
  const without = await notificationsNode({ ...rest, DATA_DIR: tempDir() });
  try {
    expect(await without.as(2, "notifications.preferences", {})).not.toHaveProperty("mail");
    const wished = without.as(2, "notifications.preferences", { set: { mail: { when: "soon" } } });
    await expect(wished).rejects.toMatchObject({ type: "BAD_REQUEST" });
  } finally {
    await without.broker.stop();
  }
});

test("UNREAD_MAIL_WORDS=off says how much and where, and not what", async () => {
  await node.broker.stop();
  vars.UNREAD_MAIL_WORDS = "off";
  node = await started();
  await tell("the secret");
  const [mail] = await after(soon);
  expect(mail!.text).toContain("user 1 (1)");
  expect(mail!.text).not.toContain("secret");
});
