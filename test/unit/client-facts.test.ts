/** Facts as a server reads them: a stream that is cut anywhere, ends, falls silent, or is refused. */
import { createChatServer } from "../../client/src";

const fact = (position: number) => ({
  id: `f${position}`,
  position,
  type: "message.deleted",
  data: { text: "Grüße 😀" },
});
const event = (position: number): string =>
  `id: ${position}\nevent: message.deleted\ndata: ${JSON.stringify(fact(position))}\n\n`;

/** A server that answers each request with the next of these: a stream of bytes in parts, or a refusal. */
function serverOf(answers: (readonly Uint8Array[] | Response | "silence")[]) {
  const asked: string[] = [];
  const fetcher = ((url: string, { signal }: RequestInit) => {
    asked.push(new URL(url).search);
    const answer = answers.shift() ?? "silence";
    if (answer instanceof Response) return Promise.resolve(answer);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        if (answer === "silence") return void signal?.addEventListener("abort", () => controller.error(signal.reason));
        for (const part of answer) controller.enqueue(part);
        controller.close();
      },
    });
    return Promise.resolve(new Response(body));
  }) as typeof fetch;
  return { asked, server: createChatServer({ url: "http://x", key: "k".repeat(32), fetch: fetcher }) };
}
const bytes = (text: string, size = 100_000): Uint8Array[] => {
  const all = new TextEncoder().encode(text);
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
};
const refused = (status: number, code: string): Response =>
  Response.json({ ok: false, error: { code, message: "no" } }, { status });

/** Time passes while this is awaited. */
async function quickly<T>(work: Promise<T>): Promise<T> {
  let over = false;
  const end = (): boolean => (over = true);
  work.then(end, end);
  while (!over) {
    await jest.advanceTimersByTimeAsync(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return work;
}

async function take(facts: AsyncGenerator<{ position: number }>, count: number): Promise<number[]> {
  const positions: number[] = [];
  for await (const { position } of facts) if (positions.push(position) === count) break;
  return positions;
}

beforeEach(() => jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask", "setImmediate"] }));
afterEach(() => jest.useRealTimers());

test.each([1, 2, 3, 7, 64])("parts of %d bytes make whole facts", async (size) => {
  const { server } = serverOf([bytes(`retry: 2000\n\n${event(1)}${event(2)}id: 9\n: alive\n\n`, size)]);
  const [first] = [await server.facts().next()];
  expect(first.value).toEqual(fact(1));
});

test("a stream that ends, can't be reached or is refused for now goes on behind the last fact; what was passed over counts", async () => {
  const { server, asked } = serverOf([
    bytes(event(1) + event(2)),
    refused(503, "UNAVAILABLE"),
    bytes(event(5) + "id: 40\n: alive\n\n" + event(41).slice(0, 30)),
    bytes(event(41)),
  ]);
  expect(await quickly(take(server.facts({ after: 0, types: ["message.deleted"] }), 4))).toEqual([1, 2, 5, 41]);
  expect(asked).toEqual([0, 2, 2, 40].map((from) => `?from=${from}&types=message.deleted`));
});

test.each([
  ["a fact at the end", event(1) + event(2) + event(3), [1, 2]],
  ["the end passed over", `${event(1)}id: 7\n: alive\n\n${event(8)}`, [1]],
])("it ends by itself where that was asked for: %s", async (_what, told, positions) => {
  const { server, asked } = serverOf([bytes(told)]);
  expect(await take(server.facts({ until: 2 }), 9)).toEqual(positions);
  expect(await take(server.facts({ after: 2, until: 2 }), 9)).toEqual([]);
  expect(asked).toEqual(["?from=0"]);
});

test("silence is the end of a stream, too", async () => {
  const { server, asked } = serverOf(["silence", bytes(event(8))]);
  expect(await quickly(take(server.facts({ after: 7 }), 1))).toEqual([8]);
  expect(asked).toEqual(["?from=7", "?from=7"]);
});

test.each([
  ["a position that is not kept", refused(404, "NOTFOUND"), "NOTFOUND"],
  ["a key that does not hold", refused(401, "AUTH_INVALID"), "AUTH_INVALID"],
  ["an end for good", new Response('event: error\ndata: {"code":"FORBIDDEN","message":"no"}\n\n'), "FORBIDDEN"],
])("%s is thrown", async (_what, answer, code) => {
  const { server, asked } = serverOf([answer]);
  await expect(take(server.facts(), 1)).rejects.toMatchObject({ code });
  expect(asked).toHaveLength(1);
});

test("it ends when it is told to, in the middle of nothing", async () => {
  const { server } = serverOf(["silence"]);
  const stop = new AbortController();
  const reading = take(server.facts({ signal: stop.signal }), 1);
  setImmediate(() => stop.abort());
  expect(await reading).toEqual([]);
});
