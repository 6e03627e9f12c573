/** Room: quotas, full disks, what is swept, what a crash leaves; and the scanner's word before anything is stored. */
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, utimesSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { type AddressInfo } from "node:net";
import { join } from "node:path";
import { newId } from "../../mixins/documents";
import { filesBelow, startUploads, stored, textFile, unfinished, type UploadsNode } from "../support/uploads";

const MB = 2 ** 20;
const old = new Date(Date.now() - 48 * 3_600_000);
const text = (size: number, fill = "a") => ({ ...textFile(), bytes: Buffer.alloc(size, fill) });
const sweep = (node: UploadsNode) => node.broker.call<{ files: number; objects: number }, object>("uploads.sweep", {});
const running: UploadsNode[] = [];
const start = async (vars: Record<string, string> = {}) => {
  const node = await startUploads(vars);
  running.push(node);
  return node;
};
afterEach(async () => {
  for (const node of running.splice(0)) await node.stop();
});

describe("the quota of a user", () => {
  test("is full with 507, is another user's business not, and frees by deleting", async () => {
    const node = await start({ UPLOAD_QUOTA: "3 MB" });
    const first = await node.as(1).upload(text(2 * MB, "a"));
    const second = await node.as(1).upload(text(2 * MB, "b"));
    expect([first.status, second.status, second.body.error.code]).toEqual([201, 507, "FULL"]);
    expect((await node.as(2).upload(text(2 * MB, "b"))).status).toBe(201);
    await node.as(1).remove(first.body.data.url);
    expect((await node.as(1).upload(text(2 * MB, "b"))).status).toBe(201);
    expect(stored(node)).toHaveLength(2);
  });

  test("can't be outrun by many uploads at once", async () => {
    const node = await start({ UPLOAD_QUOTA: "5 MB" });
    const fills = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const answers = await Promise.all(fills.map((fill) => node.as(1).upload(text(MB, fill))));
    const statuses = answers.map((a) => a.status).sort();
    expect(statuses.filter((s) => s === 201).length).toBeLessThanOrEqual(5);
    expect(new Set(statuses)).toEqual(new Set([201, 507]));
    expect(stored(node)).toHaveLength(statuses.filter((s) => s === 201).length);
  });

  test("counts duplicates once", async () => {
    const node = await start({ UPLOAD_QUOTA: "3 MB" });
    await node.as(1).upload(text(MB));
    await node.as(1).upload(text(MB));
    expect((await node.as(1).upload(text(1.5 * MB, "b"))).status).toBe(201);
  });
});

const mayMount = process.platform === "linux" && process.getuid?.() === 0;
(mayMount ? test : test.skip)("a full disk answers 507 cleanly, and heals", async () => {
  const disk = join("/tmp", `small-disk-${newId()}`);
  mkdirSync(disk);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", disk]);
  try {
    const node = await start({ UPLOAD_DIR: disk });
    const first = await node.as(1).upload(text(4 * MB, "a"));
    const { status, body } = await node.as(1).upload(text(4 * MB, "b"));
    expect([first.status, status, body.error.code]).toEqual([201, 507, "FULL"]);
    expect(filesBelow(join(disk, "unfinished"))).toEqual([]);
    await node.as(1).remove(first.body.data.url);
    expect((await node.as(1).upload(text(4 * MB, "b"))).status).toBe(201);
  } finally {
    for (const node of running.splice(0)) await node.stop();
    execFileSync("umount", [disk]);
    rmSync(disk, { recursive: true });
  }
});

describe("the sweep", () => {
  test("removes files that were never sent, not those that were, nor avatars", async () => {
    const node = await start({ UPLOAD_ORPHAN_AGE: "1ms" });
    const png = { name: "a.png", type: "image/png", bytes: await (await import("../support/upload-files")).png() };
    const [sent, taken, never, avatar] = await Promise.all([
      ...["sent", "taken back", "never"].map((t) => node.as(1).upload(textFile(t))),
      node.as(1).upload(png),
    ]);
    const conversationId = newId();
    node.members.set(conversationId, new Set([1]));
    const urls = [sent?.body.data.url, taken?.body.data.url];
    const { meta } = node.as(1);
    await node.broker.call("uploads.attach", { conversationId, urls }, { meta });
    await node.broker.call("uploads.detach", { conversationId, urls: urls.slice(1) });
    await node.broker.call("uploads.publish", { url: avatar?.body.data.url }, { meta });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await sweep(node)).toEqual({ files: 2, objects: 0 });
    const left = await Promise.all([sent, taken, never, avatar].map((a) => node.as(1).get(a?.body.data.url)));
    expect(left.map((a) => a.status)).toEqual([200, 404, 404, 200]);
    expect(stored(node)).toHaveLength(4); // the text, and the avatar in three sizes
  });

  test("removes what uploads left that broke off, and nothing that is young or in use", async () => {
    const node = await start();
    await node.as(1).upload(textFile("in use"));
    for (const { path } of stored(node)) utimesSync(path, old, old);
    const store = (await import("../../platform/files")).fileStoreOf(node.broker);
    const { Readable } = await import("node:stream");
    const [young, aged] = [newId(), newId()];
    for (const key of [young, aged]) await store.put(key, Readable.from([Buffer.from(key)]));
    for (const { path } of stored(node)) if (path.endsWith(aged)) utimesSync(path, old, old);
    expect(await sweep(node)).toEqual({ files: 0, objects: 1 });
    expect(stored(node).map(({ path }) => path.endsWith(aged))).toEqual([false, false]);
  });
});

test("kill -9 in the middle of twenty uploads, in four rounds: nothing half is visible, and the sweep leaves no orphan", async () => {
  const first = await start();
  const { dir } = first;
  await first.broker.stop();
  running.length = 0;
  for (let round = 0; round < 4; round += 1) {
    const child = fork(join(__dirname, "../support/half-upload.ts"), [dir, "5"], { execArgv: ["--import", "tsx"] });
    await once(child, "message"); // half of each has come
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  const left = filesBelow(join(dir, "uploads"));
  expect(left).toHaveLength(20);
  expect(left.every(({ path }) => path.includes("unfinished"))).toBe(true);
  for (const { path } of left) utimesSync(path, old, old);
  const node = await start({ DATA_DIR: dir }); // sweeps as it starts
  expect(unfinished(node)).toEqual([]);
  expect(filesBelow(join(dir, "uploads"))).toEqual([]);
  rmSync(dir, { recursive: true, force: true });
});

describe("the virus scanner", () => {
  /** Speaks clamd's INSTREAM; finds what contains EVIL. */
  function clamd(): Promise<Server> {
    const server = createServer((socket: Socket) => {
      const chunks: Buffer[] = [];
      socket.on("data", (bytes) => {
        chunks.push(bytes);
        const all = Buffer.concat(chunks);
        if (!all.subarray(-4).equals(Buffer.alloc(4))) return;
        socket.end(all.includes("EVIL") ? "stream: Test.Evil FOUND\0" : "stream: OK\0");
      });
    });
    return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
  }
  const at = (server: Server) => `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;

  test("refuses what it finds, lets the rest in, and nothing while it is down", async () => {
    const server = await clamd();
    const node = await start({ CLAMAV_URL: at(server) });
    expect((await node.as(1).upload(textFile("harmless"))).status).toBe(201);
    const found = await node.as(1).upload(textFile("some EVIL text"));
    expect([found.status, found.body.error.details[0].rule]).toEqual([415, "scan"]);
    await new Promise((resolve) => server.close(resolve));
    expect((await node.as(1).upload(textFile("later"))).status).toBe(503);
    expect(stored(node)).toHaveLength(1);
  });

  test("lets files in while it is down where the operator wants that", async () => {
    const node = await start({ CLAMAV_URL: "tcp://127.0.0.1:1", UPLOAD_SCAN: "open" });
    expect((await node.as(1).upload(textFile("later"))).status).toBe(201);
  });

  test("can be any service that offers scanner.scan", async () => {
    const node = await start({ UPLOAD_SCAN: "closed" });
    node.broker.createService({ name: "scanner", actions: { scan: () => ({ clean: false, threat: "all" }) } });
    await node.broker.waitForServices("scanner");
    expect((await node.as(1).upload(textFile("x"))).status).toBe(415);
  });
});
