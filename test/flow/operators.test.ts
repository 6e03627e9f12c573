import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { operatorCommands } from "../../scripts/operators/commands";
import { wantedOf, writeFacts } from "../../scripts/operators/facts";
import { replCommands } from "../../scripts/operators/repl";
import { runOperator } from "../../scripts/operators/run";
import { eventually } from "../support/eventually";
import { startSystem, type System } from "../support/system";

const admin = { ADMIN_EMAIL: "root@ops.example", ADMIN_PASSWORD: "Quiet-harbor-77" };
let system: System;
let vars: Record<string, string>;
const run = (line: string) => {
  const [name = "", ...args] = line.split(" ");
  return runOperator(name, args, vars);
};
const post = async (path: string, body: object, token?: string): Promise<any> => {
  const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
  return (await fetch(system.url + path, { method: "POST", headers, body: JSON.stringify(body) })).json();
};
const ann = { username: "Ann", email: "ann@ops.example", password: "Quiet-harbor-78" };
const signIn = () => post("/auth/login", { email: ann.email, password: ann.password });

beforeAll(async () => {
  system = await startSystem({ env: { ...admin } });
  vars = { ...admin, CHAT_URL: system.url };
  await post("/auth/register", ann);
});
afterAll(() => system.stop());

describe("an operator", () => {
  test("lists users, gives a role, and takes the account away and back", async () => {
    expect(await run("users")).toMatch(/ann@ops\.example +Ann +active +user/);
    await run("promote ann@ops.example moderator");
    expect(await run("users active")).toMatch(/ann@ops\.example .*moderator/);
    await run("ban ANN@ops.example");
    expect((await signIn()).ok).toBe(false);
    await run("unban ann@ops.example");
    expect((await signIn()).ok).toBe(true);
  });

  test("sees sessions and ends them", async () => {
    const { data } = await signIn();
    expect(await run("sessions ann@ops.example")).toContain("127.0.0.1");
    await run("revoke ann@ops.example");
    const me = await fetch(`${system.url}/users/me`, { headers: { authorization: `Bearer ${data.accessToken}` } });
    expect(me.status).toBe(401);
  });

  test("sees where a conversation lives, sockets and the outbox", async () => {
    const { data } = await signIn();
    const group = await post("/conversations", { participantIds: [], name: "ops", type: "group" }, data.accessToken);
    await post(`/conversations/${group.data._id}/messages`, { content: "hi" }, data.accessToken);
    const actors = await run(`actors ${group.data._id}`);
    expect(actors).toContain(`${group.data._id} lives on ${system.broker.nodeID}`);
    expect(await run("sockets")).toContain(system.broker.nodeID);
    expect(await run("outbox")).toContain(system.broker.nodeID);
  });

  test("is told what happened to a message, without its words, and the audit log tells of that", async () => {
    const bea = await post("/auth/register", { ...ann, username: "Bea", email: "bea@ops.example" });
    const { data } = await signIn();
    const crew = { participantIds: [bea.data.user.user_id], name: "crew", type: "group" };
    const group = await post("/conversations", crew, data.accessToken);
    const sent = await post(`/conversations/${group.data._id}/messages`, { content: "quokka" }, data.accessToken);
    const { _id, seq } = sent.data;
    await eventually(async () => {
      const told = await run(`trace ${_id}`);
      expect(told).toContain(`number ${seq} of group conversation ${group.data._id}`);
      expect(told).toContain(`2 members, lives on ${system.broker.nodeID}`);
      expect(told).toMatch(/published, position \d+ of the log of facts/);
      expect(told).toMatch(new RegExp(`${bea.data.user.user_id} +- +made +unread +0 +-`));
      expect(told).not.toContain("quokka");
    });
    const told = (await run("audit")).split("\n").filter((line) => line.includes("message.traced"));
    expect(told.length).toBeGreaterThan(0);
    for (const line of told) expect(line).toContain(`message:${_id}`);
    const headers = { authorization: `Bearer ${data.accessToken}` };
    await expect(run("trace 64f1c0ffee0ddba11c0ffee1")).rejects.toThrow("NOTFOUND");
    await expect(run("trace")).rejects.toThrow("Usage: trace");
    const refused = await fetch(`${system.url}/admin/messages/${_id}/trace`, { headers });
    expect(refused.status).toBe(403);
    const asked = { CHAT_URL: system.url, CHAT_TOKEN: data.accessToken };
    await expect(runOperator("trace", [_id], asked)).rejects.toThrow("FORBIDDEN");
  });

  test("makes accounts, shuts one without a ban, and invites", async () => {
    expect(await run("user add bob@ops.example Bob the Builder")).toMatch(/has an account/);
    expect(await run("users")).toMatch(/bob@ops\.example +Bob the Builder +active/);
    await expect(run("user add bob@ops.example Bob")).rejects.toThrow(/CONFLICT/);
    expect(await run("user deactivate bob@ops.example")).toMatch(/is deactivated/);
    expect(await run("users deactivated")).toMatch(/bob@ops\.example/);
    expect(await run("user reactivate bob@ops.example")).toMatch(/is active/);
    expect(await run("user invite")).toMatch(/#invite=[\w-]{32}\nOne use/);
    expect(await run("user invite eve@ops.example")).toMatch(/eve@ops\.example is mailed/);
    for (const wrong of ["user", "user add", "user add x@ops.example", "user file", "user frobnicate x"])
      await expect(run(wrong)).rejects.toThrow(/Usage/);
  });

  test("makes accounts from a file, once however often, and says which lines it could not take", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "people-")), "people.csv");
    const lines = (...more: string[]) =>
      writeFileSync(path, ["\ufeffemail,username,external_id,role", ...more].join("\n"));
    lines("cem@ops.example,Cem,,", ",Dörte,hr/7,moderator", '"eva@ops.example","Eva, the first",hr/8,');
    expect(await run(`user file ${path}`)).toBe("3 made, 0 changed, 0 as they were.");
    expect(await run(`user file ${path}`)).toBe("0 made, 0 changed, 3 as they were.");
    expect(await run("users")).toMatch(/Dörte +active +moderator,user/);
    lines(
      "cem@ops.example,Cem Öz,,",
      "bob@ops.example,Bob the Builder,,moderator",
      ",,,",
      "x,Xaver,,",
      "eva2@ops.example,Eva,hr/8,",
    );
    await expect(run(`user file ${path}`)).rejects.toThrow(
      /line 4: there is neither[^]*line 5: BAD_REQUEST[^]*line 6: FORBIDDEN[^]*0 made, 2 changed, 0 as they were\. 3 not/,
    );
    await expect(run("user file /nowhere.csv")).rejects.toThrow(/ENOENT/);
  });

  test("exports an account without its password", async () => {
    const exported = await run("export ann@ops.example");
    expect(JSON.parse(exported).user.email).toBe(ann.email);
    expect(exported).not.toMatch(/password|\$2[aby]\$/);
  });

  test("says the same in the REPL, with all the words and without a password", async () => {
    const said = jest.spyOn(console, "log").mockImplementation(() => undefined);
    const type = async (line: string): Promise<string> => {
      const [name, ...args] = line.split(" ");
      const command = replCommands.find((one) => one.command === `${name} [words...]`);
      const typed = { args } as Parameters<(typeof replCommands)[number]["parse"]>[0];
      command!.parse(typed);
      await command!.action(system.broker, typed.params!);
      return said.mock.calls.splice(0).flat().join();
    };
    expect(await type("promote ann@ops.example user")).toContain("ann@ops.example (2) has the role user");
    expect(await type("chat promote ann@ops.example user")).toContain("ann@ops.example (2) has the role user");
    expect(await type("users active")).toContain("root@ops.example");
    expect(await type("ban ann@ops.example")).toContain("is banned");
    expect(await type("unban ann@ops.example")).toContain("come in again");
    expect(await type("sessions root@ops.example")).toContain("last used");
    expect(await type("sockets")).toContain(system.broker.nodeID);
    expect(await type("actors")).toContain(system.broker.nodeID);
    expect(JSON.parse(await type("export ann@ops.example")).user.email).toBe(ann.email);
    expect(await type("chat broadcast Hello from here")).toContain("every user");
    said.mockRestore();
  });

  test("has every command by its name in the REPL but broadcast, which is Moleculer's", () => {
    const names = replCommands.map(({ command }) => command.split(" ")[0]).sort();
    const wanted = [...Object.keys(operatorCommands).filter((name) => name !== "broadcast"), "chat", "verify"];
    expect(names).toEqual(wanted.sort());
  });

  test("leaves no session behind", async () => {
    await run("users");
    await expect(run("promote nobody@ops.example admin")).rejects.toThrow();
    expect((await run("sessions root@ops.example")).match(/127\.0\.0\.1/g)).toHaveLength(1); // that of this command
  });

  test("broadcasts", async () => {
    expect(await run("broadcast Hello all of you")).toContain("every user");
  });

  test("is told what was wrong", async () => {
    await expect(run("ban nobody@ops.example")).rejects.toThrow("no user nobody@ops.example");
    await expect(run("promote ann@ops.example")).rejects.toThrow("Usage: promote");
    for (const line of ["ban ann@ops.example root@ops.example", "users asleep", "sockets --all"])
      await expect(run(line)).rejects.toThrow("Usage: ");
    await expect(run("promote ann@ops.example king")).rejects.toThrow("BAD_REQUEST");
    await expect(runOperator("users", [], { CHAT_URL: system.url })).rejects.toThrow("ADMIN_EMAIL");
    await expect(runOperator("users", ["--url", "http://127.0.0.1:9"], vars)).rejects.toThrow("Is it running?");
  });

  test("must be an admin", async () => {
    const { data } = await signIn();
    await expect(runOperator("users", [], { CHAT_URL: system.url, CHAT_TOKEN: data.accessToken })).rejects.toThrow(
      "FORBIDDEN",
    );
  });
});

describe("the log of facts as JSON Lines", () => {
  interface Line {
    readonly position: number;
    readonly type: string;
  }
  /** What it writes, line by line; `stop` as an interrupt does. */
  function read(line: string, env: Record<string, string> = vars, out = new PassThrough()) {
    const stop = new AbortController();
    const lines: Line[] = [];
    let text = "";
    out.on("data", (part: Buffer) => {
      const parts = (text + String(part)).split("\n");
      text = parts.pop() ?? "";
      lines.push(...parts.map((one) => JSON.parse(one) as Line));
    });
    const done = writeFacts(wantedOf(line.split(" ").filter(Boolean), env), env, out, stop);
    done.catch(() => undefined); // whoever awaits it hears of it
    return { lines, stop, done, out };
  }
  const made = async (username: string): Promise<number> => {
    const { data } = await post("/auth/register", { ...ann, username, email: `${username}@facts.example` });
    return data.user.user_id;
  };
  const numbers = (lines: readonly Line[]): number[] => lines.map(({ position }) => position);
  /** Facts are told behind what makes them. */
  const told = async (userId: number): Promise<void> =>
    eventually(async () => {
      const { lines, done } = read("--type user.created");
      await done;
      expect(JSON.stringify(lines)).toContain(`"userId":${userId},`);
    });

  test("ends at the end of what is there; goes on after any position; takes the kinds that were named", async () => {
    await told(await made("first"));
    await run("promote ann@ops.example moderator");
    const all = read("");
    await all.done;
    expect(numbers(all.lines)).toEqual(all.lines.map((_, i) => i + 1));
    const rest = read("--after 2");
    await rest.done;
    expect(numbers(rest.lines).slice(0, 2)).toEqual([3, 4]);
    await eventually(async () => {
      const some = read("--type user.created,user.role --type session.started");
      await some.done;
      const types = new Set(some.lines.map(({ type }) => type));
      expect([...types].sort()).toEqual(["session.started", "user.created", "user.role"]);
    });
  });

  test("stays for what comes, over sessions that end, and leaves none behind", async () => {
    const known = read("");
    await known.done;
    const before = (await run("sessions root@ops.example")).match(/127\.0\.0\.1/g)?.length;
    const reader = read(`--follow --type user.created --after ${known.lines.at(-1)?.position}`);
    const second = await made("second");
    await eventually(() => expect(JSON.stringify(reader.lines)).toContain(`"userId":${second},`));
    await run("revoke root@ops.example");
    const third = await made("third");
    await eventually(() => expect(JSON.stringify(reader.lines)).toContain(`"userId":${third},`));
    expect(new Set(numbers(reader.lines)).size).toBe(reader.lines.length);
    reader.stop.abort();
    await reader.done;
    expect((await run("sessions root@ops.example")).match(/127\.0\.0\.1/g)?.length).toBe(before);
  });

  test("ends where nobody reads on, and waits for who reads slowly", async () => {
    const slow = new PassThrough({ highWaterMark: 1 });
    const unread = read("--follow", vars, slow);
    await eventually(() => expect(unread.lines.length).toBeGreaterThan(1));
    slow.destroy(new Error("EPIPE"));
    await unread.done;
  });

  test("is told what was wrong", async () => {
    for (const wrong of ["--after x", "--after -1", "--after 1.5", "--since 3", "7"])
      expect(() => wantedOf(wrong.split(" "), vars)).toThrow();
    await expect(read("--type user.exploded").done).rejects.toThrow("no kind of fact");
    await expect(read("--after 1000000").done).rejects.toThrow("ends at position");
    await expect(read("--url http://127.0.0.1:9").done).rejects.toThrow("Is it running?");
    const { data } = await signIn();
    const nobody = { CHAT_URL: system.url, CHAT_TOKEN: data.accessToken };
    await expect(read("", nobody).done).rejects.toThrow("FORBIDDEN");
  });
});
