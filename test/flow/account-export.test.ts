/** GET /users/me/export/all: all that the account may see and nothing else, with its files, in lines that `import` takes. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createChat, type ExportLine, memory } from "../../client/src";
import { readLines } from "../../scripts/moving/format";
import { type Account, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { startSystem, type System } from "../support/system";

let system: System;
let people: Account[];
beforeAll(async () => {
  system = await startSystem();
  people = [];
  for (const name of ["Ann", "Bob", "Eve", "Dan"]) people.push(await register(system.url, name));
});
afterAll(() => system?.stop());

const ask = async (who: Account, method: string, path: string, body?: unknown): Promise<any> => {
  const answer = await request(system.url, method, path, { token: who.token, ...(body === undefined ? {} : { body }) });
  if (!answer.body.ok) throw Object.assign(new Error(answer.body.error.message), answer.body.error);
  return answer.body.data;
};
const fetched = (who: Account, query = ""): Promise<Response> =>
  fetch(`${system.url}/users/me/export/all${query}`, { headers: { authorization: `Bearer ${who.token}` } });
const linesOf = async (answer: Response): Promise<any[]> =>
  (await answer.text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);

const bytes = Buffer.from("x".repeat(300_000));
async function upload(who: Account): Promise<string> {
  const form = new FormData();
  form.append("file", new Blob([bytes], { type: "text/plain" }), "long.txt");
  const headers = { authorization: `Bearer ${who.token}` };
  const answer = await fetch(`${system.url}/upload/single`, { method: "POST", headers, body: form });
  return ((await answer.json()) as { data: { url: string } }).data.url;
}

test("has what the account may see, in order, with the bytes of its files, and ends with how much there was", async () => {
  const [ann, bob, eve, dan] = people as [Account, Account, Account, Account];
  const made = { type: "group", name: "Town", history: "joined", participantIds: [bob.id] };
  const { _id } = await ask(ann, "POST", "/conversations", made);
  const room = `/conversations/${_id}/messages`;
  await ask(ann, "POST", room, { content: "before Eve" });
  await ask(ann, "POST", `/conversations/${_id}/members`, { userId: eve.id });
  for (let i = 0; i < 120; i++) await ask(bob, "POST", room, { content: `line ${i}` });
  const forgotten = await ask(bob, "POST", room, { content: "Eve forgets this" });
  await ask(eve, "DELETE", `/messages/${forgotten._id}`, { forMe: true });
  const gone = await ask(bob, "POST", room, { content: "taken back" });
  await ask(bob, "DELETE", `/messages/${gone._id}`);
  const url = await upload(ann);
  await ask(ann, "POST", room, { content: "a file", attachments: [url] });
  const other = await ask(ann, "POST", "/conversations", { type: "group", name: "Secret", participantIds: [dan.id] });
  await ask(ann, "POST", `/conversations/${other._id}/messages`, { content: "not for Eve" });
  await ask(bob, "DELETE", `/conversations/${_id}/members/${bob.id}`); // who wrote most of it is no member any more

  const answer = await fetched(eve);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/jsonl; charset=utf-8"]);
  const lines = await linesOf(answer);
  const of = (type: string): any[] => lines.filter((line) => line.type === type);
  expect(lines[0]).toEqual({ type: "format", name: "moleculer-chat", version: 1 });
  expect(of("account")[0].user).toMatchObject({ user_id: eve.id, email: eve.email });
  const said = of("message").map(({ content }) => content as string);
  const written = Array.from({ length: 120 }, (_, i) => `line ${i}`);
  expect(said).toEqual([...written, "", expect.stringMatching(/^a file\n/)]);
  const text = JSON.stringify(lines);
  for (const secret of ["before Eve", "Eve forgets", "taken back", "not for Eve", "Secret", ann.email, bob.email])
    expect(text).not.toContain(secret);
  const pieces = of("bytes").map(({ base64 }) => Buffer.from(base64 as string, "base64"));
  const hash = (buffer: Buffer) => createHash("sha256").update(buffer).digest("hex");
  expect(hash(Buffer.concat(pieces))).toBe(hash(bytes));
  expect(pieces.length).toBeGreaterThan(1);
  expect(lines.at(-1)).toMatchObject({ type: "end", bytes: bytes.length });
  const users = new Set(of("user").map(({ key }) => key as string));
  for (const { sender } of of("message")) expect(users).toContain(sender);

  const dir = mkdtempSync(join(tmpdir(), "export-"));
  try {
    const path = join(dir, "eve.jsonl");
    writeFileSync(path, lines.map((line) => JSON.stringify(line)).join("\n"));
    const taken: string[] = [];
    for await (const line of readLines(path)) taken.push(line.type);
    expect(taken.filter((type) => type === "message")).toHaveLength(said.length);
    writeFileSync(path, `${JSON.stringify(lines[0])}\n{"type":"error","code":"UNAVAILABLE"}`);
    await expect(
      (async () => {
        for await (const _ of readLines(path));
      })(),
    ).rejects.toThrow(/broke off/);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("leaves the bytes out where they are not wanted, and is refused without a token, to nonsense, and the fourth time", async () => {
  const [, , , dan] = people as [Account, Account, Account, Account];
  expect((await fetch(`${system.url}/users/me/export/all`)).status).toBe(401);
  expect((await fetched(dan, "?files=maybe")).status).toBe(400);
  for (let i = 0; i < 3; i++)
    expect((await linesOf(await fetched(dan, "?files=no"))).some((l) => l.type === "bytes")).toBe(false);
  const fourth = await fetched(dan);
  expect(fourth.status).toBe(429);
  expect(((await fourth.json()) as any).error).toMatchObject({
    code: "RATE_LIMITED",
    details: { retryAfterMs: expect.any(Number) },
  });
});

test("the client reads it line by line, and erases the account with what it wrote", async () => {
  const ann = await register(system.url, "Ann");
  const bob = await register(system.url, "Bob");
  const made = { type: "group", name: "Town", participantIds: [bob.id] };
  const { _id } = await ask(ann, "POST", "/conversations", made);
  await ask(ann, "POST", `/conversations/${_id}/messages`, {
    content: "to be erased",
    attachments: [await upload(ann)],
  });
  const chat = createChat({ url: system.url, token: ann.token, storage: memory() });
  try {
    await chat.connect();
    const lines: ExportLine[] = [];
    for await (const line of chat.account.exportAll()) lines.push(line);
    const answer = await linesOf(await fetched(ann));
    expect(lines).toEqual(
      answer.map((line) => (line.type === "account" ? expect.objectContaining({ type: "account" }) : line)),
    );
    expect(lines.filter(({ type }) => type === "bytes").length).toBeGreaterThan(1);

    await chat.account.erase();
    await eventually(async () => {
      const seen = await ask(bob, "GET", `/conversations/${_id}/messages`);
      expect(JSON.stringify(seen)).not.toContain("to be erased");
    });
    await expect(chat.account.exportAll().next()).rejects.toMatchObject({ code: expect.stringMatching(/^AUTH_/) });
  } finally {
    await chat.close();
  }
});
