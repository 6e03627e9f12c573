import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Account, Client, login, register } from "../support/client";
import { freePort } from "../support/servers";

const plain = [process.execPath, "--import", "tsx", "services/start.ts"] as const;
const byNpm = ["npm", "start"] as const;

/** `npm start` as a newcomer runs it, but for the folder and the port. */
class Started {
  output = "";
  private constructor(
    readonly child: ChildProcess,
    readonly url: string,
  ) {
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (this.output += String(text)));
  }

  static async start(
    dir: string,
    [command, ...args]: readonly [string, ...string[]] = plain,
    more: Record<string, string> = {},
  ): Promise<Started> {
    const port = await freePort();
    const vars = {
      DATA_DIR: dir,
      PORT: String(port),
      NODE_ENV: "test",
      PASSWORD_COST: "4",
      LOG_LEVEL: "warn",
      ...more,
    };
    const { PATH, HOME } = process.env;
    const child = spawn(command, args, {
      cwd: join(__dirname, "../.."),
      env: { PATH, HOME, ...vars },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new Started(child, `http://127.0.0.1:${port}`);
  }

  async ready(): Promise<this> {
    for (;;) {
      this.mustLive();
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      if (answer?.ok) return this;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      this.mustLive();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  private mustLive(): void {
    if (this.child.exitCode !== null) throw new Error(`it ended:\n${this.output}`);
  }

  async end(signal: NodeJS.Signals): Promise<{ code: number | null; ms: number }> {
    const at = Date.now();
    this.child.kill(signal);
    await once(this.child, "exit");
    return { code: this.child.exitCode, ms: Date.now() - at };
  }
}

const dir = mkdtempSync(join(tmpdir(), "main-job-"));
let server: Started;
let [ann, bob]: Account[] = [];
let conversationId: string;

beforeAll(async () => {
  server = await (await Started.start(dir)).ready();
});
afterAll(async () => {
  if (server.child.exitCode === null && server.child.signalCode === null) await server.end("SIGTERM"); // npm hands it on, unlike SIGKILL
  rmSync(dir, { recursive: true, force: true });
});

test("two people register, connect, make a conversation, and talk", async () => {
  [ann, bob] = [await register(server.url, "Ann"), await register(server.url, "Bob")];
  const [a, b] = [await Client.connect(server.url, ann.token), await Client.connect(server.url, bob.token)];
  const made = await a.send("conversation:create", { participantIds: [bob.id], type: "group", name: "us" });
  conversationId = made.data._id;
  const sent = await a.send("message:send", { conversationId, content: "hello", clientId: "1" });
  expect(sent).toMatchObject({ ok: true, data: { seq: 1, content: "hello" } });
  expect(await b.next("message:created")).toMatchObject({ seq: 1, content: "hello", clientId: "1" });
  a.close();
  b.close();
});

test("a second process on the same folder refuses to start, and says why", async () => {
  const second = await Started.start(dir);
  const [code] = (await once(second.child, "exit")) as [number];
  expect(code).toBe(1);
  expect(second.output).toMatch(/DATA_DIR .* is in use/);
});

test("what was acknowledged is there after a kill -9 right behind the ack", async () => {
  const a = await Client.connect(server.url, ann?.token);
  const ack = await a.send("message:send", { conversationId, content: "survives", clientId: "2" });
  await server.end("SIGKILL");
  expect(ack.ok).toBe(true);
  a.close();
  server = await (await Started.start(dir, byNpm)).ready();
  const again = await login(server.url, bob as Account);
  const b = await Client.connect(server.url, again.token);
  const list = await b.send("message:list", { conversationId });
  expect(list.data.map((m: { content: string }) => m.content)).toEqual(["survives", "hello"]);
  const retry = await Client.connect(server.url, (await login(server.url, ann as Account)).token);
  const same = await retry.send("message:send", { conversationId, content: "survives", clientId: "2" });
  expect(same.data._id).toBe(ack.data._id);
  b.close();
  retry.close();
});

test("SIGTERM, told to npm, ends it within ten seconds with code 0, sockets open or not", async () => {
  const a = await Client.connect(server.url, (await login(server.url, ann as Account)).token);
  const { code, ms } = await server.end("SIGTERM");
  expect(code).toBe(0);
  expect(ms).toBeLessThan(30_000); // ten seconds, on a machine that has other things to do
  await expect(fetch(server.url)).rejects.toThrow(); // nothing is left behind
  a.close();
});

test.each([
  ["its own database is made", "Preparing the database", { LOG_LEVEL: "info" }],
  ["it waits for another one", "Waiting for PostgreSQL", { POSTGRES_URL: "postgres://chat:none@127.0.0.1:1/chat" }],
])("SIGTERM while %s is no failure to start", async (_when, said, vars) => {
  const fresh = mkdtempSync(join(tmpdir(), "main-job-"));
  const starting = await Started.start(fresh, plain, vars);
  await starting.says(said);
  const { code } = await starting.end("SIGTERM");
  expect({ code, told: /^(Error|Can't start)/m.exec(starting.output)?.[0] }).toEqual({ code: 0 });
  rmSync(fresh, { recursive: true, force: true });
});
