/** `moleculer-chat test`: the backend that tests in other languages start and give orders to. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { projectRoot } from "../../platform/root";
import { eventually } from "../support/eventually";

let running: ChildProcess;
let at: { url: string; control: string };

const start = (...args: string[]): ChildProcess =>
  spawn(process.execPath, ["--import", "tsx", "scripts/chat.ts", "test", ...args], { cwd: projectRoot });

async function order(name: string, body?: unknown, more: RequestInit = {}): Promise<{ status: number; told: any }> {
  const sent = typeof body === "string" ? body : JSON.stringify(body ?? {});
  const response = await fetch(`${at.control}/${name}`, { method: "POST", body: sent, ...more });
  return { status: response.status, told: await response.json() };
}

const meAs = async (token: string): Promise<number> =>
  (await fetch(`${at.url}/users/me`, { headers: { authorization: `Bearer ${token}` } })).status;

async function toldBy(started: ChildProcess): Promise<typeof at> {
  const lines = createInterface({ input: started.stdout! });
  return JSON.parse(((await once(lines, "line")) as [string])[0]) as typeof at;
}

beforeAll(async () => {
  running = start("--port", "0");
  at = await toldBy(running);
});
afterAll(() => running.kill("SIGKILL"));

it("says in one line where it is and where it takes orders", () => {
  expect(at).toEqual({ url: expect.stringMatching(/^http/), control: expect.stringMatching(/^http/) });
});

it("makes users, keeps them over a crash, and lets time pass", async () => {
  const ann = await order("user", { name: "ann" });
  expect(ann).toMatchObject({ status: 200, told: { user_id: 1 } });
  expect(await meAs(ann.told.token)).toBe(200);
  expect(await order("restart", { crash: true })).toEqual({ status: 200, told: {} });
  expect((await order("user", { name: "ann" })).told.user_id).toBe(1);
  expect(await meAs(ann.told.token)).toBe(200);
  const before = Date.parse((await order("now")).told.now as string);
  expect(await order("advance", { ms: 16 * 60_000 })).toEqual({ status: 200, told: {} });
  expect(Date.parse((await order("now")).told.now as string) - before).toBeGreaterThanOrEqual(16 * 60_000);
  expect(await meAs(ann.told.token)).toBe(401);
});

it.each([
  ["an order that is none", "nope", {}, {}, 404, "there is no order"],
  ["what every object has", "toString", {}, {}, 404, "there is no order"],
  ["another method", "now", undefined, { method: "GET", body: null }, 405, "POST"],
  ["a body that is no JSON", "user", "[", {}, 400, "no JSON"],
  ["a body that is no object", "user", "[]", {}, 400, "no object"],
  ["a body that is too large", "user", JSON.stringify({ name: "a".repeat(70_000) }), {}, 413, "bytes"],
  ["a name that is missing", "user", {}, {}, 400, "name"],
  ["a field that it doesn't know", "now", { soon: true }, {}, 400, "soon"],
  ["time that runs backwards", "advance", { ms: -1 }, {}, 400, "ms"],
  ["a cut of somebody whom it doesn't know", "cut", { name: "nobody" }, {}, 409, "nobody"],
  ["a page in a browser", "now", {}, { headers: { origin: "https://example.com" } }, 403, "pages"],
])("refuses %s, and says why", async (_, name, body, more, status, why) => {
  expect(await order(name, body, more)).toMatchObject({ status, told: { error: expect.stringContaining(why) } });
});

it.each([
  [["--port", "many"], "--port"],
  [["--clock", "soon"], "no date"],
  [["--colour"], "--colour"],
])("does not start with %p", async (args, why) => {
  const refused = start(...args);
  let said = "";
  refused.stderr?.on("data", (part: Buffer) => (said += part.toString()));
  const [code] = (await once(refused, "close")) as [number];
  expect(code).toBe(1);
  expect(said).toContain(why);
  expect(said).not.toMatch(/^\s+at /m);
});

it("ends when it is told to, with nothing left", async () => {
  const ended = once(running, "exit");
  expect(await order("stop")).toEqual({ status: 200, told: {} });
  expect((await ended)[0]).toBe(0);
  await expect(fetch(at.url)).rejects.toThrow();
});

it("is gone when whoever started it was killed", async () => {
  running = start();
  const { url } = await toldBy(running);
  running.kill("SIGKILL");
  await eventually(() => expect(fetch(url)).rejects.toThrow());
});
