/**
 * `npm run test:upgrade -- REF [embedded] [cluster] [back]`: the program of a commit runs with clients of both versions
 * connected, and this tree's takes its place on the same data. Says what was lost, doubled or refused; code 1 where anything was.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startMongoOnPostgres } from "../support/ferretdb";
import { startRabbit } from "../support/rabbitmq";
import { freePort, type Server, startPostgres } from "../support/servers";
import { Program } from "./upgrade/program";
import { signIn } from "./upgrade/rest";
import { lost, stateAgain, stateOf, type Viewer } from "./upgrade/state";
import { treeOf } from "./upgrade/tree";
import { type Pace, Watch } from "./upgrade/watch";

const NEW = process.cwd();
const admin = { ADMIN_EMAIL: "admin@example.com", ADMIN_PASSWORD: "correct horse battery" };
/** How long a state lasts that people are to live in. */
const WHILE_MS = 6_000;
const SEED_MS = 60_000;
const common = {
  NODE_ENV: "test",
  LOG_LEVEL: "warn",
  LOG_FORMAT: "json",
  RATE_LIMIT: "1000000",
  AUTH_RATE_LIMIT: "1000000",
  EVENT_RATE_LIMIT: "100000",
  PASSWORD_COST: "4",
  // Everybody renews on both sides of the change.
  JWT_ACCESS_TTL: "5m",
  JWT_ACCESS_SECRET: "a".repeat(32),
  JWT_REFRESH_SECRET: "r".repeat(32),
  ...admin,
};

const say = (text: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);

/** By what the older version has for it; a part of it will do where stores are slow. */
function seed(tree: string, url: string): void {
  const { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", "scripts/seed.ts", "--url", url], {
    cwd: tree,
    env: { ...process.env, ...common },
    encoding: "utf8",
    timeout: SEED_MS,
  });
  if (status !== 0) say(`  seeded in part ${stderr.slice(-300)}`);
}

async function viewersAt(url: string): Promise<Viewer[]> {
  const viewers: Viewer[] = [];
  for (const name of ["admin", "ann.archer", "bob.baker"]) {
    const tokens = await signIn(url, `${name}@example.com`, admin.ADMIN_PASSWORD).catch(() => undefined);
    if (tokens) viewers.push({ name, tokens });
  }
  return viewers;
}

async function checked(
  old: string,
  programs: readonly Program[],
  pace: Pace,
  change: () => Promise<void>,
): Promise<string[]> {
  const urls = programs.map(({ url }) => url);
  const [url = ""] = urls;
  seed(old, url);
  const viewers = await viewersAt(url);
  const before = await stateOf(old, url, viewers);
  say(`  ${before.size} answers noted; people come`);
  const watch = await Watch.begin(urls, [old, NEW], pace);
  try {
    await sleep(WHILE_MS);
    await change();
    await sleep(WHILE_MS);
    const broken = await watch.end();
    const after = await stateAgain(before, url, viewers);
    return [...broken, ...lost(before, after)];
  } finally {
    watch.close();
  }
}

async function embedded(old: string, how: NodeJS.Signals): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), "chat-upgrade-"));
  const program = new Program("node", await freePort(), { ...common, DATA_DIR: join(dir, "data") }, join(dir, "log"));
  try {
    await program.start(old);
    const broken = await checked(old, [program], { rate: 20, pauseMs: 150 }, async () => {
      await program.end(how);
      say(`  the old one is gone by ${how}`);
      await program.start(NEW);
      say("  the new one is there");
    });
    await program.end("SIGTERM");
    return [...broken, ...program.troubles];
  } finally {
    await program.end("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  }
}

const roles = {
  "api-1": "api",
  "api-2": "api",
  "chat-1": "chat",
  "chat-2": "chat",
  rest: "users,notifications,uploads",
} as const;
/** The accounts' migrations run while most others are old; gateways of both versions stand before stores of both. */
const order = ["chat-1", "api-1", "rest", "chat-2", "api-2"] as const;

/** An empty one at MONGODB_URI: FerretDB looks through whole collections, and a busy machine is soon too slow for it. */
const mongoHere = (): Promise<Pick<Server, "url" | "stop"> | undefined> => {
  const { MONGODB_URI: url } = process.env;
  return url ? Promise.resolve({ url, stop: () => Promise.resolve() }) : startMongoOnPostgres();
};

async function cluster(old: string): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), "chat-upgrade-"));
  const servers = await Promise.all([startRabbit(), startPostgres(), mongoHere()]);
  const [rabbit, postgres, mongo] = servers;
  const programs = new Map<string, Program>();
  try {
    if (!rabbit || !postgres || !mongo)
      throw new Error("RabbitMQ, PostgreSQL and FerretDB, or MONGODB_URI, are needed");
    for (const [name, SERVICES] of Object.entries(roles)) {
      const where = { RABBITMQ_URL: rabbit.url, POSTGRES_URL: postgres.url, MONGODB_URI: mongo.url };
      const own = { DATA_DIR: join(dir, name), UPLOAD_DIR: join(dir, "uploads"), NODE_ID: name, SERVICES };
      programs.set(
        name,
        new Program(name, await freePort(), { ...common, ...where, ...own }, join(dir, `${name}.log`)),
      );
    }
    const all = [...programs.values()];
    await Promise.all(all.map((program) => program.start(old)));
    const gateways = all.filter(({ name }) => name.startsWith("api"));
    const change = async (name: string, tree: string): Promise<void> => {
      await programs.get(name)?.end("SIGTERM");
      await programs.get(name)?.start(tree);
      say(`  ${name} is ${tree === NEW ? "new" : "old"}`);
      await sleep(WHILE_MS);
    };
    const broken = await checked(old, gateways, { rate: 4, pauseMs: 750 }, async () => {
      for (const name of order) await change(name, NEW);
      for (const name of ["chat-1", "rest", "api-1"]) await change(name, old);
      for (const name of ["chat-1", "rest", "api-1"]) await change(name, NEW);
    });
    return [...broken, ...all.flatMap(({ troubles }) => troubles)];
  } finally {
    await Promise.all([...programs.values()].map((program) => program.end("SIGKILL")));
    await Promise.all(servers.map(async (server) => server?.stop()));
    rmSync(dir, { recursive: true, force: true });
  }
}

async function main([ref, ...asked]: readonly string[]): Promise<void> {
  if (!ref) throw new Error("usage: npm run test:upgrade -- REF [embedded] [cluster]");
  const walks: Readonly<Record<string, (old: string) => Promise<string[]>>> = {
    "embedded, stopped": (old) => embedded(old, "SIGTERM"),
    "embedded, killed": (old) => embedded(old, "SIGKILL"),
    "cluster, a node at a time": cluster,
  };
  const old = treeOf(ref);
  try {
    for (const [name, walk] of Object.entries(walks)) {
      if (asked.length > 0 && !asked.some((word) => name.includes(word))) continue;
      say(name);
      const broken = await walk(old.path);
      for (const one of broken) console.log(`  BROKEN ${one.slice(0, 600)}`);
      say(`  ${broken.length === 0 ? "all kept" : `${broken.length} broken`}`);
      if (broken.length > 0) process.exitCode = 1;
    }
  } finally {
    old.remove();
  }
}

// What was started ends with this process, however it ends.
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(130));
main(process.argv.slice(2)).then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
