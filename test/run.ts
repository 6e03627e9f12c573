/**
 * `npm test`: first all that needs no outside server, then what does, on the servers that are there. Those are named by
 * POSTGRES_URL, RABBITMQ_URL and MONGODB_URI, or started from this machine's binaries. What could not run is named at
 * the end; TEST_REQUIRE=rabbitmq,postgres,mongodb,s3 makes a missing one a failure. With TEST_REPEAT=N the few files that
 * failed run up to N times more, each by itself: what passes then is named as unstable, which is a fault to be found, and
 * fails nothing.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { startMongo } from "./support/ferretdb";
import { startRabbit } from "./support/rabbitmq";
import { type Server, startPostgres } from "./support/servers";
import { hasS3 } from "./support/s3";

interface Kind {
  readonly title: string;
  /** Names one that runs already. */
  readonly given: string;
  /** Where tests read it; a test file that mentions it is run once more with that server. */
  readonly told: string;
  start(): Promise<Server | undefined>;
}
const kinds: Readonly<Record<string, Kind>> = {
  postgres: { title: "PostgreSQL", given: "POSTGRES_URL", told: "TEST_POSTGRES_URL", start: startPostgres },
  mongodb: { title: "MongoDB", given: "MONGODB_URI", told: "TEST_MONGODB_URI", start: startMongo },
  rabbitmq: { title: "RabbitMQ", given: "RABBITMQ_URL", told: "TEST_RABBITMQ_URL", start: startRabbit },
};

const required = [...Object.keys(kinds), "s3"];

/** Of a jest run's JSON report. */
interface Counts {
  numPassedTests: number;
  numPendingTests: number;
  testResults: TestFile[];
}
interface TestFile {
  name: string;
  status: string;
  message: string;
  assertionResults: Assertion[];
}
interface Assertion {
  status: string;
  fullName: string;
  failureMessages: string[];
}
/** Of a failure, repeated at the end, where a log that was cut still has it. */
const TOLD_LINES = 30;
/** More than so many failing files are no accident of a busy machine. */
const REPEATED_FILES = 8;
const REPEATS = Number(process.env.TEST_REPEAT ?? 0);
const total = { passed: 0, failed: 0, skipped: 0 };
const notes: string[] = [];
const failures: string[] = [];
let exitCode = 0;

const without = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !Object.values(kinds).some((k) => k.given === name || k.told === name),
  ),
);

interface Outcome {
  readonly code: number;
  /** Undefined where jest itself came to grief. */
  readonly counts: Counts | undefined;
}

async function jestOnce(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "chat-tests-"));
  const report = join(folder, "report.json");
  // Without --forceExit a thread that does not end would hold up the whole run after its last test.
  const more = ["--passWithNoTests", "--forceExit", "--json", `--outputFile=${report}`];
  const command = [require.resolve("jest/bin/jest"), ...args, ...more];
  const child = spawn(process.execPath, command, {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...without, ...env },
  });
  const code = await new Promise<number>((resolve) => child.once("exit", (c) => resolve(c ?? 1)));
  try {
    return { code, counts: JSON.parse(readFileSync(report, "utf8")) as Counts };
  } catch {
    return { code, counts: undefined };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function jest(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const { code, counts } = await jestOnce(args, env);
  if (!counts) return fail(`jest ended with ${code} and no report`);
  total.passed += counts.numPassedTests;
  total.skipped += counts.numPendingTests;
  if (code === 0) return;
  const files = counts.testResults.filter(({ status }) => status === "failed");
  const unstable = files.length > REPEATED_FILES ? new Set<string>() : await unstableOf(files, env);
  for (const file of files) {
    const failed = failuresOf(file);
    if (unstable.has(file.name)) {
      total.passed += failed.length;
      notes.push(...failed.map((failure) => `unstable, passed when run again: ${failure}`));
    } else {
      total.failed += failed.length;
      failures.push(...failed.map((failure) => `FAILED ${failure}`));
    }
  }
  if (files.length === 0 || unstable.size < files.length) exitCode = code;
}

/** Which of the files that failed pass by themselves. */
async function unstableOf(files: readonly TestFile[], env: NodeJS.ProcessEnv): Promise<Set<string>> {
  const passed = new Set<string>();
  for (const { name } of files)
    for (let i = 0; i < REPEATS && !passed.has(name); i++) {
      console.error(`Once more: ${name}`);
      const { code } = await jestOnce(["--runInBand", "--runTestsByPath", name], env);
      if (code === 0) passed.add(name);
    }
  return passed;
}

/** What failed in it, each with its words; a file that did not even load has failed as one. */
function failuresOf({ name, message, assertionResults }: TestFile): string[] {
  const told = (text: string): string => text.split("\n").slice(0, TOLD_LINES).join("\n");
  const failed = assertionResults.filter(({ status }) => status === "failed");
  if (failed.length === 0) return [`${name}\n${told(message)}`];
  return failed.map((test) => `${name}: ${test.fullName}\n${told(test.failureMessages.join("\n"))}`);
}

/** A test file with the support files that it imports. */
function textOf(file: string): string {
  const text = readFileSync(file, "utf8");
  const support = [...text.matchAll(/"\.\.\/support\/([\w-]+)"/g)]
    .map(([, name]) => `test/support/${name}.ts`)
    .filter((path) => existsSync(path)); // what is named may be a folder of other things
  return [text, ...support.map((path) => readFileSync(path, "utf8"))].join("\n");
}

/** The test files of the levels that run with and without servers, and that know what to do with this one. */
const filesFor = (told: string): string[] =>
  ["test/service", "test/flow"]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
    .filter((file) => file.endsWith(".test.ts") && textOf(file).includes(told));

function fail(note: string): void {
  notes.push(`failed: ${note}`);
  total.failed++;
  exitCode ||= 1;
}

function missing(name: string, what: string, why: string): void {
  if ((process.env.TEST_REQUIRE ?? "").split(",").includes(name)) return fail(`${what}, required; ${why}`);
  notes.push(`skipped: ${what}; ${why}`);
  total.skipped++;
}

function missingServer(name: string, { title, given }: Kind): void {
  const what = `what needs ${title}${name === "rabbitmq" ? ", the cluster included" : ""}`;
  missing(name, what, `${given} is not set and there is none to start`);
}

/** The address of a server of this kind; undefined where there is none. */
async function addressOf(name: string, kind: Kind, started: Server[]): Promise<string | undefined> {
  const given = process.env[kind.given];
  if (given) return given;
  try {
    const server = await kind.start();
    if (server) started.push(server);
    else missingServer(name, kind);
    return server?.url;
  } catch (error) {
    fail(`what needs ${kind.title}; it did not start: ${String(error)}`);
    return undefined;
  }
}

/** Every file starts servers of its own, and waits for them and for outages: two share a machine, but for the largest. */
async function cluster(env: NodeJS.ProcessEnv): Promise<void> {
  const largest = join("test", "cluster", "promises.test.ts");
  await jest(["--selectProjects", "cluster", "--maxWorkers=2", `--testPathIgnorePatterns=${largest}`], env);
  await jest(["--runInBand", "--runTestsByPath", largest], env);
}

async function withServers(): Promise<void> {
  const started: Server[] = [];
  const env: Record<string, string> = {};
  try {
    await Promise.all(
      Object.entries(kinds).map(async ([name, kind]) => {
        const url = await addressOf(name, kind, started);
        if (url) env[kind.told] = url;
      }),
    );
    const files = [...new Set(Object.keys(env).flatMap(filesFor))];
    if (files.length > 0) await jest(["--runInBand", "--runTestsByPath", ...files], env);
    if (env.TEST_RABBITMQ_URL) await cluster(env);
  } finally {
    await Promise.all(started.map((server) => server.stop()));
  }
}

async function main(): Promise<void> {
  const unknown = (process.env.TEST_REQUIRE ?? "").split(",").find((name) => name && !required.includes(name));
  if (unknown) throw new Error(`TEST_REQUIRE: "${unknown}" is none of ${required.join(", ")}`);
  // They wait more than they compute: jest's own choice, one fewer than there are cores, leaves most of the machine idle.
  await jest(["--selectProjects", "unit", "service", "flow", `--maxWorkers=${availableParallelism() + 1}`]);
  // Its tests start one by themselves, in the run above, where there is one.
  if (!hasS3()) missing("s3", "uploads to S3", "there is no SeaweedFS (weed) on the PATH to start");
  await withServers();
  for (const failure of failures) console.log(`\n${failure}`);
  for (const note of notes.sort()) console.log(note);
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
  process.exitCode = exitCode;
}

// The servers end with this process, however it ends.
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(130));
void main();
