/** `chat -- move`: out of the embedded stores into a real PostgreSQL and a server of MongoDB's protocol, and killed half-way. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Connection, createConnection, type mongo } from "mongoose";
import { Client } from "pg";
import { readEnv } from "../../contracts/env";
import { call } from "../../platform/bus";
import { move } from "../../scripts/move/command";
import { eventually } from "../support/eventually";
import { hasFerretdb, startMongo } from "../support/ferretdb";
import { type Server, startPostgres } from "../support/servers";
import { startSystem, type System } from "../support/system";

const PASSWORD = "Quiet-harbor-78";
interface Progress {
  _id: string;
  reached?: number;
  done?: boolean;
}
const MANY = 600;

(hasFerretdb() ? describe : describe.skip)("a move (needs PostgreSQL and FerretDB)", () => {
  const root = mkdtempSync(join(tmpdir(), "chat-move-"));
  const dir = join(root, "data");
  const servers: Server[] = [];
  let postgres = "";
  let mongodb = "";
  let connection: Connection;
  let system: System | undefined;
  let token: string;
  let conversation: string;
  let fileUrl: string;
  let before: unknown;

  const inMongo = (name: string): string => `${mongodb.replace(/\/[^/]*$/, "")}/${name}`;
  const documents = (database: string): mongo.Db => connection.useDb(database).db as mongo.Db;
  const progress = (database: string): mongo.Collection<Progress> =>
    documents(database).collection<Progress>("chat_move");
  const sql = async (database: string, text: string): Promise<any[]> => {
    const client = new Client({ connectionString: postgres.replace(/\/[^/]*$/, `/${database}`) });
    await client.connect();
    const { rows } = await client.query(text).finally(() => client.end());
    return rows as unknown[];
  };
  const inPostgres = async (name: string): Promise<string> => {
    await sql("postgres", `CREATE DATABASE ${name}`);
    return postgres.replace(/\/[^/]*$/, `/${name}`);
  };
  const ask = async (method: string, path: string, body?: object): Promise<any> => {
    const form = body instanceof FormData;
    const headers = { ...(form ? {} : { "content-type": "application/json" }), authorization: `Bearer ${token}` };
    const sent = form ? body : body && JSON.stringify(body);
    const res = await fetch(`${system?.url}${path}`, { method, headers, ...(sent ? { body: sent } : {}) });
    return res.json();
  };
  const start = async (env: Record<string, string> = {}, DATA_DIR = dir): Promise<void> => {
    system = await startSystem({ env: { DATA_DIR, PASSWORD_COST: "4", ...env } });
  };
  const stop = async (): Promise<void> => {
    await system?.stop();
    system = undefined;
  };
  const register = async (name: string): Promise<any> =>
    (await ask("POST", "/auth/register", { username: name, email: `${name}@move.example`, password: PASSWORD })).data;
  const whole = async (): Promise<unknown> => [
    (await ask("GET", "/conversations?limit=50")).data,
    (await ask("GET", `/conversations/${conversation}/messages?limit=100`)).data,
    (await ask("GET", "/users/profile")).data,
    (await ask("GET", "/notifications?limit=20")).data,
  ];
  const quietly = (to: string, DATA_DIR = dir): Promise<string> =>
    move(readEnv({ NODE_ENV: "test", DATA_DIR }), to, () => undefined);

  beforeAll(async () => {
    const [one, other] = [await startPostgres(), await startMongo()];
    if (!one || !other) throw new Error("PostgreSQL and FerretDB are there, and did not start");
    servers.push(one, other);
    [postgres, mongodb] = [one.url, other.url];
    connection = await createConnection(mongodb).asPromise();
    await start();
    const ben = await register("ben");
    const ann = await register("ann");
    token = ann.accessToken;
    const group = { participantIds: [ben.user.user_id], name: "moved", type: "group" };
    conversation = (await ask("POST", "/conversations", group)).data._id;
    const form = new FormData();
    form.set("file", new Blob(["kept as it was\n"], { type: "text/plain" }), "note.txt");
    fileUrl = (await ask("POST", "/upload/single", form)).data.url;
    const meta = { caller: { userId: ben.user.user_id as number, sessionId: "test", roles: ["user" as const] } };
    for (let i = 0; i < MANY; i += 100)
      await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          call(
            system?.broker as never,
            "chat.send",
            { conversationId: conversation, content: `no ${i + n} ✓` },
            { meta },
          ),
        ),
      );
    const last = (await ask("GET", `/conversations/${conversation}/messages?limit=1`)).data[0]._id as string;
    await ask("POST", `/messages/${last}/reactions`, { emoji: "👍" });
    await ask("POST", `/users/${ben.user.user_id}/block`);
    await ask("DELETE", `/users/${ben.user.user_id}/block`);
    await eventually(async () =>
      expect((await ask("GET", "/notifications?limit=1")).data).toMatchObject([{ content: `no ${MANY - 1} ✓` }]),
    );
    before = await whole();
    await stop();
    cpSync(dir, join(root, "kept"), { recursive: true });
  });
  afterEach(stop);
  afterAll(async () => {
    await connection?.close();
    for (const server of servers.reverse()) await server.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it("is refused while a server runs", async () => {
    await start({}, join(root, "kept"));
    await expect(quietly(inMongo("busy"), join(root, "kept"))).rejects.toThrow("A server has DATA_DIR open");
    await stop();
    rmSync(join(root, "kept"), { recursive: true });
    cpSync(dir, join(root, "kept"), { recursive: true });
  });

  it.each([
    ["nowhere", /Usage/],
    ["mysql://localhost/chat", /Usage/],
    ["mongodb://a/b,mongodb://c/d", /Usage/],
    ["mongodb://chat:secret@127.0.0.1:9/chat", /^MongoDB at mongodb:\/\/127\.0\.0\.1:9 can't be reached/],
  ])("to %s is refused", async (to, why) => {
    await expect(quietly(to)).rejects.toThrow(why);
  });

  it("goes into empty stores alone, and leaves what is there", async () => {
    await documents("full").collection("theirs").insertOne({ kept: true });
    await expect(quietly(inMongo("full"))).rejects.toThrow("is not empty: it has documents in theirs");
    expect(await documents("full").collection("messages").countDocuments({})).toBe(0);
    const url = await inPostgres("filled");
    await quietly(url, join(root, "kept"));
    await sql("filled", "DROP TABLE chat_move");
    await expect(quietly(url)).rejects.toThrow(/The PostgreSQL to move to is not empty: it has rows in/);
    expect(await sql("filled", "SELECT count(*)::int AS n FROM users")).toEqual([{ n: 2 }]);
  });

  it("that is killed half-way goes on where it was, and brings all of it", async () => {
    const to = `${inMongo("moved")},${await inPostgres("moved")}`;
    const child = spawn(process.execPath, ["--import", "tsx", "scripts/chat.ts", "move", "--to", to], {
      env: { PATH: process.env.PATH, NODE_ENV: "test", DATA_DIR: dir },
      stdio: "ignore",
    });
    const gone = once(child, "exit");
    let at: Progress | null = null;
    while (child.exitCode === null && !(at?.reached ?? 0)) {
      at = await progress("moved").findOne({ _id: "messages" });
      if (!at) await sleep(5);
    }
    child.kill("SIGKILL");
    expect(await gone).toEqual([null, "SIGKILL"]);
    expect(await progress("moved").findOne({ _id: "move" })).toMatchObject({ done: false });
    expect(await sql("moved", "SELECT tablename FROM pg_tables WHERE tablename = 'users'")).toEqual([]);
    const said: string[] = [];
    const told = await move(readEnv({ NODE_ENV: "test", DATA_DIR: dir }), to, (line) => said.push(line));
    expect(said).toContain("Documents: going on with the move that was begun.");
    expect(said.filter((line) => line.includes("the same in both")).join("\n")).toMatch(/messages: 60\d documents/);
    expect(told).toContain("Set MONGODB_URI and POSTGRES_URL and start.");
    expect(await quietly(to)).toContain("Documents: moved already.\nAccounts: moved already.");
  });

  it("brings what a service needs to go on: sessions, passwords, history, order, files, numbers of accounts", async () => {
    await start({ MONGODB_URI: inMongo("moved"), POSTGRES_URL: postgres.replace(/\/[^/]*$/, "/moved") });
    expect(await whole()).toEqual(before);
    expect((await ask("POST", "/auth/login", { email: "ann@move.example", password: PASSWORD })).ok).toBe(true);
    const file = await fetch(`${system?.url}${fileUrl}`, { headers: { authorization: `Bearer ${token}` } });
    expect(await file.text()).toBe("kept as it was\n");
    const [newest] = (await ask("GET", `/conversations/${conversation}/messages?limit=1`)).data;
    const next = await ask("POST", `/conversations/${conversation}/messages`, { content: "life goes on" });
    expect(next.data.seq).toBe(newest.seq + 1);
    expect((await register("carl")).user.user_id).toBe(3);
    expect((await ask("GET", "/messages/search?query=life")).data.messages ?? []).toHaveLength(1);
    await stop();
  });

  it("tells where what has arrived is not what was sent", async () => {
    const to = inMongo("changed");
    await quietly(to, join(root, "kept"));
    await progress("changed").updateOne({ _id: "move" }, { $set: { done: false } });
    await documents("changed")
      .collection("messages")
      .updateOne({ seq: 7 }, { $set: { content: "no" } });
    await expect(quietly(to, join(root, "kept"))).rejects.toThrow(
      /^messages: moved were \d+ documents, \w+, found are/,
    );
  });

  it("begins anew where the server ran in between, and is refused where it had ended", async () => {
    const to = inMongo("again");
    await quietly(to, join(root, "kept"));
    await start({}, join(root, "kept"));
    expect((await ask("POST", `/conversations/${conversation}/messages`, { content: "one more" })).ok).toBe(true);
    await stop();
    await expect(quietly(to, join(root, "kept"))).rejects.toThrow("moved before this system went on here");
    await progress("again").updateOne({ _id: "move" }, { $set: { done: false } });
    expect(await quietly(to, join(root, "kept"))).toContain("each the same in both");
    expect(await documents("again").collection("messages").countDocuments({ content: "one more" })).toBe(1);
  });
});
