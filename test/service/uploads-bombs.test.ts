/** Files that ask a decoder for gigabytes or minutes: they cost their sender an error, and nobody else anything. */
import { existsSync, readFileSync } from "node:fs";
import { Decoders } from "../../services/uploads/decoder";
import { type Task } from "../../services/uploads/decoder/protocol";
import { contextOf } from "../../services/uploads/context";
import * as bombs from "../support/bombs";
import * as f from "../support/upload-files";
import { startUploads, stored, type TestFile, unfinished, type UploadsNode } from "../support/uploads";

const MB = 1024 * 1024;
/** Resident bytes of a process; 0 where it is gone, or where the system does not say. */
const resident = (pid: number): number => {
  const path = `/proc/${pid}/statm`;
  try {
    return existsSync(path) ? Number(readFileSync(path, "utf8").split(" ")[1]) * 4096 : 0;
  } catch {
    return 0;
  }
};

describe("a node under bombs", () => {
  let node: UploadsNode;
  beforeAll(async () => {
    node = await startUploads();
  });
  afterAll(() => node.stop());

  test("twenty at once by one user leave memory, health and another user's picture alone", async () => {
    const png = (name: string, bytes: Buffer): TestFile => ({ name, type: "image/png", bytes });
    const kinds: TestFile[] = [
      png("ztxt.png", await bombs.pngOfTexts("zTXt")),
      png("itxt.png", await bombs.pngOfTexts("iTXt")),
      png("iccp.png", await bombs.pngOfProfile()),
      png("interlaced.png", await bombs.pngInterlaced()),
      { name: "canvas.gif", type: "image/gif", bytes: bombs.gifCanvas(7_000, 9) },
      { name: "large.webp", type: "image/webp", bytes: await bombs.webpLarge() },
      { name: "scans.jpg", type: "image/jpeg", bytes: await bombs.jpegOfScans() },
      { name: "entries.docx", type: "application/octet-stream", bytes: bombs.docxOfEntries() },
    ];
    const twenty = Array.from({ length: 20 }, (_, n) => kinds[n % kinds.length] as TestFile);
    const picture = png("picture.png", await f.png(400, 300));
    expect((await node.as(2).upload(picture)).status).toBe(201); // now there is a decoder
    const { decoders } = contextOf(node.broker.getLocalService("uploads"));
    const memory = () => [process.pid, ...decoders.pids].reduce((sum, pid) => sum + resident(pid), 0);
    const before = memory();
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, memory())), 10);
    let done = 0;
    const sent = twenty.map((bomb) =>
      node
        .as(1)
        .upload(bomb)
        .finally(() => done++),
    );
    while (done === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const other = await node.as(3).upload({ ...picture, bytes: await f.png(401, 300) });
    const health = await node.as(3).get("/health");
    expect([other.status, health.status]).toEqual([201, 200]);
    expect(done).toBeLessThan(20); // it did not wait for them
    const answers = await Promise.all(sent);
    clearInterval(watch);
    expect(new Set(answers.map((a) => a.status)).size).toBeGreaterThan(1);
    for (const { status } of answers) expect([201, 413, 415, 503]).toContain(status);
    expect(most - before).toBeLessThan(300 * MB);
    expect(unfinished(node)).toEqual([]);
  });

  test("what was disarmed is stored without its charge", async () => {
    const bytes = await bombs.pngOfTexts("zTXt", 2);
    const { status, body } = await node.as(4).upload({ name: "a.png", type: "image/png", bytes });
    expect([status, body.data.width]).toEqual([201, 8]);
    expect(body.data.size).toBeLessThan(1_000);
  });

  test("the image that takes too much is refused by name and leaves nothing", async () => {
    const before = stored(node).length;
    const bytes = await bombs.pngInterlaced();
    const { status, body } = await node.as(4).upload({ name: "a.png", type: "image/png", bytes });
    expect([status, body.error.code]).toEqual([413, "TOO_LARGE"]);
    expect(stored(node)).toHaveLength(before);
  });
});

describe("a decoder", () => {
  const roomy = { memory: 190 * MB, cpuSeconds: 15, deadlineMs: 30_000 };
  const bounds = { atOnce: 2, atOnceEach: 1, waitingEach: 40, waiting: 400, patience: 45_000 };
  const task = (kind: Task["kind"], bytes: Buffer) => () => Promise.resolve({ kind, bytes });
  const using = async (limits: Partial<typeof roomy>, work: (decoders: Decoders) => Promise<void>) => {
    const decoders = new Decoders({ ...roomy, ...limits }, bounds);
    try {
      await work(decoders);
    } finally {
      decoders.close();
    }
  };
  const gone = async (pid: number): Promise<void> => {
    for (let isThere = true; isThere; await new Promise((resolve) => setTimeout(resolve, 5)))
      try {
        process.kill(pid, 0);
      } catch {
        isThere = false;
      }
  };

  test.each([
    ["memory", { memory: 25 * MB }],
    ["time", { cpuSeconds: 0.05 }],
    ["patience", { deadlineMs: 1 }],
  ])("that is asked for more %s than it has ends, and the next image finds another", (_what, limits) =>
    using(limits, async (decoders) => {
      const large = await f.png(6_000, 6_000);
      expect(await decoders.decode(1, task("png", large))).toEqual({ refused: "tooMuch" });
      expect(decoders.pids).toEqual([]);
      await using({}, async (roomier) => {
        expect(await roomier.decode(1, task("jpg", await f.jpg()))).toHaveProperty("picture");
      });
    }),
  );

  test("is used again, and two of one owner are never at work at once", () =>
    using({}, async (decoders) => {
      const bytes = await f.png();
      await Promise.all([1, 1, 1].map((owner) => decoders.decode(owner, task("png", bytes))));
      expect(decoders.pids).toHaveLength(1);
      await Promise.all([1, 2, 3].map((owner) => decoders.decode(owner, task("png", bytes))));
      expect(decoders.pids).toHaveLength(2);
    }));

  test("that others left warm is not what the next bomb of the same user ends", () =>
    using({ memory: 25 * MB }, async (decoders) => {
      const bytes = await f.png(6_000, 6_000);
      const bomb = () => decoders.decode(1, task("png", bytes));
      const picture = async (owner: number) => decoders.decode(owner, task("png", await f.png()));
      expect(await bomb()).toEqual({ refused: "tooMuch" });
      await picture(2);
      const warm = decoders.pids;
      expect(warm).toHaveLength(1);
      for (let n = 0; n < 2; n++) {
        expect(await bomb()).toEqual({ refused: "tooMuch" });
        await picture(n + 2);
        expect(decoders.pids).toEqual(warm);
      }
    }));

  test("of a user who is suspected makes them no more than may be at work", () =>
    using({ memory: 25 * MB }, async (decoders) => {
      await decoders.decode(1, task("png", await f.png(6_000, 6_000)));
      const bytes = await f.png();
      await Promise.all([2, 3].map((owner) => decoders.decode(owner, task("png", bytes))));
      for (const owner of [1, 1, 2, 1]) {
        expect(await decoders.decode(owner, task("png", bytes))).toHaveProperty("picture");
        expect(decoders.pids.length).toBeLessThanOrEqual(bounds.atOnce);
      }
    }));

  test("knows no secret of its parent", () =>
    using({}, async (decoders) => {
      process.env.JWT_ACCESS_SECRET = "a secret";
      await decoders.decode(1, task("png", await f.png()));
      delete process.env.JWT_ACCESS_SECRET;
      const path = `/proc/${decoders.pids[0]}/environ`;
      if (existsSync(path)) expect(readFileSync(path, "utf8")).not.toContain("JWT_ACCESS_SECRET");
    }));

  test("that dies at rest is replaced, one that is killed at work is the image's fault", () =>
    using({}, async (decoders) => {
      const bytes = await f.png();
      await decoders.decode(1, task("png", bytes));
      const [resting = 0] = decoders.pids;
      process.kill(resting, "SIGKILL");
      await gone(resting);
      expect(await decoders.decode(1, task("png", bytes))).toHaveProperty("picture");
      const atWork = decoders.decode(1, task("jpg", await f.jpg(5_000, 4_000)));
      await new Promise((resolve) => setTimeout(resolve, 1));
      decoders.pids.forEach((pid) => process.kill(pid, "SIGKILL"));
      expect(await atWork).toEqual({ refused: "tooMuch" });
    }));

  test("ends with its service: who waits hears that, and no process stays", async () => {
    const decoders = new Decoders(roomy, bounds);
    const large = await f.jpg(5_000, 4_000);
    const asked = [1, 1, 2].map((owner) => decoders.decode(owner, task("jpg", large)));
    const settled = Promise.allSettled(asked);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { pids } = decoders;
    expect(pids).toHaveLength(2);
    decoders.close();
    for (const result of await settled)
      expect(result).toMatchObject({ status: "rejected", reason: { type: "UNAVAILABLE" } });
    await Promise.all(pids.map(gone));
  });
});
