/** The example of a product with users of its own, as it stands in the repository, against the whole system. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Chat, createChat } from "../../client/src";
import { eventually } from "../support/eventually";
import { readyDataDir } from "../support/pglite-template";
import { startSystem, type System } from "../support/system";

const root = join(__dirname, "../..");
const SECRET = "a secret of the shop and of its chat";
const KEY = "the-key-of-the-shop-0123456789abcdef";
let system: System;
let shop: ChildProcess;
let url: string;
const open: Chat[] = [];

beforeAll(async () => {
  const TRUSTED_ISSUERS = JSON.stringify([{ issuer: "shop", audience: "chat", secret: SECRET, prefix: "" }]);
  const env = { DATA_DIR: await readyDataDir(), TRUSTED_ISSUERS, SERVER_KEYS: KEY };
  system = await startSystem({ env });
  const given = { CHAT_URL: system.url, CHAT_KEY: KEY, CHAT_SECRET: SECRET, PORT: "0" };
  shop = spawn(process.execPath, ["--import", "tsx", "examples/your-own-users.mts"], {
    cwd: root,
    env: { ...process.env, ...given, TSX_TSCONFIG_PATH: join(root, "examples/tsconfig.json") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (!shop.stdout) throw new Error("it says nothing");
  let said = "";
  const lines = createInterface(shop.stdout).on("line", (line) => (said += line));
  while (!/port: \d+/.test(said)) await once(lines, "line");
  url = `http://127.0.0.1:${/port: (\d+)/.exec(said)?.[1]}`;
});
afterAll(async () => {
  await Promise.all(open.map((chat) => chat.close()));
  shop?.kill("SIGKILL");
  await system?.stop();
});

const ask = (method: string, path: string, cookie = "", body?: object) =>
  fetch(url + path, {
    method,
    headers: { cookie, ...(body ? { "content-type": "application/json" } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
const signIn = async (name: string, password: string): Promise<string> =>
  (await ask("POST", "/login", "", { name, password })).headers.get("set-cookie")?.split(";")[0] ?? "";

async function chatOf(cookie: string): Promise<Chat> {
  const token = async () => (await ask("GET", "/chat-token", cookie)).text();
  const chat = createChat({ url: system.url, token });
  open.push(chat);
  await chat.connect();
  return chat;
}

test("is 34 lines", () => {
  const lines = readFileSync(join(root, "examples/your-own-users.mts"), "utf8").trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(34);
});

test("who signs in at the shop chats about each order in one conversation, and nobody else does", async () => {
  const [ann, bob] = [await signIn("ann", "a secret"), await signIn("bob", "another")];
  const order = async (cookie: string, id: string) =>
    (await (await ask("POST", `/orders/${id}/chat`, cookie)).json()) as any;
  const [first, again, other] = [await order(ann, "17"), await order(ann, "17"), await order(bob, "17")];
  expect(first).toMatchObject({ name: "Order 17", custom: { order: "17" }, external_id: "order-ann-17" });
  expect(again._id).toBe(first._id);
  expect(other._id).not.toBe(first._id);
  const [a, b] = [await chatOf(ann), await chatOf(bob)];
  expect(a.me).toMatchObject({ username: "ann", external_id: "ann" });
  await eventually(() => expect(a.conversation(first._id)).toBeDefined());
  const sent = a.conversation(first._id)?.send("where is it?");
  await eventually(() => expect(sent?.state).toBe("sent"));
  expect(b.conversation(first._id)).toBeUndefined();
});

test.each([
  ["a wrong password", "ann", "another"],
  ["somebody unknown", "eve", "undefined"],
])("%s is nobody's session, and has no token", async (_name, name, password) => {
  const cookie = await signIn(name, password);
  expect(cookie).toBe("");
  expect((await ask("GET", "/chat-token", cookie)).status).toBe(401);
  expect((await ask("POST", "/orders/17/chat", cookie)).status).toBe(401);
});
