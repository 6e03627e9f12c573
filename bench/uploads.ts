/** `npm run bench:uploads`: 50 files of 10 MB at once, ours against bare busboy to disk, turn by turn, as ratios. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeTokens } from "../platform/tokens";
import { ServerProcess } from "./process";
import { median } from "./stats";

const [FILES, SIZE, ROUNDS] = [Number(process.env.FILES ?? 50), 10 * 2 ** 20, Number(process.env.ROUNDS ?? 5)];
const access = randomBytes(32).toString("hex");
const refresh = randomBytes(32).toString("hex");
const tokens = makeTokens({ access, refresh }, 86_400_000);
const dir = mkdtempSync(join(tmpdir(), "bench-uploads-"));
const MP4 = "\0\0\0\x10ftypisom\0\0\0\0";
const shared = randomBytes(SIZE - MP4.length - 16);

interface Outcome {
  readonly seconds: number;
  readonly cpu: number;
  readonly grown: number;
}

/** Each file is another one, or duplicates would be stored once; but for 16 bytes they share their memory here. */
function send(port: number, user: number): Promise<void> {
  const { token } = tokens.signAccess({ userId: user, sessionId: "bench", roles: ["user"] }, Date.now());
  const head =
    '--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\nContent-Type: video/mp4\r\n\r\n' + MP4;
  const length = head.length + 16 + shared.length + "\r\n--b--\r\n".length;
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", reject);
    socket.once("data", (answer) => {
      socket.destroy();
      if (answer.toString().startsWith("HTTP/1.1 201")) resolve();
      else reject(new Error(answer.toString()));
    });
    socket.write(`POST /upload/single HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n`);
    socket.write(`Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${length}\r\n\r\n`);
    socket.write(head, "latin1");
    socket.write(randomBytes(16));
    socket.write(shared);
    socket.write("\r\n--b--\r\n");
  });
}

async function burst(server: ServerProcess): Promise<Outcome> {
  await server.quiet();
  const [cpu, memory, start] = [server.cpu(), server.memory(), performance.now()];
  let peak = memory;
  const watch = setInterval(() => (peak = Math.max(peak, server.memory())), 20);
  await Promise.all(Array.from({ length: FILES }, (_, i) => send(server.port, i + 1)));
  const seconds = (performance.now() - start) / 1000;
  clearInterval(watch);
  return { seconds, cpu: server.cpu() - cpu, grown: peak - memory };
}

/** The variables of a bus, where one is named. */
const bus = Object.fromEntries(
  ["RABBITMQ_URL", "TRANSPORTER"].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
);
const isApart = Object.keys(bus).length > 0;

/** With RABBITMQ_URL or TRANSPORTER=TCP the doors are one node and `uploads` another; the bill is then the doors' alone. */
async function start(): Promise<{ ours: ServerProcess; bare: ServerProcess; stop: () => Promise<void> }> {
  const script = join(__dirname, "../services/start.js");
  const env = {
    ...{ NODE_ENV: "test", HOST: "127.0.0.1", LOG_LEVEL: "error", NAMESPACE: `bench-${process.pid}` },
    ...{ DATA_DIR: dir, RATE_LIMIT: "1000000", UPLOAD_QUOTA: "100 GB" },
    ...{ JWT_ACCESS_SECRET: access, JWT_REFRESH_SECRET: refresh, ...bus },
  };
  // `users` says which sessions have ended; doors that have not heard of it for a while let nobody in.
  const services = isApart ? "api" : "api,users,uploads";
  const ours = await ServerProcess.start(script, { ...env, SERVICES: services, NODE_ID: "api" }, "/health/live");
  const bare = await ServerProcess.start(join(__dirname, "uploads-bare.js"), { DIR: dir }, "/");
  const other = { env: { ...process.env, ...env, SERVICES: "users,uploads", NODE_ID: "uploads" } };
  const rest = isApart ? spawn(process.execPath, [script], { ...other, stdio: "ignore" }) : undefined;
  return {
    ours,
    bare,
    async stop() {
      rest?.kill();
      await Promise.all([ours.stop(), bare.stop()]);
    },
  };
}

/** Compiled and warm; a node listens before all of its services are up. */
async function warmed(server: ServerProcess, tries = 50): Promise<void> {
  try {
    await send(server.port, 1);
  } catch (error) {
    if (tries === 1) throw error;
    await sleep(200);
    await warmed(server, tries - 1);
  }
}

function discard(): void {
  for (const name of readdirSync(dir)) if (/^[0-9a-f-]{36}$/.test(name)) rmSync(join(dir, name));
  rmSync(join(dir, "uploads", "objects"), { recursive: true, force: true });
}

async function measure(ours: ServerProcess, bare: ServerProcess): Promise<void> {
  await Promise.all([warmed(ours), warmed(bare)]);
  for (const server of [ours, bare]) await burst(server); // until all of it is compiled
  discard();
  const rounds: { ours: Outcome; bare: Outcome }[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const inTurn = i % 2 ? [ours, bare] : [bare, ours];
    const outcomes = new Map<ServerProcess, Outcome>();
    for (const server of inTurn) {
      outcomes.set(server, await burst(server));
      discard(); // or the disk would still be writing one's files in the other's turn
    }
    rounds.push({ ours: outcomes.get(ours) as Outcome, bare: outcomes.get(bare) as Outcome });
  }
  const of = (pick: (r: { ours: Outcome; bare: Outcome }) => number) => median(rounds.map(pick)).toFixed(2);
  console.log(`${FILES} files of 10 MB at once, median of ${ROUNDS} interleaved rounds`);
  console.log(`throughput, ours / bare: ${of((r) => r.bare.seconds / r.ours.seconds)}`);
  console.log(`CPU, ours / bare: ${of((r) => r.ours.cpu / r.bare.cpu)}`);
  console.log(`seconds: ${of((r) => r.ours.seconds)} / ${of((r) => r.bare.seconds)}`);
  console.log(`memory grown, MB: ${of((r) => r.ours.grown)} / ${of((r) => r.bare.grown)}`);
}

async function main(): Promise<void> {
  const { ours, bare, stop } = await start();
  await measure(ours, bare).finally(stop);
}

main()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => rmSync(dir, { recursive: true, force: true }));
