/**
 * Two tenants on one PostgreSQL, one MongoDB and one RabbitMQ, two nodes of each: the same people in both, who never meet, in
 * a schema, a database and queues of their own, which a restart finds again.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createConnection } from "mongoose";
import { Client as Sql } from "pg";
import { readEnv } from "../../contracts/env";
import { tenantEnvs } from "../../contracts/tenants";
import { Tenants } from "../../services/tenants";
import { Client, request } from "../support/client";
import { canCluster } from "../support/cluster";
import { eventually } from "../support/eventually";
import { startMongoOnPostgres } from "../support/ferretdb";
import { type Rabbitmq, startRabbit } from "../support/rabbitmq";
import { type Server, startPostgres } from "../support/servers";
import { defaults } from "../support/system";

const NAMES = ["acme", "globex"] as const;
type Name = (typeof NAMES)[number];
const PASSWORD = "correct horse battery";
const root = mkdtempSync(join(tmpdir(), "tenants-"));
const secrets = { JWT_ACCESS_SECRET: "a".repeat(32), JWT_REFRESH_SECRET: "r".repeat(32) };
type Vars = Record<string, string>;

/** What `npm run chat -- ...` says, and how it ends. */
async function chat(vars: Vars, ...args: string[]): Promise<{ code: number; said: string }> {
  const options = { env: { PATH: process.env.PATH, ...vars } };
  const command = ["--import", "tsx", "scripts/chat.ts", ...args];
  return promisify(execFile)(process.execPath, command, options).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      said: error.stdout + error.stderr,
    }),
  );
}

async function start(vars: Vars): Promise<Tenants> {
  const tenants = new Tenants(readEnv(vars), tenantEnvs(vars));
  await tenants.start();
  await tenants.settled();
  return tenants;
}

interface Person {
  readonly id: number;
  readonly token: string;
}

/** The same steps at any tenant. */
class Site {
  constructor(readonly url: string) {}

  async ask(method: string, path: string, token?: string, body?: unknown): Promise<any> {
    const answer = await request(this.url, method, path, {
      ...(token === undefined ? {} : { token }),
      ...(body === undefined ? {} : { body }),
    });
    if (!answer.body.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body.error)}`);
    return answer.body.data;
  }

  async enter(how: "register" | "login", username: string): Promise<Person> {
    const account = { email: `${username}@same.example`, password: PASSWORD };
    const body = how === "login" ? account : { username, ...account };
    const { user, accessToken } = await this.ask("POST", `/auth/${how}`, undefined, body);
    return { id: user.user_id, token: accessToken };
  }

  status = async (path: string, token: string): Promise<number> =>
    (await request(this.url, "GET", path, { token })).status;

  history = (conversation: string, token: string): Promise<any[]> =>
    this.ask("GET", `/conversations/${conversation}/messages?limit=50`, token);
}

(canCluster() ? describe : describe.skip)("tenants (need RabbitMQ, PostgreSQL and FerretDB)", () => {
  const servers: Server[] = [];
  let rabbit: Rabbitmq;
  let postgres: string;
  let mongo: string;

  beforeAll(async () => {
    const up = <T extends Server>(server: T | undefined): T => {
      if (!server) throw new Error("a server is there, and did not start");
      servers.push(server);
      return server;
    };
    rabbit = up(await startRabbit());
    postgres = up(await startPostgres()).url;
    mongo = up(await startMongoOnPostgres()).url;
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(root, { recursive: true, force: true });
  });

  const sql = async (text: string): Promise<any[]> => {
    const client = new Sql({ connectionString: postgres });
    await client.connect();
    return (await client.query(text).finally(() => client.end())).rows as unknown[];
  };

  describe("on servers that they share", () => {
    let nodes: Tenants[] = [];
    let vars: Vars;
    const ears: Client[] = [];
    const at = {} as Record<Name, Site>;
    const ann = {} as Record<Name, Person>;
    const bob = {} as Record<Name, Person>;
    const group = {} as Record<Name, string>;
    const before = {} as Record<Name, unknown>;

    const hear = async (name: Name, { token }: Person, namespace: "/chat" | "/notifications"): Promise<Client> => {
      const ear = await Client.connect(at[name].url, token, { namespace });
      ears.push(ear);
      return ear;
    };
    const startNodes = async (): Promise<void> => {
      const work = { ...vars, NODE_ID: "work", SERVICES: "users,chat,notifications,uploads" };
      const door = { ...vars, NODE_ID: "door", SERVICES: "api", DATA_DIR: join(root, "door") };
      nodes = await Promise.all([start(work), start(door)]);
      const port = nodes[1]?.port;
      for (const name of NAMES) at[name] = new Site(`http://127.0.0.1:${port}/t/${name}`);
      await eventually(async () => {
        for (const name of NAMES) expect((await fetch(`${at[name].url}/health/ready`)).status).toBe(200);
      });
    };
    const stopNodes = async (): Promise<void> => {
      for (const ear of ears.splice(0)) ear.close();
      await Promise.all(nodes.splice(0).map((node) => node.stop()));
    };

    beforeAll(async () => {
      vars = {
        ...defaults,
        ...secrets,
        PASSWORD_COST: "4",
        TENANTS: NAMES.join(),
        DATA_DIR: join(root, "work"),
        UPLOAD_DIR: join(root, "uploads"),
        RABBITMQ_URL: rabbit.url,
        POSTGRES_URL: postgres,
        MONGODB_URI: mongo,
      };
      for (const name of ["ACME", "GLOBEX"]) {
        vars[`${name}__ADMIN_EMAIL`] = "boss@same.example";
        vars[`${name}__ADMIN_PASSWORD`] = PASSWORD;
      }
      await startNodes();
    });
    afterAll(stopNodes);

    test("the same names and addresses register in both, with the same ids", async () => {
      for (const name of NAMES) {
        ann[name] = await at[name].enter("register", "ann");
        bob[name] = await at[name].enter("register", "bob");
      }
      expect([ann.acme.id, bob.acme.id]).toEqual([ann.globex.id, bob.globex.id]);
    });

    test("what is said in one arrives there, with its notification, and the other hears nothing", async () => {
      const hearing = async (name: Name) => ({
        chat: await hear(name, bob[name], "/chat"),
        bell: await hear(name, bob[name], "/notifications"),
      });
      const [here, there] = [await hearing("acme"), await hearing("globex")];
      for (const [name, own, other] of [
        ["acme", here, there],
        ["globex", there, here],
      ] as const) {
        const quiet = [other.chat.heard.length, other.bell.heard.length];
        const body = { participantIds: [bob[name].id], name: `${name} crew`, externalId: "order-1" };
        group[name] = (await at[name].ask("POST", "/conversations", ann[name].token, body))._id;
        const content = `only for ${name}`;
        const mouth = await hear(name, ann[name], "/chat");
        await mouth.ok("message:send", { conversationId: group[name], content });
        await own.chat.next("message:created", (message) => message.content === content);
        await own.bell.next("notification:created", (notification) => notification.content === content);
        await other.chat.settled();
        await other.bell.ok("notification:list");
        const heard = JSON.stringify([other.chat.heard.slice(quiet[0]), other.bell.heard.slice(quiet[1])]);
        expect(heard).not.toContain(name);
      }
    });

    test("neither sees the other's by an id of it", async () => {
      for (const [name, other] of [NAMES, [...NAMES].reverse() as [Name, Name]]) {
        const path = `/conversations/${group[other]}`;
        expect(await at[other].status(path, ann[other].token)).toBe(200);
        expect(await at[name].status(path, ann[name].token)).toBe(404);
        const list = JSON.stringify(await at[name].ask("GET", "/conversations", ann[name].token));
        expect([list.includes(`${name} crew`), list.includes(other)]).toEqual([true, false]);
      }
    });

    test("a token of one is refused by the other, at REST and at both sockets", async () => {
      for (const [name, other] of [NAMES, [...NAMES].reverse() as [Name, Name]]) {
        expect(await at[other].status("/users/me", ann[name].token)).toBe(401);
        for (const namespace of ["/chat", "/notifications"] as const)
          await expect(Client.connect(at[other].url, ann[name].token, { namespace })).rejects.toMatchObject({
            data: { code: "AUTH_INVALID" },
          });
      }
    });

    test("each has its schema, its database and its queues, and nothing is beside them", async () => {
      const tables = await sql("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename = 'users'");
      expect(tables.map(({ schemaname }) => schemaname).sort()).toEqual(["tenant_acme", "tenant_globex"]);
      expect(await sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
      for (const name of NAMES)
        expect(await sql(`SELECT username FROM tenant_${name}.users WHERE username IN ('ann', 'bob')`)).toHaveLength(2);
      const connection = await createConnection(mongo).asPromise();
      const { databases } = await connection.listDatabases();
      const counts = NAMES.map((name) =>
        connection
          .useDb(`chat-${name}`)
          .collection("messages")
          .countDocuments({ content: /^only for / }),
      );
      expect(await Promise.all(counts)).toEqual([1, 1]);
      await connection.close();
      const known = databases.map(({ name }) => name).filter((name) => name.startsWith("chat"));
      expect(known.sort()).toEqual(["chat-acme", "chat-globex"]);
      const queues = (await rabbit.ctl("list_queues", "name")).split("\n").filter((line) => /chat/.test(line));
      for (const name of NAMES) expect(queues.some((queue) => queue.includes(`chat-${name}`))).toBe(true);
      expect(queues.filter((queue) => !/chat-(acme|globex)/.test(queue))).toEqual([]);
    });

    test("an operator's command asks the one it names", async () => {
      const own = { ...vars, PORT: new URL(at.acme.url).port };
      const { code, said } = await chat(own, "--tenant", "acme", "users");
      expect([code, said]).toEqual([0, expect.stringContaining("ann@same.example")]);
      expect(await chat(own, "--tenant", "acme", "check")).toEqual({
        code: 0,
        said: expect.stringMatching(/in MongoDB.*in PostgreSQL/s),
      });
      const backup = await chat(own, "backup", join(root, "acme.tar"), "--tenant", "acme");
      expect(backup).toEqual({ code: 1, said: expect.stringContaining("Use mongodump and pg_dump") });
    });

    test("a restart finds all of it", async () => {
      const sights = async (name: Name): Promise<unknown> => [
        await at[name].ask("GET", "/conversations", ann[name].token),
        await at[name].history(group[name], ann[name].token),
        await at[name].ask("GET", "/notifications", bob[name].token),
      ];
      for (const name of NAMES) before[name] = await sights(name);
      await stopNodes();
      await startNodes();
      for (const name of NAMES) {
        expect(await sights(name)).toEqual(before[name]);
        expect((await at[name].enter("login", "ann")).id).toBe(ann[name].id);
        const body = { content: "and on" };
        const { seq } = await at[name].ask("POST", `/conversations/${group[name]}/messages`, ann[name].token, body);
        expect(seq).toBe(((before[name] as any[][])[1] ?? [])[0].seq + 1);
      }
    });
  });

  test("one of two with documents of its own is backed up while it runs, lost, and restored; the other stays", async () => {
    const vars: Vars = {
      ...defaults,
      ...secrets,
      PASSWORD_COST: "4",
      TENANTS: "initech,umbrella",
      DATA_DIR: join(root, "mixed"),
      POSTGRES_URL: postgres,
    };
    const file = join(root, "initech.tar");
    const at = (name: string, tenants: Tenants): Site => new Site(`http://127.0.0.1:${tenants.port}/t/${name}`);
    let tenants = await start(vars);
    const kept: Record<string, { token: string; group: string; history: unknown }> = {};
    try {
      for (const name of ["initech", "umbrella"]) {
        const site = at(name, tenants);
        const { token } = await site.enter("register", "ann");
        const made = await site.ask("POST", "/conversations", token, { participantIds: [], name, type: "group" });
        await site.ask("POST", `/conversations/${made._id}/messages`, token, { content: `kept for ${name}` });
        kept[name] = { token, group: made._id, history: await site.history(made._id, token) };
      }
      const running = { ...vars, PORT: String(tenants.port) };
      const backup = await chat(running, "--tenant", "initech", "backup", file);
      expect(backup).toEqual({ code: 0, said: expect.stringContaining("Not in it: accounts (pg_dump)") });
      await tenants.stop();
      renameSync(join(root, "mixed", "tenants", "initech"), join(root, "lost"));
      const restored = await chat(vars, "--tenant", "initech", "restore", file);
      expect(restored).toEqual({ code: 0, said: expect.stringContaining("/tenants/initech") });
      expect(await chat(vars, "--tenant", "initech", "check")).toMatchObject({ code: 0 });
      const filled = await chat(vars, "--tenant", "umbrella", "restore", file);
      expect(filled).toEqual({ code: 1, said: expect.stringContaining("is not empty") });
      tenants = await start(vars);
      for (const [name, { token, group, history }] of Object.entries(kept))
        expect(await at(name, tenants).history(group, token)).toEqual(history);
    } finally {
      await tenants.stop();
    }
  });
});
