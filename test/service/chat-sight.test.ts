/** Signs of life between people: who hears of whom that they are online or typing, and when that begins and ends. */
import { eventually } from "../support/eventually";
import { type ChatSystem, startChat } from "../support/chat";

let chat: ChatSystem;
let next = 0;
/** Among those whom the directory has as online. */
const people = (count: number): number[] => Array.from({ length: count }, () => ++next);

beforeAll(async () => (chat = await startChat()));
afterAll(() => chat.stop());
beforeEach(() => {
  chat.blocks.clear();
  chat.emitted.length = 0;
});

const block = async (userId: number, blockedId: number, blocked = true): Promise<void> => {
  if (blocked) chat.blocks.add(`${userId}>${blockedId}`);
  else chat.blocks.delete(`${userId}>${blockedId}`);
  await chat.broker.call("chat.applyBlock", { userId, blockedId });
  await chat.broker.broadcast("users.blockChanged", { userId, blockedId, blocked });
};
/** What `of` was told last about `about`. */
const sees = (of: number, about: number): boolean | undefined =>
  chat.heard(of, "presence").findLast((p) => p.userId === about)?.online;
const told = (a: number, b: number, online: boolean | undefined): Promise<void> =>
  eventually(() => expect([sees(a, b), sees(b, a)]).toEqual([online, online]));
/** All that was under way is told, as far as it ever will be. */
const settled = async (): Promise<void> => {
  const [x, y] = people(2) as [number, number];
  await chat.pair(x, y);
  await told(x, y, true);
};

type Act = (a: number, b: number) => Promise<unknown>;
const begins: Record<string, Act> = {
  "a request is accepted": (a, b) => chat.pair(a, b),
  "a group is made": (a, b) => chat.group(a, b),
  "somebody is added to a group": async (a, b) => {
    const { _id: conversationId } = await chat.group(a);
    await chat.as(a)("chat.addMember", { conversationId, userId: b });
  },
  "somebody accepts being asked into a group": async (a, b) => {
    chat.reserved.add(b);
    const { _id: conversationId } = await chat.group(a, b);
    await settled();
    expect(sees(a, b)).toBeUndefined();
    await chat.as(b)("chat.accept", { conversationId });
  },
  "a block is lifted": async (a, b) => {
    await chat.pair(a, b);
    await block(a, b);
    await told(a, b, false);
    await block(a, b, false);
  },
  "a group shrinks to what is told": async (a, b) => {
    const others = Array.from({ length: 49 }, (_, i) => 1_000 + i); // not online
    const { _id: conversationId } = await chat.group(a, b, ...others);
    await settled();
    expect(sees(a, b)).toBeUndefined();
    await chat.as(a)("chat.removeMember", { conversationId, userId: 1_000 });
  },
};
const ends: Record<string, Act> = {
  "a block": async (a, b) => {
    await chat.pair(a, b);
    await told(a, b, true);
    await block(a, b);
  },
  "a block between members of a group": async (a, b) => {
    await chat.group(a, b);
    await told(a, b, true);
    await block(a, b);
  },
  "a group's growth past what is told": async (a, b) => {
    const others = Array.from({ length: 48 }, (_, i) => 2_000 + i);
    const { _id: conversationId } = await chat.group(a, b, ...others);
    await told(a, b, true);
    await chat.as(a)("chat.addMember", { conversationId, userId: 2_100 });
  },
  "a removal": async (a, b) => {
    const { _id: conversationId } = await chat.group(a, b);
    await told(a, b, true);
    await chat.as(a)("chat.removeMember", { conversationId, userId: b });
  },
  "the end of the conversation": async (a, b) => {
    const { _id: conversationId } = await chat.group(a, b);
    await told(a, b, true);
    await chat.as(a)("chat.delete", { conversationId });
  },
};

describe("presence", () => {
  it.each(Object.entries(begins))("begins for both when %s", async (_name, act) => {
    const [a, b] = people(2) as [number, number];
    await act(a, b);
    await told(a, b, true);
  });

  it.each(Object.entries(ends))("ends for both with %s, as if they had gone", async (_name, act) => {
    const [a, b] = people(2) as [number, number];
    await act(a, b);
    await told(a, b, false);
    expect(chat.heard(b, "presence").at(-1).lastSeen).not.toBeNull();
  });

  it("goes on where they share another conversation", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id: conversationId } = await chat.group(a, b);
    await chat.pair(a, b);
    await chat.as(a)("chat.removeMember", { conversationId, userId: b });
    await settled();
    await told(a, b, true);
  });

  it("says nothing to strangers of a block, nor while a request waits, nor in a group of somebody blocked", async () => {
    const [a, b, c, d] = people(4) as [number, number, number, number];
    await block(a, b);
    await chat.as(c)("chat.create", { participantIds: [d] });
    chat.blocks.add(`${c}>${b}`);
    await chat.broker.broadcast("users.blockChanged", { userId: c, blockedId: b, blocked: true });
    await chat.group(d, b, c);
    await told(d, c, true);
    await settled();
    expect([sees(a, b), sees(b, a), sees(b, c), sees(c, b)]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("says nothing more to whom it had ended for when they are blocked in return", async () => {
    const [a, b] = people(2) as [number, number];
    await chat.pair(a, b);
    await block(a, b);
    await told(a, b, false);
    chat.emitted.length = 0;
    await block(b, a);
    await block(a, b, false);
    await settled();
    expect([sees(a, b), sees(b, a)]).toEqual([undefined, undefined]);
  });
});

describe("typing in a group", () => {
  it("ends at once for who blocks the one who types, and for nobody else", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    const { _id: conversationId } = await chat.group(a, b, c);
    await chat.as(b)("chat.typing", { conversationId, isTyping: true });
    chat.emitted.length = 0;
    await block(a, b);
    const over = { conversationId, userId: b, isTyping: false };
    await eventually(() => expect(chat.heard(a, "typing")).toEqual([over]));
    await chat.as(b)("chat.typing", { conversationId, isTyping: true });
    await chat.as(b)("chat.typing", { conversationId, isTyping: false });
    expect(chat.heard(a, "typing")).toEqual([over]);
    expect(chat.heard(c, "typing").map((t) => t.isTyping)).toEqual([true, false]);
  });

  it("ends for them with the next word, where the news of the block was late", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id: conversationId } = await chat.group(a, b);
    const say = (except: number[]): Promise<unknown> =>
      chat.broker.call(
        "chat.run",
        { conversationId, command: { kind: "typing", isTyping: true, except } },
        { meta: { caller: { userId: b, roles: [] } } },
      );
    await say([]);
    await say([a]);
    expect(chat.heard(a, "typing").map((t) => t.isTyping)).toEqual([true, false]);
  });
});
