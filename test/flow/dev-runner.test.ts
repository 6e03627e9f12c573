/** `npm run dev` on a copy of the tree: any edit is survived and goes live, and its REPL speaks for the operator. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../platform/root";
import { eventually } from "../support/eventually";
import { readyDataDir } from "../support/pglite-template";
import { freePort } from "../support/servers";

const COPIED = [
  ...["services", "mixins", "platform", "contracts", "scripts", "web", "client/src"],
  ...["moleculer.config.ts", "package.json", "tsconfig.json", "openapi.yml", "asyncapi.yml"],
];
const MODULE = "services/users/actions/entry.ts";
const SAYING = "E-mail or password is wrong.";
const BROKEN = "\n)(";

/** It starts anew at each edit, beside all that this machine does else. */
jest.setTimeout(900_000);

let tree: string;
let dataDir: string;
let url: string;
let dev: ChildProcess;
let shown = "";
beforeAll(async () => {
  tree = mkdtempSync(join(tmpdir(), "chat-dev-"));
  for (const path of COPIED) cpSync(join(projectRoot, path), join(tree, path), { recursive: true });
  symlinkSync(join(projectRoot, "node_modules"), join(tree, "node_modules"));
  dataDir = await readyDataDir();
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const limits = { RATE_LIMIT: "100000", AUTH_RATE_LIMIT: "100000" };
  const own = { PORT: String(port), DATA_DIR: dataDir, NODE_ENV: "development", ...limits };
  const { ADMIN_EMAIL: _email, ADMIN_PASSWORD: _password, ...outer } = process.env;
  dev = spawn(process.execPath, ["--import", "tsx", "scripts/dev.ts"], {
    cwd: tree,
    env: { ...outer, ...own },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true, // a group of its own, as a terminal gives it
  });
  for (const stream of [dev.stdout, dev.stderr]) stream?.on("data", (bytes) => (shown += String(bytes)));
});
afterAll(() => {
  try {
    if (dev.pid !== undefined) process.kill(-dev.pid, "SIGKILL");
  } catch {
    // all of it has ended
  }
  for (const dir of [tree, dataDir]) rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

const post = async (path: string, body: object): Promise<any> => {
  const res = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return res.json();
};
const seen = (): number => shown.split("is changed").length;
/** Saves it again where that was not seen: the framework watches from 2 s after a start or a reload. */
async function save(path: string, text: string): Promise<void> {
  await eventually(async () => {
    const before = seen();
    writeFileSync(join(tree, path), text);
    await eventually(() => expect(seen()).toBeGreaterThan(before), 1_500);
  }, 240_000);
}
/** A reload that is under way is not disturbed by another save. */
async function edit(path: string, change: (text: string) => string, expectation: () => unknown): Promise<void> {
  const text = change(readFileSync(join(projectRoot, path), "utf8"));
  await eventually(async () => {
    await save(path, text);
    await eventually(expectation);
  }, 240_000);
}
async function says(saying: string): Promise<void> {
  const { error } = await post("/auth/login", { email: "nobody@example.com", password: "not-my-password" });
  expect(error.message).toBe(saying);
}

test("the greeting is the last thing that a start says", async () => {
  await eventually(() => expect(shown).toContain("mol $"), 240_000);
  const lines = shown.slice(0, shown.indexOf("mol $")).trimEnd().split("\n");
  expect(lines.at(-5)).toBe(`Chat is ready: open ${url.replace("127.0.0.1", "localhost")} in two browser windows`);
  expect(lines.at(-1)).toContain("Stop: Ctrl+C");
});

test("the REPL's operator needs no password, and hears of what there is not", async () => {
  await post("/auth/register", { email: "ada@example.com", username: "Ada", password: "correct horse battery" });
  dev.stdin?.write("chat users\n");
  await eventually(() => expect(shown).toMatch(/ada@example\.com +Ada +active/));
  dev.stdin?.write("ban nobody@example.com\n");
  await eventually(() => expect(shown).toContain("There is no user nobody@example.com."));
});

test("an edit goes live, a broken one is survived, and its mending goes live, too", async () => {
  await says(SAYING);
  await edit(
    MODULE,
    (text) => text.replace(SAYING, "Edited."),
    () => says("Edited."),
  );
  await edit(
    MODULE,
    (text) => text + BROKEN,
    () => expect(shown).toMatch(/TransformError|SyntaxError/),
  );
  await edit(
    MODULE,
    (text) => text.replace(SAYING, "Mended."),
    () => says("Mended."),
  );
  expect(dev.exitCode).toBeNull();
});

test("whoever stops it while it waits for an edit is heard", async () => {
  shown = "";
  await edit(
    "moleculer.config.ts",
    (text) => text + BROKEN,
    () => expect(shown).toMatch(/starts again[^]*It has ended like this/),
  );
  const gone = once(dev, "exit");
  dev.kill("SIGINT");
  expect(await gone).toEqual([0, null]);
  await expect(fetch(url)).rejects.toThrow();
  expect(readFileSync(join(projectRoot, MODULE), "utf8")).toContain(SAYING);
});
