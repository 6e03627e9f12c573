/** The systems that are compared: how each is started, and how users and rooms come into being there. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import jwt from "jsonwebtoken";
import { outboxOf } from "./gauges";
import { ServerProcess } from "./process";
import { RawSocket } from "./raw-socket";

export interface Person {
  readonly userId: number;
  readonly token: string;
}

export interface System {
  readonly name: string;
  /** Starts the server, with the same data when it ran before. */
  start(): Promise<ServerProcess>;
  people(server: ServerProcess, count: number): Promise<Person[]>;
  /** A conversation of these people; its first message gets seq 1. */
  room(server: ServerProcess, members: readonly Person[]): Promise<string>;
  clean(): void;
}

export function bare(name = "bare"): System {
  const secret = randomBytes(32).toString("hex");
  let rooms = 0;
  return {
    name,
    start: () => ServerProcess.start(join(__dirname, "bare.js"), { JWT_ACCESS_SECRET: secret }, "/"),
    people: (_server, count) =>
      Promise.resolve(
        Array.from({ length: count }, (_, i) => ({
          userId: i + 1,
          token: jwt.sign({}, secret, { subject: String(i + 1), expiresIn: "1d" }),
        })),
      ),
    room: () => Promise.resolve(String(++rooms).padStart(24, "0")),
    clean: () => undefined,
  };
}

/** One process in production on a folder; for all comes from one address the rate limits are lifted. */
export const productionEnv = (dataDir: string): Record<string, string> => ({
  NODE_ENV: "production",
  HOST: "127.0.0.1",
  DATA_DIR: dataDir,
  LOG_LEVEL: "error",
  JWT_ACCESS_SECRET: randomBytes(32).toString("hex"),
  JWT_REFRESH_SECRET: randomBytes(32).toString("hex"),
  JWT_ACCESS_TTL: "7d", // what was filled once is asked of for days
  RATE_LIMIT: "1000000",
  AUTH_RATE_LIMIT: "1000000",
  EVENT_RATE_LIMIT: "1000000",
  ...serverEnv,
});

/**
 * As operators run it, in this version or another, on the embedded stores; for all comes from one address the rate
 * limits are lifted.
 */
export function ours(
  name = "ours",
  dist = join(__dirname, ".."),
  more: Record<string, string> = {},
  args: readonly string[] = [],
): System & { readonly dataDir: string } {
  const dataDir = mkdtempSync(join(tmpdir(), "bench-"));
  const env = { ...productionEnv(dataDir), ...more };
  return {
    name,
    dataDir,
    start: () => ServerProcess.start(join(dist, "services/start.js"), env, "/health/ready", { args, behind: outboxOf }),
    people: registerAll,
    room: createGroup,
    clean: () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

/** Accounts are made by a server key: hashing the passwords of a thousand people takes minutes. */
const KEY = randomBytes(32).toString("hex");
export const serverEnv = { SERVER_KEYS: KEY, SERVER_RATE_LIMIT: "1000000" };

export async function registerAll({ port }: Pick<ServerProcess, "port">, count: number): Promise<Person[]> {
  const people: Person[] = [];
  const next = Array.from({ length: count }, (_, i) => i)[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (const i of next) people.push(await register(port, i));
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return people;
}

const PER_IMPORT = 100;
/** Ids of people who are never there. */
export async function importAccounts({ port }: Pick<ServerProcess, "port">, count: number): Promise<number[]> {
  const ids: number[] = [];
  while (ids.length < count) {
    const users = Array.from({ length: Math.min(PER_IMPORT, count - ids.length) }, (_, i) => {
      const key = `away ${ids.length + i}`;
      return { key, username: `Bench ${key}` };
    });
    const taken = await made<{ user_id: number }[]>(port, "/admin/import/users", { users });
    ids.push(...taken.map(({ user_id }) => user_id));
  }
  return ids;
}

async function register(port: number, i: number): Promise<Person> {
  const { user_id } = await made<{ user_id: number }>(port, "/admin/users", { username: `Bench ${i}` });
  const { accessToken } = await made<{ accessToken: string }>(port, `/admin/users/${user_id}/tokens`, {});
  return { userId: user_id, token: accessToken };
}

const made = <T>(port: number, path: string, body: object): Promise<T> => request(port, path, body, {});

/** Over REST, in the name of somebody who need not sign in for it. */
export const postAs = <T>(
  { port }: Pick<ServerProcess, "port">,
  userId: number,
  path: string,
  body: object = {},
): Promise<T> => request(port, path, body, { "on-behalf-of": String(userId) });

async function request<T>(
  port: number,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>>,
): Promise<T> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${KEY}`, ...headers },
    body: JSON.stringify(body),
  });
  const { ok, data } = (await answer.json()) as { ok: boolean; data: T };
  if (!ok) throw new Error(`POST ${path} answered ${answer.status}`);
  return data;
}

/** Always a group, also of two: a private conversation would wait for its acceptance. */
export async function createGroup(server: Pick<ServerProcess, "port">, members: readonly Person[]): Promise<string> {
  const [creator, ...others] = members;
  if (!creator) throw new Error("a room needs members");
  const socket = await RawSocket.open(server.port, { token: creator.token });
  const participantIds = others.map((p) => p.userId);
  const ack = await socket.ask("conversation:create", { participantIds, type: "group", name: "Bench" });
  socket.close();
  if (!ack.ok) throw new Error(`conversation:create answered ${JSON.stringify(ack.error)}`);
  return (ack.data as { _id: string })._id;
}
