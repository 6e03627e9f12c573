/** A backup of a running system, its end, and its return; and what a restore refuses. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { create } from "tar";
import { type Env, readEnv } from "../../contracts/env";
import { backUp } from "../../scripts/backup/backup";
import { type Manifest } from "../../scripts/backup/archive";
import { check } from "../../scripts/backup/check";
import { restore } from "../../scripts/backup/restore";
import { signIn } from "../../scripts/operators/session";
import { startSystem, type System } from "../support/system";

const ADMIN = { ADMIN_EMAIL: "root@backup.example", ADMIN_PASSWORD: "Quiet-harbor-77" };
const ANN = { username: "Ann", email: "ann@backup.example", password: "Quiet-harbor-78" };

describe("a backup", () => {
  const root = mkdtempSync(join(tmpdir(), "chat-backup-"));
  const at = (name: string): string => join(root, name);
  const envOf = (dir: string, more: Record<string, string> = {}): Env =>
    readEnv({ NODE_ENV: "test", DATA_DIR: at(dir), ...more });
  let system: System | undefined;
  let token: string;
  let conversation: string;
  let fileUrl: string;
  let history: unknown;

  const ask = async (method: string, path: string, body?: object): Promise<any> => {
    const form = body instanceof FormData;
    const headers = { ...(form ? {} : { "content-type": "application/json" }), authorization: `Bearer ${token}` };
    const sent = form ? body : body && JSON.stringify(body);
    const res = await fetch(`${system?.url}${path}`, { method, headers, ...(sent ? { body: sent } : {}) });
    return res.json();
  };
  const start = async (dir: string): Promise<void> => {
    system = await startSystem({ env: { DATA_DIR: at(dir), ...ADMIN } });
  };
  const stop = async (): Promise<void> => {
    await system?.stop();
    system = undefined;
  };
  /** The whole history, newest first, however much was written meanwhile. */
  const read = async (): Promise<{ content: string; seq: number }[]> => {
    const all: { content: string; seq: number }[] = [];
    for (let before = ""; ;) {
      const page = (await ask("GET", `/conversations/${conversation}/messages?limit=100${before}`)).data;
      all.push(...page);
      if (page.length < 100) return all;
      before = `&before=${all.at(-1)?.seq}`;
    }
  };
  const nobody = (): Promise<never> => Promise.reject(new Error("no server was to be asked"));
  const say = (content: string): Promise<any> => ask("POST", `/conversations/${conversation}/messages`, { content });

  beforeAll(async () => {
    await start("one");
    token = (await ask("POST", "/auth/register", ANN)).data.accessToken;
    conversation = (await ask("POST", "/conversations", { participantIds: [], name: "kept", type: "group" })).data._id;
    const form = new FormData();
    form.set("file", new Blob(["kept as it was\n"], { type: "text/plain" }), "note.txt");
    fileUrl = (await ask("POST", "/upload/single", form)).data.url;
    for (let i = 1; i <= 30; i++) await say(`message ${i}`);
    await ask("POST", `/conversations/${conversation}/messages`, {
      content: "with a file",
      type: "file",
      attachments: [fileUrl],
    });
    history = await read();
    const ended = (await ask("POST", "/conversations", { participantIds: [], name: "ended", content: "gone" })).data
      ._id;
    await ask("DELETE", `/conversations/${ended}`);
  });
  afterAll(async () => {
    await stop();
    rmSync(root, { recursive: true, force: true });
  });

  /** The archive with something changed in its files or its manifest, as a tar of its own. */
  async function forged(name: string, change: (folder: string, manifest: any) => void): Promise<string> {
    const folder = at(`${name}-files`);
    mkdirSync(folder);
    const { extract } = await import("tar");
    await extract({ file: at("running.tar"), cwd: folder });
    const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as Manifest;
    change(folder, manifest);
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
    await create({ file: at(name), cwd: folder }, readdirSync(folder));
    return at(name);
  }

  it("is made while people write, and leaves nothing else behind", async () => {
    let writing = true;
    const writer = (async () => {
      for (let i = 0; writing; i++) expect((await say(`meanwhile ${i}`)).ok).toBe(true);
    })();
    const told = await backUp(envOf("one"), at("running.tar"), () => signIn(system?.url ?? "", ADMIN));
    writing = false;
    await writer;
    expect(told).toContain("while the server ran");
    expect(readdirSync(root).filter((name) => name !== "one")).toEqual(["running.tar"]);
    expect(readdirSync(at("one")).filter((name) => name.startsWith("accounts-dump"))).toEqual([]);
  });

  it("comes back after all was destroyed: the same password, session, history and file", async () => {
    await stop();
    rmSync(at("one"), { recursive: true });
    await restore(envOf("two"), at("running.tar"));
    await start("two");
    const back = await read();
    const before = back.filter((m) => !m.content.startsWith("meanwhile"));
    expect(before).toEqual(history);
    const login = await ask("POST", "/auth/login", { email: ANN.email, password: ANN.password });
    expect(login.ok).toBe(true);
    const file = await fetch(`${system?.url}${fileUrl}`, { headers: { authorization: `Bearer ${token}` } });
    expect(await file.text()).toBe("kept as it was\n");
    expect((await say("life goes on")).data.seq).toBe(back.length + 1);
  });

  it("is made without a server, too", async () => {
    const whole = await read();
    await stop();
    expect(await backUp(envOf("two"), at("alone.tar"), nobody)).toContain("no server was running");
    await restore(envOf("three"), at("alone.tar"));
    await start("three");
    expect(await read()).toEqual(whole);
    await stop();
  });

  it("is not made over another one, into DATA_DIR, of nothing, or by somebody who is no admin", async () => {
    await expect(backUp(envOf("two"), at("alone.tar"), nobody)).rejects.toThrow("is there already");
    await expect(backUp(envOf("two"), at("two/in.tar"), nobody)).rejects.toThrow("lies in DATA_DIR");
    await expect(backUp(envOf("nowhere"), at("none.tar"), nobody)).rejects.toThrow("There is no");
    expect(existsSync(at("nowhere"))).toBe(false);
    await start("two");
    const refused = backUp(envOf("two"), at("none.tar"), () => signIn(system?.url ?? "", { CHAT_TOKEN: token }));
    await expect(refused).rejects.toThrow(/FORBIDDEN|AUTH/);
    await stop();
    expect(readdirSync(root).filter((name) => /none|^\.backup/.test(name))).toEqual([]);
  });

  const findings = async (dir: string): Promise<string[]> => {
    const lines: string[] = [];
    for await (const { ok, line } of check(envOf(dir))) lines.push(`${ok ? "ok" : "wrong"} ${line}`);
    return lines;
  };

  it("was of sound stores, as a check says", async () => {
    const lines = await findings("three");
    expect(lines.filter((line) => !line.startsWith("ok"))).toEqual([]);
    expect(lines).toContainEqual(expect.stringMatching(/^ok conversations: 1, with \d+ messages$/));
    expect(lines).toContainEqual(expect.stringMatching(/^ok uploads: 1$/));
    expect(lines).toContainEqual(expect.stringMatching(/^ok accounts: 2 users/));
  });

  it("of stores that disagree with themselves would not help, and a check tells what does not fit", async () => {
    cpSync(at("three"), at("odd"), { recursive: true });
    const db = new DatabaseSync(at("odd/chat.db"));
    db.exec("DELETE FROM messages WHERE seq = 5");
    const strangers = "json_set(_doc, '$.participants', json('[1, 2, 4711]'))";
    db.exec(`UPDATE conversations SET _doc = ${strangers} WHERE _id = '${conversation}'`);
    db.close();
    rmSync(at("odd/uploads"), { recursive: true });
    writeFileSync(at("odd/pg/PG_VERSION"), "3");
    const wrong = (await findings("odd")).filter((line) => line.startsWith("wrong")).join("\n");
    expect(wrong).toMatch(/messages up to \d+/);
    expect(wrong).toMatch(/countable is \d+, recounted/);
    expect(wrong).toMatch(/[12] participants without a record/);
    expect(wrong).toMatch(/upload [0-9a-f]{24} has no file/);
    expect(wrong).toContain("The embedded PostgreSQL in");
    writeFileSync(at("odd/chat.db"), "no database at all");
    rmSync(at("odd/chat.db-wal"), { force: true });
    expect(await findings("odd")).toContainEqual(expect.stringMatching(/^wrong chat\.db: /));
    expect(await findings("nowhere")).toEqual([
      expect.stringMatching(/^wrong there is no .*chat\.db/),
      expect.stringMatching(/^wrong there is no .*pg/),
    ]);
  });

  it("goes into an empty DATA_DIR alone", async () => {
    mkdirSync(at("full"));
    writeFileSync(at("full/mine"), "mine");
    await expect(restore(envOf("full"), at("running.tar"))).rejects.toThrow(/full is not empty \(mine\)/);
    expect(readdirSync(at("full"))).toEqual(["mine"]);
    const elsewhere = envOf("four", { POSTGRES_URL: "postgres://chat:x@localhost/chat" });
    await expect(restore(elsewhere, at("running.tar"))).rejects.toThrow("POSTGRES_URL is set");
  });

  const put = (folder: string, name: string, text: string): void => writeFileSync(join(folder, name), text);
  test.each<[string, RegExp, (folder: string, manifest: any) => void]>([
    ["other bytes", /damaged: secrets\.json/, (f) => put(f, "secrets.json", '{"access":"a","refresh":"b"}')],
    ["a file less", /incomplete: chat\.db is missing/, (f) => rmSync(join(f, "chat.db"))],
    ["a file more", /changed: more is not in its manifest/, (f) => put(f, "more", "x")],
    ["a newer form", /newer version \(0\.1\.0\)/, (_f, m) => (m.format = 2)],
    ["a newer program", /newer version \(0\.2\.0/, (_f, m) => (m.version = "0.2.0")],
    ["a newer PGlite", /newer version .*PGlite 99\.0\.0/, (_f, m) => (m.pglite = "99.0.0")],
    ["a newer store of documents", /newer version .*documents 99/, (_f, m) => (m.documents = 99)],
    ["another kind of file", /no backup of this program/, (_f, m) => (m.kind = "holiday")],
  ])("with %s is refused by name, and nothing is restored", async (what, why, change) => {
    const file = await forged(`${what.replaceAll(" ", "-")}.tar`, change);
    await expect(restore(envOf("five"), file)).rejects.toThrow(why);
    expect(existsSync(at("five")) ? readdirSync(at("five")) : []).toEqual([]);
  });

  it("that is cut off, or no archive at all, is refused", async () => {
    const bytes = readFileSync(at("running.tar"));
    writeFileSync(at("short.tar"), bytes.subarray(0, bytes.length / 2));
    await expect(restore(envOf("five"), at("short.tar"))).rejects.toThrow(/damaged|not a whole one/);
    writeFileSync(at("text.tar"), "hello ".repeat(1000));
    await expect(restore(envOf("five"), at("text.tar"))).rejects.toThrow(/damaged|no backup/);
    await expect(restore(envOf("five"), at("not-there.tar"))).rejects.toThrow("ENOENT");
  });

  it("whose chat.db says that it is newer than its manifest does is refused as well", async () => {
    cpSync(at("two"), at("newer"), { recursive: true });
    const db = new DatabaseSync(at("newer/chat.db"));
    db.exec("PRAGMA user_version = 99");
    db.close();
    await expect(backUp(envOf("newer"), at("newer.tar"), nobody)).rejects.toThrow("newer version");
  });
});
