/** The test kit, used as a test of an application uses it. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Message } from "../../client/src";
import { startChat, type TestChat } from "../../testing";
import { eventually } from "../support/eventually";

let chat: TestChat;
beforeAll(async () => {
  chat = await startChat({ clock: new Date(Date.now() + 86_400_000) });
});
afterAll(() => chat.stop());

const contents = (messages: readonly Message[]): string[] => messages.map(({ content }) => content);

it("gives users by name: the same client for the same name, and a token for other clients", async () => {
  const [ann, again] = await Promise.all([chat.user("ann"), chat.user("ann")]);
  expect(again).toBe(ann);
  expect(ann.me?.username).toBe("ann");
  expect(ann.state).toBe("online");
  const answer = await fetch(`${chat.url}/users/me`, {
    headers: { authorization: `Bearer ${await chat.token("ann")}` },
  });
  expect(((await answer.json()) as any).data.username).toBe("ann");
});

it("refuses a name that the backend refuses, and takes it no worse", async () => {
  await expect(chat.user("")).rejects.toMatchObject({ code: "BAD_REQUEST" });
  await expect(chat.cut("nobody")).rejects.toThrow('no user "nobody"');
  await expect(chat.slow("store", -1)).rejects.toThrow("-1 ms");
  expect((await chat.user("ann")).state).toBe("online");
});

it("a cut is noticed, and what was said meanwhile comes once and in order", async () => {
  const [ann, bob] = [await chat.user("ann"), await chat.user("bob")];
  const room = await ann.group({ name: "cut", members: [bob.me?.user_id ?? 0] });
  const heard: Message[] = [];
  bob.on("message:created", (message) => message.conversation_id === room.id && heard.push(message));
  await room.send("before").sent;
  const states: string[] = [];
  const stop = bob.connection.subscribe(({ state }) => states.push(state));
  await chat.cut("bob");
  await room.send("while").sent;
  await eventually(() => expect(contents(heard)).toEqual(["before", "while"]));
  await eventually(() => expect(states.at(-1)).toBe("online"));
  expect(states.some((state) => state !== "online")).toBe(true);
  expect(ann.state).toBe("online");
  stop();
});

it.each([{ crash: false }, { crash: true }])("a restart (%p) keeps place, data and sessions", async (how) => {
  const [ann, bob] = [await chat.user("ann"), await chat.user("bob")];
  const room = await ann.group({ name: "restart", members: [bob.me?.user_id ?? 0] });
  await room.send("before").sent;
  const { url } = chat;
  const restarted = chat.restart(how);
  const waiting = room.send("while it is away");
  await restarted;
  expect(chat.url).toBe(url);
  await waiting.sent;
  await eventually(async () => {
    const messages = await bob.ask("message:list", { conversationId: room.id, limit: 10 });
    expect(contents(messages.sort((a, b) => a.seq - b.seq))).toEqual(["before", "while it is away"]);
  });
});

describe("time that passes at once", () => {
  const MINUTE = 60_000;
  const asAnn = async (token: string) =>
    (await fetch(`${chat.url}/users/me`, { headers: { authorization: `Bearer ${token}` } })).status;

  it("ends tokens, and clients renew theirs", async () => {
    const ann = await chat.user("ann");
    const token = await chat.token("ann");
    await chat.advance(12 * MINUTE); // it may have been made a while ago
    expect(await asAnn(token)).toBe(200);
    await chat.advance(4 * MINUTE);
    expect(await asAnn(token)).toBe(401);
    const room = await ann.group({ name: "later", members: [(await chat.user("bob")).me?.user_id ?? 0] });
    const sent = await room.send("still here").sent;
    expect(Math.abs(Date.parse(sent.created_at) - chat.now().getTime())).toBeLessThan(MINUTE);
    expect(chat.now().getTime() - Date.now()).toBeGreaterThanOrEqual(16 * MINUTE);
    await eventually(() =>
      chat
        .token("ann")
        .then(asAnn)
        .then((status) => expect(status).toBe(200)),
    );
  });

  it("sends what was scheduled, and rings for reminders", async () => {
    const [ann, bob] = [await chat.user("ann"), await chat.user("bob")];
    const room = await ann.group({ name: "in time", members: [bob.me?.user_id ?? 0] });
    const inAnHour = new Date(chat.now().getTime() + 60 * MINUTE);
    await ann.later.send(room.id, "an hour later", inAnHour);
    await ann.later.remind({ text: "tea" }, inAnHour);
    await chat.advance(59 * MINUTE);
    expect(await ann.later.messages(room.id)).toHaveLength(1);
    await chat.advance(2 * MINUTE);
    await eventually(async () => {
      expect(await ann.later.messages()).toEqual([]);
      expect(bob.conversation(room.id)?.info.value.lastMessage?.content).toBe("an hour later");
      expect(await ann.later.reminders()).toEqual([]);
    });
  });

  it("ends typing, and mutes", async () => {
    const [ann, bob] = [await chat.user("ann"), await chat.user("bob")];
    const mine = await ann.group({ name: "quiet", members: [bob.me?.user_id ?? 0] });
    await eventually(() => expect(bob.conversation(mine.id)).toBeDefined());
    const theirs = bob.conversation(mine.id);
    const heard: boolean[] = [];
    bob.on("typing", ({ conversationId, isTyping }) => conversationId === mine.id && heard.push(isTyping));
    mine.writing();
    await eventually(() => expect(heard).toEqual([true]));
    await chat.advance(7_000);
    // The end may be told twice: by who stopped, and where the sign fades by itself.
    await eventually(() => expect([...new Set(heard)]).toEqual([true, false]));
    const muted = async () => (await bob.ask("conversation:get", { conversationId: mine.id })).muted;
    await theirs?.mute(true, new Date(chat.now().getTime() + 5 * MINUTE));
    expect(await muted()).toBe(true);
    await chat.advance(6 * MINUTE);
    await eventually(async () => expect(await muted()).toBe(false));
  });

  it.each([-1, NaN, Infinity])("does not pass by %p", (ms) => expect(chat.advance(ms)).rejects.toThrow("can't pass"));
});

it("a slow store makes what is sent wait, until it is quick again", async () => {
  const ann = await chat.user("ann");
  const room = await ann.group({ name: "slow", members: [(await chat.user("bob")).me?.user_id ?? 0] });
  await chat.slow("store", 300);
  const start = performance.now();
  await room.send("slowly").sent;
  expect(performance.now() - start).toBeGreaterThanOrEqual(299);
  await chat.slow("store", 0);
  await room.send("quickly").sent;
});

it("a test of an application takes 15 lines, under node:test, and ends by itself", async () => {
  const root = join(__dirname, "../..");
  const file = "examples/integration-test.test.mts";
  expect(readFileSync(join(root, file), "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(15);
  const args = ["--import", "tsx", "--test", "--test-reporter=tap", file];
  const env = { ...process.env, TSX_TSCONFIG_PATH: join(root, "examples/tsconfig.json") };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env });
  expect(stdout).toMatch(/^# pass 1$/m);
});

it("a backend that can't start says why", async () => {
  await expect(startChat({ env: { JWT_ACCESS_TTL: "soon" } })).rejects.toThrow("JWT_ACCESS_TTL: expected a duration");
  await expect(startChat({ env: { PORT: new URL(chat.url).port } })).rejects.toThrow("EADDRINUSE");
});

it("leaves nothing behind when it is stopped, which may be asked for twice", async () => {
  expect(existsSync(chat.dir)).toBe(true);
  await Promise.all([chat.stop(), chat.stop()]);
  expect(existsSync(chat.dir)).toBe(false);
  await expect(fetch(chat.url)).rejects.toThrow();
  await expect(chat.restart()).rejects.toThrow("stopped");
});
