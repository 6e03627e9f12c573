/** The files of an export, in a folder or in a zip. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Entry, fromBuffer, type ZipFile } from "yauzl";

export interface Files {
  /** Paths that begin like this, sorted. */
  names(prefix: string): string[];
  text(path: string): Promise<string | undefined>;
  json<T>(path: string): Promise<T | undefined>;
}

function parsed<T>(path: string, text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(`${path} is no JSON.`);
  }
}

const filesOf = (paths: readonly string[], read: (path: string) => Promise<string> | string): Files => {
  const known = new Set(paths);
  const text = async (path: string): Promise<string | undefined> => (known.has(path) ? await read(path) : undefined);
  return {
    names: (prefix) => paths.filter((path) => path.startsWith(prefix)).sort(),
    text,
    json: async <T>(path: string) => parsed<T>(path, await text(path)),
  };
};

/** @throws where there is no such file or folder */
export async function openFiles(path: string): Promise<Files> {
  if (statSync(path).isDirectory()) {
    const paths = readdirSync(path, { recursive: true, encoding: "utf8" }).map((p) => p.replaceAll("\\", "/"));
    return filesOf(
      paths.filter((p) => statSync(join(path, p)).isFile()),
      (p) => readFileSync(join(path, p), "utf8"),
    );
  }
  const { zip, entries } = await openZip(path);
  return filesOf([...entries.keys()], (p) => entryText(zip, entries.get(p) as Entry));
}

function openZip(path: string): Promise<{ zip: ZipFile; entries: Map<string, Entry> }> {
  return new Promise((resolve, reject) => {
    fromBuffer(readFileSync(path), { lazyEntries: true, autoClose: false }, (error, zip) => {
      if (error) return reject(new Error(`${path} is no zip and no folder.`));
      const entries = new Map<string, Entry>();
      zip.on("entry", (entry: Entry) => {
        if (!entry.fileName.endsWith("/")) entries.set(entry.fileName, entry);
        zip.readEntry();
      });
      zip.on("end", () => resolve({ zip, entries }));
      zip.on("error", reject);
      zip.readEntry();
    });
  });
}

function entryText(zip: ZipFile, entry: Entry): Promise<string> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) return reject(error);
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("error", reject);
      stream.on("end", () => resolve(Buffer.concat(parts).toString("utf8")));
    });
  });
}
