/** What chat copies from other services converges: block lists, accounts, files; whatever order, failure or delay. */
import { setTimeout as sleep } from "node:timers/promises";
import { fail } from "../../contracts/errors";
import { chatOf, ChatContext } from "../../services/chat/chat";
import { type ChatSystem, startChat } from "../support/chat";
import { eventually } from "../support/eventually";

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());
beforeEach(() => {
  chat.answering = () => undefined;
  chat.detached.length = 0;
});

let next = 0;
const people = (n: number): number[] => Array.from({ length: n }, () => ++next);
const here = (): ChatContext => chatOf(chat.broker.getLocalService("chat"));
const stored = async (_id: string) => (await here().stores.conversations.findOne({ _id }))!;

/** Holds up the next answer to this action until it is released. */
function hold(action: string): { reached: Promise<void>; release: () => void } {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const reached = new Promise<void>((resolve) => {
    chat.answering = (asked) => {
      if (asked !== action) return;
      chat.answering = () => undefined;
      resolve();
      return held;
    };
  });
  return { reached, release };
}

describe("a private conversation follows the block lists", () => {
  it("as they are, in whatever order it is told of changes", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.pair(a, b);
    const told = () => chat.broker.call("chat.applyBlock", { userId: b, blockedId: a });
    chat.blocks.add(`${b}>${a}`);
    await told();
    expect((await stored(_id)).blocked_by).toEqual([b]);
    chat.blocks.delete(`${b}>${a}`);
    await told();
    await told(); // of the block, which comes last
    expect((await stored(_id)).blocked_by).toEqual([]);
  });

  it("also where another node read them earlier and is slower", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.pair(a, b);
    const elsewhere = new ChatContext(chat.broker.getLocalService("chat"));
    const on = (context: ChatContext) =>
      context.actors.tell(_id, { userId: 0, staff: false, body: { kind: "blocks" } });
    await on(elsewhere);
    chat.blocks.add(`${b}>${a}`);
    const { reached, release } = hold("users.blocksBetween");
    const slow = on(elsewhere);
    await reached;
    chat.blocks.delete(`${b}>${a}`);
    await on(here()); // nothing to change, as far as this one can see
    release();
    await slow;
    expect((await stored(_id)).blocked_by).toEqual([]);
    await elsewhere.stop();
  });

  it("also of a block that came while the conversation was made", async () => {
    const [a, b] = people(2) as [number, number];
    const { reached, release } = hold("users.blocksBetween");
    const made = chat.as(a)("chat.create", { participantIds: [b] });
    await reached;
    chat.blocks.add(`${b}>${a}`);
    await chat.broker.call("chat.applyBlock", { userId: b, blockedId: a }); // there is none yet
    release();
    expect((await stored((await made)._id)).blocked_by).toEqual([b]);
    expect(chat.heard(b, "conversation:created")).toEqual([]);
  });

  it("and says so where they can't be read, and goes on", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.pair(a, b);
    chat.answering = () => Promise.reject(fail("UNAVAILABLE"));
    const told = chat.broker.call("chat.applyBlock", { userId: b, blockedId: a });
    const sent = chat.send(a, _id, "hello");
    await expect(told).rejects.toMatchObject({ type: "UNAVAILABLE" });
    expect((await sent).seq).toBe(1);
  });
});

describe("a group whose admin is gone", () => {
  const led = async (_id: string) => (await stored(_id)).admin_id;

  it("passes on whatever fails with another one, and what is left is done the next time", async () => {
    const [a, b] = people(2) as [number, number];
    const groups = [await chat.group(a, b), await chat.group(a, b), await chat.group(a, b)];
    await chat.pair(a, b);
    chat.unknown.add(a);
    const { actors } = here();
    const tell = jest.spyOn(actors, "tell").mockImplementation((id, command) => {
      if (id === groups[1]!._id) return Promise.reject(fail("UNAVAILABLE"));
      return Object.getPrototypeOf(actors).tell.call(actors, id, command);
    });
    const changed = () => chat.broker.call("chat.accountChanged", { userId: a });
    await expect(changed()).rejects.toMatchObject({ type: "UNAVAILABLE" });
    expect([await led(groups[0]!._id), await led(groups[1]!._id), await led(groups[2]!._id)]).toEqual([b, a, b]);
    tell.mockRestore();
    await changed();
    await changed();
    expect(await led(groups[1]!._id)).toBe(b);
  });

  it("passes on once more where the heir was banned in the same moment", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id: conversationId } = await chat.group(a, b);
    chat.answering = async (action) => {
      if (action !== "users.profiles") return;
      chat.answering = () => undefined;
      chat.banned.add(b);
      await chat.broker.call("chat.accountChanged", { userId: b }); // who leads nothing yet
    };
    await chat.as(a)("chat.transfer", { conversationId, userId: b });
    expect(await led(conversationId)).toBe(a);
  });

  it("stays as it is where the ban was lifted meanwhile", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    await chat.broker.call("chat.accountChanged", { userId: a });
    expect(await led(_id)).toBe(a);
  });
});

describe("a file that the last message with it lets go of", () => {
  const url = "/files/7";
  let log: string[] = [];
  const noting = () => {
    log = [];
    const { answering } = chat;
    chat.answering = (action) => {
      if (action.startsWith("uploads.")) log.push(action);
      return answering(action);
    };
  };

  it("is opened anew for a message that was being prepared meanwhile", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const first = await chat.send(a, _id, "", { attachments: [url] });
    const { reached, release } = hold("uploads.attach");
    const second = chat.send(b, _id, "", { attachments: [url] });
    await reached;
    noting();
    await chat.as(a)("chat.deleteMessage", { messageId: first._id });
    release();
    expect((await second).attachments).toEqual([url]);
    expect(log).toEqual(["uploads.detach", "uploads.attach"]);
  });

  it("is opened anew for a message that waits while it is closed", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const first = await chat.send(a, _id, "", { attachments: [url] });
    const { reached, release } = hold("uploads.detach");
    const deleted = chat.as(a)("chat.deleteMessage", { messageId: first._id });
    await reached;
    noting();
    const second = chat.send(b, _id, "", { attachments: [url] });
    await eventually(() => expect(log).toEqual(["uploads.attach"]));
    await sleep(5);
    release();
    await Promise.all([deleted, second]);
    expect(log).toEqual(["uploads.attach", "uploads.attach"]);
    expect(chat.detached).toEqual([url]);
  });

  it("is opened anew for a picture of the group that is being set meanwhile", async () => {
    const [a, b] = people(2) as [number, number];
    const picture = `/files/${"7".repeat(24)}`;
    const { _id: conversationId } = await chat.group(a, b);
    const first = await chat.send(a, conversationId, "", { attachments: [picture] });
    const { reached, release } = hold("uploads.attach");
    const updated = chat.as(a)("chat.update", { conversationId, avatar: picture });
    await reached;
    noting();
    await chat.as(a)("chat.deleteMessage", { messageId: first._id });
    release();
    expect((await updated).avatar).toBe(picture);
    expect(log).toEqual(["uploads.detach", "uploads.attach"]);
  });

  it("is closed later where that fails, unless somebody sends it again until then", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id } = await chat.group(a, b);
    const others = ["/files/8", "/files/9"];
    const first = await chat.send(a, _id, "", { attachments: others });
    chat.answering = (action) => (action === "uploads.detach" ? Promise.reject(fail("UNAVAILABLE")) : undefined);
    await chat.as(a)("chat.deleteMessage", { messageId: first._id });
    chat.answering = () => undefined;
    await chat.send(b, _id, "", { attachments: ["/files/9"] });
    await (here() as never as { sweep: () => Promise<void> }).sweep();
    await eventually(() => expect(chat.detached).toEqual(["/files/8"]));
  });
});
