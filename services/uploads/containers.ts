/** Documents and archives are looked into: their containers, ZIP and OLE, hold all kinds of other things as well. */
import { PassThrough, pipeline, type Readable } from "node:stream";
import { fromRandomAccessReader, RandomAccessReader, type ZipFile } from "yauzl";
import { damaged, type FileStore, type Kind } from "../../platform/files";

export type ZipKind = Extract<Kind, "docx" | "xlsx" | "pptx" | "zip">;

/** A document has some dozens of parts. */
const MAX_ENTRIES = 10_000;

/** yauzl reads the list of entries at the end of the archive through this; nothing is ever unpacked. */
class StoreReader extends RandomAccessReader {
  constructor(
    private readonly store: FileStore,
    private readonly key: string,
  ) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const out = new PassThrough();
    this.store.read(this.key, { start, end: end - 1 }).then(
      (bytes) => pipeline(bytes, out, () => undefined), // an error of one ends the other, and yauzl hears it
      (error: Error) => out.destroy(error),
    );
    return out;
  }
}

const openZip = (store: FileStore, key: string, size: number): Promise<ZipFile> =>
  new Promise((resolve, reject) =>
    fromRandomAccessReader(new StoreReader(store, key), size, { lazyEntries: true, autoClose: true }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    ),
  );

async function entriesOf(store: FileStore, key: string, size: number): Promise<string[]> {
  const zip = await openZip(store, key, size);
  if (zip.entryCount > MAX_ENTRIES) throw new Error("too many entries");
  return new Promise((resolve, reject) => {
    const names: string[] = [];
    zip.on("entry", ({ fileName }: { fileName: string }) => {
      names.push(fileName);
      zip.readEntry();
    });
    zip.on("end", () => resolve(names));
    zip.on("error", reject);
    zip.readEntry();
  });
}

/** The part that makes an archive a document of this kind; of a plain archive there is none. */
const MAIN_PARTS: Readonly<Record<ZipKind, RegExp | undefined>> = {
  docx: /^word\/document\d*\.xml$/,
  xlsx: /^xl\/workbook\d*\.xml$/,
  pptx: /^ppt\/presentation\d*\.xml$/,
  zip: undefined,
};

export const isZip = (kind: Kind): kind is ZipKind => kind in MAIN_PARTS;

/** @throws UNSUPPORTED_TYPE where the ZIP can't be listed, or is no such document, or one with macros */
export async function checkZip(store: FileStore, key: string, size: number, kind: ZipKind): Promise<void> {
  const names = await entriesOf(store, key, size).catch(() => {
    throw damaged(kind);
  });
  const main = MAIN_PARTS[kind];
  if (!main) return;
  const isDocument = names.includes("[Content_Types].xml") && names.some((n) => main.test(n));
  const hasMacros = names.some((n) => n.toLowerCase().endsWith("vbaproject.bin"));
  if (!isDocument || hasMacros) throw damaged(kind);
}

const utf16 = (text: string): Buffer => Buffer.from(text, "utf16le");
const WORD = utf16("WordDocument");
const ROOT = utf16("Root Entry");

/**
 * OLE files name their streams in UTF-16: one with a directory that names no Word document is a sheet, a slide show, a
 * mail or an installer. (The directory's sectors may lie anywhere, so the whole file is read, in pieces.)
 * @throws UNSUPPORTED_TYPE
 */
export async function checkDoc(store: FileStore, key: string): Promise<void> {
  let tail = Buffer.alloc(0);
  let hasDirectory = false;
  for await (const chunk of await store.read(key)) {
    const piece = Buffer.concat([tail, chunk as Buffer]);
    if (piece.includes(WORD)) return;
    hasDirectory ||= piece.includes(ROOT);
    tail = piece.subarray(-WORD.length);
  }
  // Without a readable directory nothing says that it is anything else, and a .doc is only ever a download.
  if (hasDirectory) throw damaged("doc");
}
