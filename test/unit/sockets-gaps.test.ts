/** The gateway and messages that did not reach it: gaps are seen, asked for, and filled once, in order. */
import { type Batch, Deliverer, type Surroundings } from "../../services/api/sockets/outbound/deliverer";
import { type Hub } from "../../services/api/sockets/connection/hub";
import { type Peer } from "../../services/api/sockets/connection/peer";

const C = "c".repeat(24);
type Emission = Batch["emissions"][number];
const message = (seq: number): Emission => ({
  namespace: "/chat",
  event: "message:created",
  body: JSON.stringify({ seq }),
  to: "members",
  seq,
});
const batch = (...seqs: number[]): Batch => ({
  conversationId: C,
  membersVersion: "v1",
  members: [1, 2],
  emissions: seqs.map(message),
});

interface Socket {
  readonly heard: number[];
  close(): void;
}

/** A gateway with sockets of users 1 and 2, and an actor that has stored so many messages. */
function gateway(actor: { stored: number }, actorIsUp = true, answered = Promise.resolve()) {
  const peers: Peer[] = [];
  const lost: number[] = [];
  const asked: (number | undefined)[] = [];
  const world: Surroundings = {
    audienceOf(_id, after) {
      asked.push(after);
      if (!actorIsUp) return Promise.reject(new Error("gone"));
      const missed = Array.from({ length: actor.stored }, (_, i) => message(i + 1)).filter(
        (m) => (m.seq ?? 0) > (after ?? 0),
      );
      return answered.then(() => ({ membersVersion: "v1", members: [1, 2], missed }));
    },
    room: () => [],
    lost: (_id, batches) => void lost.push(batches),
  };
  const hub = { peersOf: (user: number) => peers.filter((p) => p.userId === user && p.open) } as unknown as Hub;
  const deliverer = new Deliverer(hub, world);
  const connect = (userId: number): Socket => {
    const heard: number[] = [];
    const deliver = (frame: { packet: string }) => heard.push(Number(/"seq":(\d+)/.exec(frame.packet)?.[1]));
    const peer = { userId, open: true, namespace: "/chat", wishes: {}, deliver } as unknown as Peer;
    peers.push(peer);
    deliverer.audiences.arrived(peer);
    return { heard, close: () => ((peer.open = false), deliverer.audiences.left()) };
  };
  return { deliverer, connect, lost, asked };
}
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe("the gateway's view of a conversation", () => {
  test("messages in a row go out without a question", () => {
    const { deliverer, connect, asked } = gateway({ stored: 3 });
    const ann = connect(1);
    for (const seq of [1, 2, 3]) deliverer.deliver(batch(seq));
    expect(ann.heard).toEqual([1, 2, 3]);
    expect(asked).toEqual([]);
  });

  test("a lost batch is asked for, and told before what showed the gap", async () => {
    const { deliverer, connect, asked } = gateway({ stored: 4 });
    const ann = connect(1);
    deliverer.deliver(batch(1));
    deliverer.deliver(batch(4));
    await settled();
    expect(asked).toEqual([1]);
    expect(ann.heard).toEqual([1, 2, 3, 4]);
  });

  test("batches that come while the answer is awaited keep their place", async () => {
    const { deliverer, connect } = gateway({ stored: 5 });
    const ann = connect(1);
    for (const seq of [1, 3, 4, 5]) deliverer.deliver(batch(seq));
    await settled();
    expect(ann.heard).toEqual([1, 2, 3, 4, 5]);
  });

  test("what is missing between batches that wait is told from the same answer", async () => {
    const { deliverer, connect, asked } = gateway({ stored: 9 });
    const ann = connect(1);
    for (const seq of [1, 3, 6, 7, 9]) deliverer.deliver(batch(seq));
    await settled();
    expect(asked).toEqual([1]);
    expect(ann.heard).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("what was stored after the answer, and is missing between batches that wait, is asked for anew", async () => {
    let answer = (): void => undefined;
    const actor = { stored: 3 };
    const { deliverer, connect, asked } = gateway(actor, true, new Promise((resolve) => (answer = resolve)));
    const ann = connect(1);
    for (const seq of [1, 3]) deliverer.deliver(batch(seq));
    const bob = connect(2);
    actor.stored = 6;
    deliverer.deliver(batch(6));
    answer();
    await settled();
    expect(asked).toEqual([1, 3]);
    expect(ann.heard).toEqual([1, 2, 3, 4, 5, 6]);
    expect(bob.heard).toEqual([3, 4, 5, 6]);
  });

  test("what nobody can tell any more holds up nothing that waits", async () => {
    const { deliverer, connect, asked } = gateway({ stored: 0 });
    const ann = connect(1);
    for (const seq of [1, 3, 6, 7]) deliverer.deliver(batch(seq));
    await settled();
    expect(asked).toEqual([1, 3]);
    expect(ann.heard).toEqual([1, 3, 6, 7]);
  });

  test("no more wait for an answer than a bound: the rest is asked for when it comes, and told once, in order", async () => {
    let answer = (): void => undefined;
    const { deliverer, connect, lost, asked } = gateway(
      { stored: 3_000 },
      true,
      new Promise((resolve) => (answer = resolve)),
    );
    const ann = connect(1);
    deliverer.deliver(batch(1));
    for (let seq = 3; seq <= 2_500; seq++) deliverer.deliver(batch(seq));
    const given = lost.reduce((sum, n) => sum + n, 0);
    expect([given, 2_498 - given]).toEqual([2_002, 496]);
    answer();
    await settled();
    expect(asked).toEqual([1]);
    expect(ann.heard).toEqual(Array.from({ length: 2_500 }, (_, i) => i + 1));
    deliverer.deliver(batch(2_501));
    expect(ann.heard.at(-1)).toBe(2_501);
  });

  test("batches of two actors that overtook each other are put in order, and none is told twice", async () => {
    const { deliverer, connect } = gateway({ stored: 3 });
    const ann = connect(1);
    for (const seq of [1, 3, 2]) deliverer.deliver(batch(seq));
    await settled();
    deliverer.deliver(batch(2));
    expect(ann.heard).toEqual([1, 2, 3]);
  });

  test("a socket that came after the last message is not told what came before it", async () => {
    const { deliverer, connect } = gateway({ stored: 3 });
    const ann = connect(1);
    deliverer.deliver(batch(1));
    const bob = connect(2);
    deliverer.deliver(batch(3));
    await settled();
    expect(ann.heard).toEqual([1, 2, 3]);
    expect(bob.heard).toEqual([3]);
  });

  test("a node that held no member meanwhile has missed nothing", () => {
    const { deliverer, connect, asked } = gateway({ stored: 9 });
    const ann = connect(1);
    deliverer.deliver(batch(1));
    ann.close();
    const again = connect(1);
    deliverer.deliver(batch(9));
    expect(asked).toEqual([]);
    expect(again.heard).toEqual([9]);
  });

  test("after an outage the end of a conversation is asked for, once", async () => {
    const { deliverer, connect } = gateway({ stored: 3 });
    const ann = connect(1);
    deliverer.deliver(batch(1));
    await deliverer.catchUp();
    expect(ann.heard).toEqual([1, 2, 3]);
    await deliverer.catchUp();
    deliverer.deliver(batch(3)); // it was only late
    expect(ann.heard).toEqual([1, 2, 3]);
  });

  test("with no actor to ask, what waits is told with its gap rather than not at all", async () => {
    const { deliverer, connect, lost } = gateway({ stored: 3 }, false);
    const ann = connect(1);
    deliverer.deliver(batch(1));
    deliverer.deliver(batch(3));
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(ann.heard).toEqual([1, 3]);
    expect(lost).toEqual([]);
  });
});
