/** Dead letters of the in-process carrier: one JSON file each, so that they outlive the process. */
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type DeadLetter } from "./adapter";

export class DeadLetterFiles {
  constructor(private readonly dir: string) {}

  async add(letter: DeadLetter): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    const path = this.pathOf(letter.id);
    const file = await open(`${path}.part`, "w");
    try {
      await file.writeFile(JSON.stringify(letter));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(`${path}.part`, path); // a crash leaves a whole letter or none
  }

  /** Oldest first. */
  async list(limit: number): Promise<DeadLetter[]> {
    await mkdir(this.dir, { recursive: true });
    const names = (await readdir(this.dir)).filter((name) => name.endsWith(".json"));
    const letters = await Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(this.dir, name), "utf8")) as DeadLetter),
    );
    return letters.sort((a, b) => a.diedAt.localeCompare(b.diedAt)).slice(0, limit);
  }

  remove(id: string): Promise<void> {
    return rm(this.pathOf(id), { force: true });
  }

  private pathOf(id: string): string {
    return join(this.dir, `${id}.json`);
  }
}
