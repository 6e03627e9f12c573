/** Lanes: sends in a row keep their order through the death of their node, and cost nothing while all is well. */
import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Errors, type ServiceBroker } from "moleculer";
import { fail } from "../../contracts/errors";
import { Lanes } from "../../services/api/sockets/inbound/lanes";

const gone = (): Error => new Errors.RequestRejectedError({ action: "chat.send", nodeID: "n1" });

/** A chat that takes what comes in the order in which it comes, and answers when it is told to. */
class Chat {
  readonly taken: number[] = [];
  readonly timeouts: (number | undefined)[] = [];
  private readonly open = new Map<number, { resolve: (v: unknown) => void; reject: (e: Error) => void }>();

  readonly deliver =
    (n: number) =>
    ({ timeout }: { timeout?: number }): Promise<unknown> => {
      this.taken.push(n);
      this.timeouts.push(timeout);
      return new Promise((resolve, reject) => this.open.set(n, { resolve, reject }));
    };
  answer(n: number): void {
    this.open.get(n)?.resolve(n);
    this.open.delete(n);
  }
  refuse(n: number, error: Error = gone()): void {
    this.open.get(n)?.reject(error);
    this.open.delete(n);
  }
  answerAll(): void {
    for (const n of [...this.open.keys()]) this.answer(n);
  }
  refuseAll(): void {
    for (const n of [...this.open.keys()]) this.refuse(n);
  }
}

describe("sends of one lane", () => {
  let localBus: EventEmitter;
  let lanes: Lanes;
  let chat: Chat;
  const send = (n: number, lane = "ann"): Promise<unknown> => {
    const answer = lanes.send(lane, chat.deliver(n));
    answer.catch(() => undefined);
    return answer;
  };
  beforeEach(() => {
    localBus = new EventEmitter();
    lanes = new Lanes({ localBus } as unknown as ServiceBroker, 60_000);
    chat = new Chat();
  });
  afterEach(() => expect(lanes.size).toBe(0));

  test("go out in the same tick while all is well, however many are under way", async () => {
    const answers = Array.from({ length: 16 }, (_, n) => send(n));
    expect(chat.taken).toEqual(Array.from({ length: 16 }, (_, n) => n));
    chat.answerAll();
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 16 }, (_, n) => n));
  });

  test("that fail together follow together, and what came meanwhile follows them", async () => {
    const answers = [0, 1, 2].map((n) => send(n));
    for (const n of [1, 0, 2]) chat.refuse(n);
    await Promise.resolve();
    answers.push(send(3));
    await sleep(20);
    expect(chat.taken).toEqual([0, 1, 2, 0, 1, 2, 3]);
    answers.push(send(4));
    chat.answerAll();
    expect(await Promise.all(answers)).toEqual([0, 1, 2, 3, 4]);
  });

  test("wait until what is under way has settled, so that nothing overtakes what may fail yet", async () => {
    const answers = [0, 1].map((n) => send(n));
    chat.refuse(0);
    await sleep(20);
    answers.push(send(2));
    expect(chat.taken).toEqual([0, 1]);
    chat.refuse(1);
    await sleep(20);
    expect(chat.taken).toEqual([0, 1, 0, 1, 2]);
    chat.answerAll();
    await Promise.all(answers);
  });

  test("wait for those under way when the nodes have changed, for they may be on another one", async () => {
    const first = send(0);
    localBus.emit("$node.connected");
    const second = send(1);
    expect(chat.taken).toEqual([0]);
    chat.answer(0);
    await first;
    expect(chat.taken).toEqual([0, 1]);
    chat.answerAll();
    await second;
  });

  test("of one conversation do not wait for those of another", async () => {
    const held = [send(0), send(1)];
    chat.refuse(0);
    await Promise.resolve();
    const free = send(2, "bob");
    expect(chat.taken).toEqual([0, 1, 2]);
    chat.answer(2);
    expect(await free).toBe(2);
    chat.refuse(1);
    await sleep(20);
    chat.answerAll();
    await Promise.all(held);
  });

  test("are refused long before their time is up while there is no node, those that wait too", async () => {
    const start = performance.now();
    const answers = Array.from({ length: 3 }, (_, n) => send(n));
    const refusing = setInterval(() => chat.refuseAll(), 5);
    await sleep(100);
    answers.push(send(3));
    const outcomes = await Promise.allSettled(answers);
    clearInterval(refusing);
    expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => "rejected"));
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  test("are answered within the time of a request, whatever they waited for", async () => {
    const slow = send(0);
    localBus.emit("$node.connected");
    const late = send(1);
    await sleep(100);
    chat.answer(0);
    await slow;
    expect(chat.timeouts[0]).toBeUndefined();
    expect(chat.timeouts[1]).toBeLessThan(59_950); // a timer may be a moment early
    chat.answerAll();
    await late;
  });

  test("go on behind one that is refused for good", async () => {
    const answers = [0, 1].map((n) => send(n));
    chat.refuse(0, fail("FORBIDDEN"));
    chat.answer(1);
    await expect(answers[0]).rejects.toMatchObject({ type: "FORBIDDEN" });
    expect(await answers[1]).toBe(1);
    expect(chat.taken).toEqual([0, 1]);
  });

  test("wait in a bounded number", async () => {
    const first = send(0);
    localBus.emit("$node.connected");
    const answers = Array.from({ length: 1_001 }, (_, n) => send(n + 1));
    await expect(answers.at(-1)).rejects.toMatchObject({ type: "UNAVAILABLE" });
    chat.answer(0);
    await first;
    chat.answerAll();
    await Promise.all(answers.slice(0, -1));
  });
});
