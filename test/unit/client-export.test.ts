/** One's own export through the client: every line once, however it comes in pieces, and never a part of it as the whole. */
import { type ExportLine } from "../../client/src";
import { exportLines } from "../../client/src/export";
import { Rest } from "../../client/src/rest";

const lines: ExportLine[] = [
  { type: "format", name: "moleculer-chat", version: 1 },
  { type: "user", key: "1", username: "Zoë 🙈" },
  { type: "end", messages: 0, bytes: 0 },
];
const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");

/** What is answered, and what was asked for. */
function restOf(answer: () => Response): { rest: Rest; asked: string[] } {
  const asked: string[] = [];
  const fetcher = ((url: string) => {
    asked.push(url);
    return Promise.resolve(answer());
  }) as typeof fetch;
  return {
    rest: new Rest("http://chat", { get: () => Promise.resolve("t"), instead: () => Promise.resolve("t") }, fetcher),
    asked,
  };
}
const streamOf = (pieces: Uint8Array[], end?: Error): ReadableStream<Uint8Array> =>
  new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece) controller.enqueue(piece);
      else if (end) controller.error(end);
      else controller.close();
    },
  });
async function all(rest: Rest, options = {}): Promise<ExportLine[]> {
  const got: ExportLine[] = [];
  for await (const line of exportLines(rest, options)) got.push(line);
  return got;
}
const bytes = new TextEncoder().encode(text);

test.each([1, 2, 3, 7, bytes.length])("comes whole in pieces of %i bytes, cut within a letter or not", async (size) => {
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < bytes.length; i += size) pieces.push(bytes.slice(i, i + size));
  const { rest, asked } = restOf(() => new Response(streamOf(pieces)));
  expect(await all(rest)).toEqual(lines);
  expect(asked).toEqual(["http://chat/users/me/export/all"]);
});

test("comes on a platform that gives no stream, and without the bytes of files where none are wanted", async () => {
  const { rest, asked } = restOf(
    () => ({ ok: true, status: 200, body: null, text: () => Promise.resolve(text) }) as never,
  );
  expect(await all(rest, { files: false })).toEqual(lines);
  expect(asked).toEqual(["http://chat/users/me/export/all?files=no"]);
});

describe("is no whole one", () => {
  const cases: [string, () => Response, object][] = [
    [
      "of a refusal",
      () => Response.json({ ok: false, error: { code: "RATE_LIMITED", message: "" } }, { status: 429 }),
      { code: "RATE_LIMITED" },
    ],
    ["of a proxy's page", () => new Response("<html>", { status: 502 }), { code: "UNAVAILABLE" }],
    [
      "where it ends before its end",
      () => new Response(text.slice(0, text.indexOf('{"type":"end"'))),
      { code: "UNAVAILABLE" },
    ],
    ["where it ends within a line", () => new Response(text.slice(0, -5)), { code: "UNAVAILABLE" }],
    [
      "where the connection breaks",
      () => new Response(streamOf([bytes.slice(0, 40)], new Error("reset"))),
      { code: "UNAVAILABLE" },
    ],
    ["of nothing", () => new Response(""), { code: "UNAVAILABLE" }],
    [
      "where the server says so in it",
      () => new Response(`${JSON.stringify(lines[0])}\n{"type":"error","code":"AUTH_EXPIRED","message":"over"}\n`),
      { code: "AUTH_EXPIRED" },
    ],
  ];
  test.each(cases)("%s", async (_name, answer, error) => {
    await expect(all(restOf(answer).rest)).rejects.toMatchObject(error);
  });
});

test("who stops reading lets go of the connection", async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(bytes),
    cancel: () => void (cancelled = true),
  });
  for await (const line of exportLines(restOf(() => new Response(endless)).rest, {})) if (line.type === "user") break;
  expect(cancelled).toBe(true);
});
