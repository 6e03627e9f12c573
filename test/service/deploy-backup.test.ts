/** The scripts that copy and put back the Compose system, with a `docker` that writes down what it is asked. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../platform/root";

const dir = mkdtempSync(join(tmpdir(), "deploy-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A copy of what the scripts need, with a `docker` that answers each dump with its words and fails where it is told. */
function system(name: string): { run: (script: string, to: string, fails?: string) => number; asked: () => string[] } {
  const root = join(dir, name);
  mkdirSync(join(root, "bin"), { recursive: true });
  cpSync(join(projectRoot, "deploy"), join(root, "deploy"), { recursive: true });
  cpSync(join(projectRoot, "docker-compose.yml"), join(root, "docker-compose.yml"));
  writeFileSync(join(root, ".env"), "JWT_ACCESS_SECRET=x\n");
  const docker = `#!/bin/sh
echo "$*" | head -1 >> ${root}/asked
case "$*" in *"$FAILS"*) [ -n "$FAILS" ] && exit 1 ;; esac
case "$*" in *pg_dump*) echo accounts ;; *mongodump*) echo chat ;; *"-cf -"*) echo files ;; *restore*|*"-xf -"*) cat >> ${root}/put ;; esac
`;
  writeFileSync(join(root, "bin/docker"), docker);
  chmodSync(join(root, "bin/docker"), 0o755);
  return {
    run: (script, to, fails = "") =>
      spawnSync(join(root, "deploy", script), [to], {
        env: { PATH: `${join(root, "bin")}:${process.env.PATH}`, FAILS: fails },
        encoding: "utf8",
      }).status ?? -1,
    asked: () => readFileSync(join(root, "asked"), "utf8").trim().split("\n"),
  };
}

test("a backup stops the nodes, copies all three stores and starts the nodes again", () => {
  const { run, asked } = system("whole");
  const to = join(dir, "monday");
  expect(run("backup.sh", to)).toBe(0);
  expect(asked()[0]).toMatch(/^compose stop api-1 api-2 chat-1 chat-2/);
  expect(asked().at(-1)).toMatch(/^compose start api-1 api-2 chat-1 chat-2/);
  for (const [file, words] of Object.entries({
    "accounts.dump": "accounts",
    "chat.archive.gz": "chat",
    "uploads.tar": "files",
  }))
    expect(readFileSync(join(to, file), "utf8")).toBe(`${words}\n`);
  expect(run("backup.sh", to)).toBe(2); // never over another one
});

test.each(["pg_dump", "mongodump", "-cf -"])(
  "where %s fails the nodes run again, and no half a backup has the name",
  (fails) => {
    const { run, asked } = system(`fails-${fails}`.replaceAll(" ", ""));
    const to = join(dir, `failed${fails}`.replaceAll(" ", ""));
    expect(run("backup.sh", to, fails)).not.toBe(0);
    expect(asked().at(-1)).toMatch(/^compose start api-1/);
    expect(existsSync(to)).toBe(false);
  },
);

test("a restore puts all three back and forgets what was on its way", () => {
  const { run, asked } = system("back");
  const from = join(dir, "tuesday");
  expect(run("backup.sh", from)).toBe(0);
  expect(run("restore.sh", from)).toBe(0);
  expect(readFileSync(join(dir, "back/put"), "utf8")).toBe("accounts\nchat\nfiles\n");
  expect(asked().some((line) => line.includes("rabbitmqctl"))).toBe(true);
  expect(asked().at(-1)).toBe("compose up -d");
});

test("a damaged backup is refused before anything is touched", () => {
  const { run } = system("damaged");
  const from = join(dir, "wednesday");
  expect(run("backup.sh", from)).toBe(0);
  writeFileSync(join(from, "uploads.tar"), "fles\n");
  rmSync(join(dir, "damaged/asked"));
  expect(run("restore.sh", from)).toBe(1);
  expect(existsSync(join(dir, "damaged/asked"))).toBe(false);
});

test("a restore whose accounts can't be put back starts nothing", () => {
  const { run, asked } = system("half");
  const from = join(dir, "thursday");
  expect(run("backup.sh", from)).toBe(0);
  expect(run("restore.sh", from, "pg_restore")).not.toBe(0);
  expect(asked().at(-1)).not.toBe("compose up -d");
});
