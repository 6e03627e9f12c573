/**
 * A process that decodes images, one at a time, and ends itself when one asks for more memory or time than any honest one
 * needs: whatever a hostile image does to a decoder it does here, without secrets, and to nobody else.
 */
import { readdirSync } from "node:fs";
import { stat } from "node:fs/promises";
import { setPriority } from "node:os";
import { pictureOf, TooManyPixels, TooMuchMemory } from "./picture";
import { type Limits, type Outcome, type Task, TOO_MUCH } from "./protocol";

const LOOK_EVERY_MS = 5;
/** Sockets come first, and this loop before the threads that it looks after. */
const NICENESS = { loop: 5, decoding: 15 };
/** What may be asked for beside the pixels: what is encoded, and the library itself. */
const BESIDE_PIXELS = 20 * 1024 * 1024;

const idleMemory = process.memoryUsage.rss();

function takesTooMuch(since: NodeJS.CpuUsage, { memory, cpuSeconds }: Limits): boolean {
  const { user, system } = process.cpuUsage(since);
  return process.memoryUsage.rss() - idleMemory > memory || user + system > cpuSeconds * 1e6;
}

const refusalOf = (error: unknown): Outcome => {
  if (error instanceof TooMuchMemory) return { refused: "tooMuch" };
  return { refused: error instanceof TooManyPixels ? "pixels" : "damaged" };
};

/** The decoders run in threads of their own, so that this loop is free to look. */
async function decode({ kind, bytes, limits }: Task & { limits: Limits }): Promise<Outcome> {
  const since = process.cpuUsage();
  const watch = setInterval(() => {
    if (takesTooMuch(since, limits)) process.exit(TOO_MUCH);
  }, LOOK_EVERY_MS);
  try {
    const image = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return { picture: await pictureOf(image, kind, limits.memory - BESIDE_PIXELS) };
  } catch (error) {
    return refusalOf(error);
  } finally {
    clearInterval(watch);
  }
}

async function lowerPriority(): Promise<void> {
  setPriority(NICENESS.loop);
  if (process.platform !== "linux") return; // elsewhere threads have no priority of their own
  await stat("/"); // now the threads are there; those that they start are like them
  for (const thread of readdirSync("/proc/self/task"))
    if (Number(thread) !== process.pid) setPriority(Number(thread), NICENESS.decoding);
}

lowerPriority().catch(() => undefined); // a thread may have ended meanwhile
process.on(
  "message",
  (task: Task & { limits: Limits }) => void decode(task).then((outcome) => process.send?.(outcome)),
);
process.on("disconnect", () => process.exit(0));
