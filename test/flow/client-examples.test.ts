/** The examples as they stand in the repository, against the whole system. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createElement } from "react";
import { type Chat, createChat, createSession, type Message } from "../../client/src";
import { type Account, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { PeerConnection } from "../support/peer-connection";
import { startSystem, type System } from "../support/system";

let system: System;
const open: Chat[] = [];
const children: ChildProcess[] = [];
const root = join(__dirname, "../..");

async function chatOf(account: Account): Promise<Chat> {
  const chat = createChat({ url: system.url, token: account.token });
  open.push(chat);
  await chat.connect();
  return chat;
}

beforeAll(async () => {
  system = await startSystem();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await Promise.all(open.splice(0).map((chat) => chat.close()));
});
afterAll(() => system.stop());

const linesOf = (file: string): number =>
  readFileSync(join(root, "examples", file), "utf8")
    .trimEnd()
    .split("\n").length;

it("a bot in six lines answers a command and a mention, once", async () => {
  expect(linesOf("echo-bot.mts")).toBe(6);
  const ann = await register(system.url);
  const as = { token: ann.token };
  const bot = (await request(system.url, "POST", "/users/me/bots", { ...as, body: { username: "Echo" } })).body.data;
  const scopes = ["users:read", "chat:read", "chat:write"];
  const made = await request(system.url, "POST", "/auth/tokens", {
    ...as,
    body: { name: "echo", scopes, bot: bot.user_id },
  });
  const env = {
    ...process.env,
    CHAT_URL: system.url,
    BOT_TOKEN: made.body.data.token,
    TSX_TSCONFIG_PATH: join(root, "examples/tsconfig.json"),
  };
  children.push(
    spawn(process.execPath, ["--import", "tsx", "examples/echo-bot.mts"], { cwd: root, env, stdio: "inherit" }),
  );
  const chat = await chatOf(ann);
  const heard: Message[] = [];
  chat.on("message:created", (message) => heard.push(message));
  const room = await chat.group({ name: "bots", members: [bot.user_id] });
  // Said while it may still be starting: it is told what it missed.
  room.send("/echo hello there");
  room.send({ text: "hey @Echo", mentions: [bot.user_id] });
  const answers = () => heard.filter((m) => m.sender_id === bot.user_id).map((m) => m.content);
  await eventually(() => expect(answers()).toEqual(["hello there", "You called?"]));
});

it("the guide's first lines run as they are written, but for where the server is", async () => {
  const guide = readFileSync(join(root, "docs/sdk.md"), "utf8");
  const lines = /```ts\n([\s\S]*?)```/.exec(guide)?.[1] ?? "";
  expect(
    lines
      .trim()
      .split("\n")
      .filter((line) => line !== "").length,
  ).toBeLessThanOrEqual(10);
  const other = await register(system.url);
  const ann = { username: "ann", email: "ann@example.com", password: "correct horse 1" };
  await createSession({ url: system.url }).signUp(ann);
  const dir = mkdtempSync(join(tmpdir(), "chat-guide-"));
  const file = join(dir, "quick-start.mts");
  writeFileSync(file, lines.replaceAll("http://localhost:3000", system.url).replace("with(2)", `with(${other.id})`));
  const env = { ...process.env, TSX_TSCONFIG_PATH: join(root, "examples/tsconfig.json") };
  const args = ["--import", "tsx", "--import", "fake-indexeddb/auto", file];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  let said = "";
  child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()));
  await eventually(() => expect(said).toContain("[ 'Hello' ]"));
  rmSync(dir, { recursive: true });
  const chat = await chatOf(other);
  await eventually(() => expect(chat.requests.value.map((r) => r.lastMessage?.content)).toEqual(["Hello"]));
});

it("a page in React shows the list, the messages, and sends", async () => {
  expect(linesOf("react-chat.tsx")).toBeLessThanOrEqual(40);
  const [ann, bob] = [await register(system.url), await register(system.url)];
  const [a, b] = [await chatOf(ann), await chatOf(bob)];
  const { JSDOM } = jest.requireActual("jsdom"); // its types would bring the DOM to every file
  const { window } = new JSDOM("", { url: system.url });
  Object.assign(globalThis, { window, document: window.document });
  Object.defineProperty(globalThis, "navigator", { value: window.navigator, configurable: true, writable: true });
  const { createRoot } = jest.requireActual("react-dom/client");
  const { App } = jest.requireActual("../../examples/react-chat");
  const mounted = createRoot(window.document.body);
  mounted.render(createElement(App, { chat: a }));
  const room = await b.group({ name: "walks", members: [ann.id] });
  room.send("are you there?");
  const all = (selector: string) => [...window.document.querySelectorAll(selector)] as any[];
  await eventually(() => expect(all("nav").map((e) => e.textContent)).toEqual(["walks 1"]));
  all("nav")[0]?.click();
  await eventually(() => expect(all("p").map((e) => e.textContent)).toEqual(["are you there?"]));
  a.conversation(room.id)?.send("yes");
  await eventually(() =>
    expect(all("p").map((e) => [e.textContent, e.dataset.state])).toEqual([
      ["are you there?", "sent"],
      ["yes", "sent"],
    ]),
  );
  mounted.unmount();
});

describe("a call in sixty lines", () => {
  interface Line {
    peer: number;
    connection: PeerConnection;
    hangUp(): void;
  }
  async function phones() {
    Object.assign(globalThis, { RTCPeerConnection: PeerConnection });
    const people = [await register(system.url), await register(system.url)] as const;
    const [ann, bob] = people;
    const [a, b] = [await chatOf(ann), await chatOf(bob)];
    const room = await a.group({ name: "calls", members: [bob.id] });
    await eventually(() => expect(b.conversation(room.id)).toBeDefined());
    const rung: Line[] = [];
    const ended: Line[] = [];
    const { phone } = jest.requireActual("../../examples/webrtc-call");
    const open = (chat: Chat, me: Account) =>
      phone(
        chat,
        me.id,
        (call: Line) => rung.push(call),
        (call: Line) => ended.push(call),
      ) as (room: string, peer: number) => Line;
    return { room, ann, bob, callA: open(a, ann), callB: open(b, bob), rung, ended };
  }

  it("finds its way through the chat, and ends at both sides", async () => {
    expect(linesOf("webrtc-call.ts")).toBeLessThanOrEqual(60);
    const { room, ann, bob, callA, rung, ended } = await phones();
    const call = callA(room.id, bob.id);
    call.connection.addTrack();
    await eventually(() => expect(call.connection.connectionState).toBe("connected"));
    await eventually(() =>
      expect(rung.map(({ peer, connection }) => [peer, connection.connectionState])).toEqual([[ann.id, "connected"]]),
    );
    expect(call.connection.remoteDescription).toEqual(rung[0]?.connection.localDescription);
    rung[0]?.hangUp();
    await eventually(() => expect(ended).toHaveLength(2));
    expect(call.connection.closed).toBe(true);
  });

  it("is one call where both call at once", async () => {
    const { room, ann, bob, callA, callB, rung } = await phones();
    const [one, other] = [callA(room.id, bob.id), callB(room.id, ann.id)];
    one.connection.addTrack();
    other.connection.addTrack();
    await eventually(() => expect(one.connection.connectionState).toBe("connected"));
    await eventually(() => expect(other.connection.connectionState).toBe("connected"));
    expect(rung).toEqual([]);
    expect(one.connection.remoteDescription).toEqual(other.connection.localDescription);
  });
});
