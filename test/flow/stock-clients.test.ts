/** Clients of HTTP and Socket.IO as they are, without a word about our server: each logs in, sends and lists. */
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../platform/root";
import { type Account, register, request } from "../support/client";
import { startSystem, type System } from "../support/system";

const run = promisify(execFile);
const stock = join(__dirname, "../support/stock");
let system: System;
let ann: Account;
let conversationId: string;

beforeAll(async () => {
  system = await startSystem();
  ann = await register(system.url);
  const bob = await register(system.url);
  const body = { participantIds: [bob.id], type: "group", name: "stock" };
  const made = await request(system.url, "POST", "/conversations", { token: ann.token, body });
  conversationId = made.body.data._id;
});
afterAll(() => system.stop());

async function byCurl(offers: readonly string[], content: string): Promise<string> {
  const ask = async (path: string, body?: object, token?: string): Promise<string> => {
    const json = body ? ["-H", "Content-Type: application/json", "-d", JSON.stringify(body)] : [];
    const bearer = token === undefined ? [] : ["-H", `Authorization: Bearer ${token}`];
    const { stdout } = await run("curl", ["-sSf", "-m", "200", ...offers, ...json, ...bearer, system.url + path]);
    return stdout;
  };
  const { email, password } = ann;
  const token = JSON.parse(await ask("/auth/login", { email, password })).data.accessToken as string;
  const messages = `/conversations/${conversationId}/messages`;
  await ask(messages, { content }, token);
  return ask(messages, undefined, token);
}

const byProgram =
  (program: string, ...args: string[]) =>
  async (content: string): Promise<string> => {
    const { stdout } = await run(program, [...args, system.url, ann.email, ann.password, conversationId, content]);
    return stdout;
  };

/** Made anew of the spec, then run. */
async function byGenerated(content: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "generated-"));
  try {
    const spec = ["--path", join(projectRoot, "openapi.yml"), "--output-path", join(folder, "generated")];
    const { stdout, stderr } = await run("openapi-python-client", ["generate", "--meta", "none", ...spec]);
    // What it can't make it leaves out, with a warning alone.
    expect(stdout + stderr).not.toMatch(/WARNING|Unable to/);
    return await byProgram("python3", join(stock, "generated.py"), folder)(content);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const works = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;
const speaksHttp2 = /HTTP2/.test(spawnSync("curl", ["--version"]).stdout?.toString() ?? "");

/** Where `.ci/run` puts one socket.io-client of every minor version that npm has. */
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
const socketClients = join(cache, "moleculer-chat/socket.io-clients/node_modules");
const minors = existsSync(socketClients)
  ? readdirSync(socketClients).filter((name) => name.startsWith("socket.io-client-"))
  : [];
/** Where `.ci/run` puts the walk that it builds of the Socket.IO client for Go. */
const goSocketClient = join(cache, "moleculer-chat/go-socketio");

type Walk = (content: string) => Promise<string>;
/** Client, whether it is on this machine, and its walk, which ends with the list as it was answered. */
const clients: readonly (readonly [string, boolean, Walk])[] = [
  ["curl", works("curl", "--version"), (content) => byCurl([], content)],
  ["curl --http2", speaksHttp2, (content) => byCurl(["--http2"], content)],
  ["urllib", works("python3", "--version"), byProgram("python3", join(stock, "walk.py"), "urllib")],
  ["requests", works("python3", "-c", "import requests"), byProgram("python3", join(stock, "walk.py"), "requests")],
  ["a client that openapi-python-client generates", works("openapi-python-client", "--version"), byGenerated],
  ["Java's HttpClient", works("java", "--version"), byProgram("java", join(stock, "Walk.java"))],
  ["Go's net/http", works("go", "version"), byProgram("go", "run", join(stock, "walk.go"))],
  [
    "python-socketio",
    works("python3", "-c", "import socketio, requests"),
    byProgram("python3", join(stock, "sockets.py")),
  ],
  ["the Socket.IO client for Go", existsSync(goSocketClient), byProgram(goSocketClient)],
  ...minors.map((minor): readonly [string, boolean, Walk] => [
    minor,
    true,
    byProgram(process.execPath, join(stock, "sockets.cjs"), join(socketClients, minor)),
  ]),
  ...(minors.length ? [] : [["socket.io-client of older versions", false, () => Promise.resolve("")] as const]),
];

for (const [name, here, walk] of clients)
  (here ? test : test.skip)(
    here ? `${name} logs in, sends and lists` : `${name}: not on this machine; .ci/run brings it where it can`,
    async () => {
      const { ok, data } = JSON.parse(await walk(`by ${name}`));
      expect(ok).toBe(true);
      expect(JSON.stringify(data)).toContain(`"content":"by ${name}"`);
    },
  );
