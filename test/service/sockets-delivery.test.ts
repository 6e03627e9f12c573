/** Delivery: who gets an event, each socket once, in order, over every transport. */
import { type Client } from "../support/client";
import { eventually } from "../support/eventually";
import { emission, Gateway } from "../support/gateway";

const c1 = "a".repeat(24);
const c2 = "b".repeat(24);
let membership: { membersVersion: string; members: number[] } | Error;
let asked = 0;
let hold: Promise<void> | undefined;
let mine: string[] = [];
let joinGate: Promise<void> | undefined;
/** Called when a socket's conversations are asked for. */
let onMine = (): void => undefined;
const typing: any[] = [];
let gateway: Gateway;

beforeAll(async () => {
  gateway = await Gateway.start({
    audience: async () => {
      asked++;
      await hold;
      if (membership instanceof Error) throw membership;
      return membership;
    },
    mine: async () => (onMine(), await joinGate, mine),
    join: async () => (await joinGate, {}),
    typing: (ctx: any) => (typing.push([ctx.meta.caller.userId, ctx.params]), {}),
  });
});
beforeEach(() => {
  membership = { membersVersion: "v1", members: [1, 2, 3] };
  asked = 0;
  hold = joinGate = undefined;
  onMine = () => undefined;
  mine = [];
  typing.length = 0;
});
afterEach(() => gateway.closeClients());
afterAll(() => gateway.stop());

const numbers = (client: Client): number[] => client.all<{ n: number }>("message:created").map((m) => m.n);
const settled = (...clients: Client[]): Promise<unknown> => Promise.all(clients.map((c) => c.settled()));
/** A batch of one conversation that names its members. */
const batch = (n: number, over: object = {}, more: object = {}): any => ({
  conversationId: c1,
  membersVersion: "v1",
  emissions: [emission({ n }, over)],
  ...more,
});

describe("an event to the members", () => {
  it("reaches every socket of every member once, and nobody else's", async () => {
    const [a, a2, b, outsider] = await Promise.all([1, 1, 2, 9].map((u) => gateway.connect(u)));
    const other = await gateway.connect(1, { namespace: "/notifications" });
    await gateway.deliver(batch(1, {}, { members: [1, 2, 3] }));
    await gateway.deliver(batch(2));
    await settled(a!, a2!, b!, outsider!, other);
    expect([a, a2, b, outsider, other].map((c) => numbers(c!))).toEqual([[1, 2], [1, 2], [1, 2], [], []]);
    expect(asked).toBe(0);
  });

  it("reaches sockets that came after the first delivery, and does not mind those that left", async () => {
    const a = await gateway.connect(1);
    await gateway.deliver(batch(1, {}, { members: [1, 2, 3] }));
    const b = await gateway.connect(2);
    await gateway.deliver(batch(2));
    a.close();
    const a2 = await gateway.connect(1);
    await gateway.deliver(batch(3));
    await settled(a2, b);
    expect([numbers(b), numbers(a2)]).toEqual([[2, 3], [3]]);
  });

  it("waits, with all that follow, while the members are asked for once", async () => {
    let open = (): void => undefined;
    hold = new Promise((resolve) => (open = resolve));
    membership = { membersVersion: "w1", members: [1] };
    const [a, b] = [await gateway.connect(1), await gateway.connect(2)];
    for (const n of [1, 2, 3]) await gateway.deliver(batch(n, {}, { membersVersion: "w1" }));
    await gateway.deliver(batch(4, { to: "users", users: [1] }, { membersVersion: "w1" }));
    await settled(a, b);
    expect(numbers(a)).toEqual([]);
    open();
    await a.next("message:created", (m: any) => m.n === 4);
    await b.settled();
    expect([numbers(a), numbers(b), asked]).toEqual([[1, 2, 3, 4], [], 1]);
  });

  it("goes by the new membership as soon as it is named", async () => {
    const [a, b] = [await gateway.connect(1), await gateway.connect(2)];
    await gateway.deliver(batch(1, {}, { membersVersion: "x1", members: [1, 2] }));
    await gateway.deliver(batch(2, {}, { membersVersion: "x2", members: [1] }));
    await gateway.deliver(batch(3, {}, { membersVersion: "x2" }));
    await settled(a, b);
    expect([numbers(a), numbers(b)]).toEqual([[1, 2, 3], [1]]);
  });

  it("is asked for again when the answer fails, and is not lost", async () => {
    membership = new Error("down");
    const a = await gateway.connect(1);
    await gateway.deliver(batch(1, {}, { membersVersion: "y1" }));
    membership = { membersVersion: "y1", members: [1] };
    await a.next("message:created");
    expect(asked).toBe(2);
  });

  it("can be narrowed to some, and spare others", async () => {
    const [a, b, c] = await Promise.all([1, 2, 3].map((u) => gateway.connect(u)));
    await gateway.deliver(batch(1, { users: [1, 2, 9] }, { members: [1, 2, 3] }));
    await gateway.deliver(batch(2, { except: [1] }));
    await gateway.deliver(batch(3, { users: [1, 2], except: [2] }));
    await settled(a!, b!, c!);
    expect([a, b, c].map((x) => numbers(x!))).toEqual([[1, 3], [1, 2], [2]]);
  });

  it("stays away from sockets that want joined rooms only, until they join", async () => {
    const a = await gateway.connect(1, { auth: { receive: "joined" } });
    await gateway.deliver(batch(1, {}, { members: [1, 2, 3] }));
    await a.ok("conversation:join", { conversationId: c1 });
    await gateway.deliver(batch(2));
    await a.ok("conversation:leave", { conversationId: c1 });
    await gateway.deliver(batch(3));
    await a.settled();
    expect(numbers(a)).toEqual([2]);
  });
});

describe("an event to a room", () => {
  it("reaches joined sockets only", async () => {
    const [a, a2, b] = await Promise.all([1, 1, 2].map((u) => gateway.connect(u)));
    await a!.ok("conversation:join", { conversationId: c1 });
    await gateway.deliver(batch(1, { to: "room", event: "typing" }));
    await gateway.deliver(batch(2, { to: "room", event: "typing", except: [1] }));
    await settled(a!, a2!, b!);
    expect([a, a2, b].map((x) => x!.all("typing").length)).toEqual([1, 0, 0]);
  });

  it("reaches all of one's conversations after `join: all`, found by one call", async () => {
    mine = [c1, c2];
    const a = await gateway.connect(1, { auth: { join: "all" } });
    for (const conversationId of [c1, c2]) await gateway.deliver(batch(1, { to: "room" }, { conversationId }));
    await a.settled();
    expect(numbers(a)).toEqual([1, 1]);
  });

  it("does not reach who was removed, even while joining was under way", async () => {
    let open = (): void => undefined;
    const [a, b] = [await gateway.connect(1), await gateway.connect(2)];
    await b.ok("conversation:join", { conversationId: c1 });
    joinGate = new Promise((resolve) => (open = resolve));
    const joining = a.send("conversation:join", { conversationId: c1 });
    await a.settled();
    await gateway.rooms({ conversationId: c1, userIds: [1, 2], join: false });
    open();
    expect((await joining).error.code).toBe("FORBIDDEN");
    await gateway.deliver(batch(1, { to: "room" }));
    await settled(a, b);
    expect([numbers(a), numbers(b)]).toEqual([[], []]);
  });

  it("goes by what changed while a socket connected with `join: all`", async () => {
    let open = (): void => undefined;
    joinGate = new Promise((resolve) => (open = resolve));
    mine = [c1];
    const waits = new Promise<void>((resolve) => (onMine = resolve));
    const connecting = gateway.connect(1, { auth: { join: "all" } });
    await waits;
    await gateway.rooms({ conversationId: c1, userIds: [1], join: false });
    await gateway.rooms({ conversationId: c2, userIds: [1], join: true });
    open();
    const a = await connecting;
    await gateway.deliver(batch(1, { to: "room" }));
    await gateway.deliver(batch(2, { to: "room" }, { conversationId: c2 }));
    await a.settled();
    expect(numbers(a)).toEqual([2]);
  });

  it("is joined for one session only where one is named", async () => {
    const a = await gateway.connect(1, { token: gateway.token(1, { sessionId: "x" }) });
    const a2 = await gateway.connect(1, { token: gateway.token(1, { sessionId: "y" }) });
    await gateway.rooms({ conversationId: c1, userIds: [1], join: true, sessionId: "x" });
    await gateway.deliver(batch(1, { to: "room" }));
    await settled(a, a2);
    expect([numbers(a), numbers(a2)]).toEqual([[1], []]);
  });
});

describe("an event to users", () => {
  it("reaches their sockets in that namespace", async () => {
    const a = await gateway.connect(1);
    const n = await gateway.connect(1, { namespace: "/notifications" });
    const count = { namespace: "/notifications", event: "notification:count", to: "users" } as const;
    await gateway.deliver({ emissions: [emission({ count: 2 }, { ...count, users: [1, 1, 2] })] });
    expect(await n.next("notification:count")).toEqual({ count: 2 });
    await a.settled();
    expect([n.heard.length, a.heard.length]).toEqual([1, 0]);
  });
});

describe("over any transport", () => {
  it.each([
    ["polling", { transports: ["polling"] }],
    ["an upgrade from polling", { transports: ["polling", "websocket"] }],
    ["a websocket", { transports: ["websocket"] }],
  ])("events and acks keep their order: %s", async (_name, options) => {
    const a = await gateway.connect(1, options);
    const order: number[] = [];
    a.socket.on("message:created", ({ n }: { n: number }) => order.push(n));
    const acks: Promise<unknown>[] = [];
    for (let n = 0; n < 200; n++) {
      void gateway.deliver(batch(n, {}, n === 0 ? { membersVersion: "o", members: [1] } : { membersVersion: "o" }));
      acks.push(a.send("presence:get", { userIds: [] }));
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(acks);
    await a.settled();
    expect(order).toEqual([...Array(200).keys()]);
  });

  it("text of any script and size arrives as it was sent", async () => {
    const texts = ['tin nhắn đ 🎉 \u2028"\\', "x".repeat(125), "é".repeat(33_000), "🎉".repeat(40_000)];
    const [a, p] = [await gateway.connect(1), await gateway.connect(1, { transports: ["polling"] })];
    for (const [n, text] of texts.entries())
      await gateway.deliver(batch(n, { body: JSON.stringify({ n, text }) }, { members: [1, 2, 3] }));
    for (const client of [a, p]) {
      await client.next("message:created", (m: any) => m.n === 3);
      expect(client.all<{ text: string }>("message:created").map((m) => m.text)).toEqual(texts);
    }
  });
});

it("typing ends when the socket that announced it goes", async () => {
  const a = await gateway.connect(1);
  await a.ok("typing", { conversationId: c1, isTyping: true });
  await a.ok("typing", { conversationId: c2, isTyping: true });
  await a.ok("typing", { conversationId: c2, isTyping: false });
  a.close();
  await gateway.connect(2);
  await eventually(() => expect(typing).toHaveLength(4));
  expect(typing.slice(3)).toEqual([[1, { conversationId: c1, isTyping: false }]]);
});

it("typing goes on while another device of the user types, but not for one that fell silent", async () => {
  const [a, a2] = [await gateway.connect(1), await gateway.connect(1)];
  await a2.ok("typing", { conversationId: c1, isTyping: true });
  await a2.ok("typing", { conversationId: c2, isTyping: true });
  const real = Date.now;
  const later = jest.spyOn(Date, "now").mockImplementation(() => real() + 7_000);
  try {
    await a.ok("typing", { conversationId: c1, isTyping: true });
    await a.ok("typing", { conversationId: c2, isTyping: true });
    await a2.ok("typing", { conversationId: c1, isTyping: true });
    typing.length = 0;
    a.close();
    await eventually(() => expect(typing).toEqual([[1, { conversationId: c2, isTyping: false }]]));
  } finally {
    later.mockRestore();
  }
});
