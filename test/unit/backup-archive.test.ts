/** The archive of a backup: what is put into it comes out of it, and a file that it takes needs no room twice. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { extract } from "tar";
import { ArchiveWriter, BadArchive, verified } from "../../scripts/backup/archive";

const CHUNK = 1 << 20;
const versions = { version: "1.0.0", pglite: "0.5.0", documents: 3 };

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "archive-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const digest = (data: Buffer): string => createHash("sha256").update(data).digest("hex");

describe("an archive", () => {
  it.each([0, 1, 512, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK - 7])(
    "takes a file of %d bytes, which is empty then, and gives it back whole",
    async (size) => {
      const [taken, added] = [randomBytes(size), randomBytes(700)];
      writeFileSync(join(dir, "taken"), taken);
      writeFileSync(join(dir, "added"), added);
      const archive = await ArchiveWriter.create(join(dir, "a.tar"));
      await archive.add("before", join(dir, "added"));
      await archive.take("taken", join(dir, "taken"));
      await archive.add("after", join(dir, "added"));
      await archive.end(versions);
      expect(statSync(join(dir, "taken")).size).toBe(0);
      const { files } = await verified(join(dir, "a.tar"));
      expect(files).toEqual({
        before: { size: 700, sha256: digest(added) },
        taken: { size, sha256: digest(taken) },
        after: { size: 700, sha256: digest(added) },
      });
      await extract({ file: join(dir, "a.tar"), cwd: dir });
      expect(readFileSync(join(dir, "taken")).equals(taken)).toBe(true);
      expect(readFileSync(join(dir, "after")).equals(added)).toBe(true);
    },
  );

  it("that was damaged after a file was taken is refused", async () => {
    writeFileSync(join(dir, "taken"), randomBytes(2 * CHUNK + 5));
    const archive = await ArchiveWriter.create(join(dir, "a.tar"));
    await archive.take("taken", join(dir, "taken"));
    await archive.end(versions);
    const file = await open(join(dir, "a.tar"), "r+");
    const at = CHUNK + 600;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
    await file.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at);
    await file.close();
    await expect(verified(join(dir, "a.tar"))).rejects.toThrow(BadArchive);
  });

  it("can't take what is not there, and is abandoned without a trace", async () => {
    const archive = await ArchiveWriter.create(join(dir, "a.tar"));
    await expect(archive.take("x", join(dir, "none"))).rejects.toThrow(/ENOENT/);
    await archive.abandon();
    expect(() => statSync(join(dir, "a.tar.partial"))).toThrow(/ENOENT/);
  });
});
