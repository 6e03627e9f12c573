/** Moving in and out of a running system: counts are right, twice is once, and what went out comes in elsewhere. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Operator, signIn } from "../../scripts/operators/session";
import { everything } from "../../scripts/moving/exporter";
import { type Line } from "../../scripts/moving/format";
import { Importer, type Report } from "../../scripts/moving/importer";
import { startSystem, type System } from "../support/system";

const ADMIN = { ADMIN_EMAIL: "admin@example.com", ADMIN_PASSWORD: "a long enough password" };
const EMPTY = { users: 0, conversations: 0, messages: 0 };

/** Some hundred messages with replies, reactions, deletions and one time for many. */
function* workspace(): Generator<Line> {
  for (const u of ["a", "b", "c"]) yield { type: "user", key: u, username: `User ${u}`, email: `${u}@example.com` };
  for (const [c, size] of [
    ["one", 250],
    ["two", 3],
  ] as const) {
    const members = [{ user: "a", role: "admin" as const }, { user: "b" }, { user: "c" }];
    yield {
      type: "conversation",
      key: c,
      kind: "group",
      name: `Group ${c}`,
      created_at: "2024-01-01T00:00:00Z",
      members,
    };
    for (let i = 1; i <= size; i++)
      yield {
        type: "message",
        key: `${c}-${i}`,
        conversation: c,
        sender: "abc"[i % 3] as string,
        content: `message ${i} of ${c}`,
        created_at: "2024-01-02T00:00:00Z",
        ...(i % 10 === 0 ? { reply_to: `${c}-${i - 1}`, reactions: { "👍": ["a", "b"] } } : {}),
        ...(i === 7 ? { deleted_at: "2024-01-03T00:00:00Z" } : {}),
      };
  }
}

describe("moving", () => {
  const dirs = [0, 1].map(() => mkdtempSync(join(tmpdir(), "chat-moving-")));
  let system: System;
  let operator: Operator;
  const run = (lines: Iterable<Line> | AsyncIterable<Line>, as = operator): Promise<Report> =>
    new Importer(as).run(lines);
  const enter = (s: System): Promise<Operator> => signIn(s.url, ADMIN);

  beforeAll(async () => {
    system = await startSystem({
      env: { DATA_DIR: dirs[0] as string, ADMIN_EXPORT: "on", RATE_LIMIT: "5000", ...ADMIN },
    });
    operator = await enter(system);
  });
  afterAll(async () => {
    await system.stop();
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  });

  it("stops in the middle, is run again, and takes what is left, nothing twice", async () => {
    let count = 0;
    const broken: Operator = {
      ...operator,
      ask: (method, path, body) => {
        if (path.endsWith("/messages") && ++count === 2) return Promise.reject(new Error("the line went dead"));
        return operator.ask(method, path, body);
      },
    };
    await expect(run(workspace(), broken)).rejects.toThrow("the line went dead");
    expect(await run(workspace())).toMatchObject({ users: 3, conversations: 2, messages: 253, there: 0 });
    expect(await run(workspace())).toMatchObject({ ...EMPTY, users: 3, there: 2 });
    const people = await operator.ask<{ email: string }[]>("GET", "/users?limit=100");
    expect(people.filter((u) => u.email === "a@example.com")).toHaveLength(1);
  });

  it("keeps order, replies, reactions and deletions, and gives all of it out again", async () => {
    const out: Line[] = [];
    for await (const line of everything(operator)) out.push(line);
    const said = out.filter((l) => l.type === "message");
    expect(said).toHaveLength(253);
    const times = said.filter((m) => m.content.endsWith("of one") || m.deleted_at).map((m) => m.created_at);
    expect(new Set(times).size).toBe(250);
    const tenth = said.find((m) => m.content === "message 10 of one");
    expect(tenth).toMatchObject({
      reactions: { "👍": [expect.any(String), expect.any(String)] },
      reply_to: expect.any(String),
    });
    expect(said.filter((m) => m.deleted_at).map((m) => m.content)).toEqual([""]);

    const other = await startSystem({
      env: { DATA_DIR: dirs[1] as string, ADMIN_EXPORT: "on", RATE_LIMIT: "5000", ...ADMIN },
    });
    try {
      const there = await enter(other);
      expect(await run(out, there)).toMatchObject({ conversations: 2, messages: 253 });
      const again: Line[] = [];
      for await (const line of everything(there)) again.push(line);
      const plain = (lines: Line[]): unknown[] =>
        lines.flatMap((l) =>
          l.type === "message"
            ? [[l.content, l.created_at, l.deleted_at, Object.keys(l.reactions ?? {}), Boolean(l.reply_to)]]
            : [],
        );
      expect(plain(again).sort()).toEqual(plain(out).sort());
    } finally {
      await other.stop();
    }
  });

  it("is nobody's but an admin's, and reading out is closed unless the operator opens it", async () => {
    const made = await fetch(`${system.url}/auth/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "Eve", email: "eve@example.com", password: "correct horse battery" }),
    });
    const { data } = (await made.json()) as { data: { accessToken: string } };
    const authorization = `Bearer ${data.accessToken}`;
    for (const path of ["/admin/export/conversations", `/admin/import/conversations/${"0".repeat(24)}`]) {
      const res = await fetch(system.url + path, { headers: { authorization } });
      expect([path, res.status]).toEqual([path, 403]);
    }
    const closed = await startSystem({ env: { DATA_DIR: mkdtempIn(dirs), ...ADMIN } });
    try {
      await expect((await enter(closed)).ask("GET", "/admin/export/conversations")).rejects.toThrow(
        /FORBIDDEN.*ADMIN_EXPORT/,
      );
    } finally {
      await closed.stop();
    }
  });

  it("takes a group of thousands in, with all its members at once", async () => {
    const created_at = "2024-01-01T00:00:00.000Z";
    const members = Array.from({ length: 3_000 }, (_, i) => ({ userId: i + 1, role: "member", joined_at: created_at }));
    const group = { type: "group", name: "Everybody", created_at, members };
    const taken = await operator.ask("POST", `/admin/import/conversations/${"c".repeat(24)}`, group);
    expect(taken).toMatchObject({ there: false });
  });
});

function mkdtempIn(dirs: string[]): string {
  const dir = mkdtempSync(join(tmpdir(), "chat-moving-"));
  dirs.push(dir);
  return dir;
}
