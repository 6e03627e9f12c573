/** Small true files of each accepted kind, made on the spot, and the parts to make false ones of. */
import sharp from "sharp";

const text = (s: string): Buffer => Buffer.from(s, "latin1");
const u16 = (n: number): Buffer => Buffer.from([n & 255, (n >> 8) & 255]);
const u32 = (n: number): Buffer => Buffer.concat([u16(n & 65535), u16(n >>> 16)]);
const join = (...parts: (Buffer | string)[]): Buffer =>
  Buffer.concat(parts.map((p) => (typeof p === "string" ? text(p) : p)));

const red = (width = 40, height = 20) =>
  sharp({ create: { width, height, channels: 3, background: { r: 200, g: 30, b: 30 } } });
export const jpg = (width?: number, height?: number): Promise<Buffer> => red(width, height).jpeg().toBuffer();
export const png = (width?: number, height?: number): Promise<Buffer> => red(width, height).png().toBuffer();
export const gif = (): Promise<Buffer> => red().gif().toBuffer();
export const webp = (): Promise<Buffer> => red().webp().toBuffer();
export const bmp = (): Buffer => join("BM", u32(70), Buffer.alloc(64));
export const svg = (): Buffer => text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');

/** A photo as a phone writes it: turned by EXIF, with the place where it was taken. */
export const photo = (width = 60, height = 30): Promise<Buffer> =>
  red(width, height)
    .withExif({ IFD0: { Make: "Phone", Artist: "Secret Person" }, IFD3: { GPSLatitude: "52/1 31/1 0/1" } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();

const isoBox = (brand: string): Buffer => join(Buffer.from([0, 0, 0, 16]), "ftyp", brand, Buffer.alloc(4));
const mdat = join(Buffer.from([0, 0, 0, 40]), "mdat", Buffer.alloc(32));
export const mp4 = (brand = "isom"): Buffer => join(isoBox(brand), mdat);
export const mov = (): Buffer => join(isoBox("qt  "), mdat);
export const oldMov = (): Buffer => join(Buffer.from([0, 0, 0, 8]), "wide", mdat);
export const matroska = (docType: string): Buffer =>
  join(
    "\x1a\x45\xdf\xa3",
    Buffer.from([0x9f]),
    "\x42\x86\x81\x01\x42\x82",
    Buffer.from([0x80 | docType.length]),
    docType,
    Buffer.alloc(64),
  );
export const webm = (): Buffer => matroska("webm");

export const pdf = (): Buffer => text("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n");
export const mp3 = (): Buffer =>
  join("ID3\x03\x00\x00\x00\x00\x00\x0a", Buffer.alloc(10), Buffer.from([0xff, 0xfb, 0x90, 0x00]), Buffer.alloc(413));
export const bareMp3 = (): Buffer => join(Buffer.from([0xff, 0xfb, 0x90, 0x00]), Buffer.alloc(413));
export const wav = (): Buffer =>
  join("RIFF", u32(36), "WAVEfmt ", u32(16), u16(1), u16(1), u32(8000), u32(8000), u16(1), u16(8), "data", u32(0));
export const avi = (): Buffer => join("RIFF", u32(36), "AVI LIST", Buffer.alloc(30));
const oggPage = (packet: string): Buffer =>
  join("OggS\0\x02", Buffer.alloc(20), Buffer.from([1, packet.length]), packet);
export const ogg = (): Buffer => oggPage("\x01vorbis" + "\0".repeat(23));
export const opus = (): Buffer => oggPage("OpusHead\x01\x01" + "\0".repeat(9));
export const theora = (): Buffer => oggPage("\x80theora" + "\0".repeat(35));

const MAGIC = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const entry = (name: string): Buffer => {
  const bytes = Buffer.alloc(128);
  bytes.write(name, 0, "utf16le");
  bytes.writeUInt16LE((name.length + 1) * 2, 64);
  return bytes;
};
/** An OLE file whose directory names these streams. */
export const ole = (...streams: string[]): Buffer =>
  join(MAGIC, Buffer.alloc(504), ...["Root Entry", ...streams].map(entry), Buffer.alloc(512));
export const doc = (): Buffer => ole("WordDocument", "1Table");
export const xls = (): Buffer => ole("Workbook");

/** A ZIP of these entries, not compressed, not checksummed: only its list is ever read. */
export function zip(entries: Readonly<Record<string, string>>): Buffer {
  const bodies: Buffer[] = [];
  const list: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(entries)) {
    const common = join(
      u16(20),
      u16(0),
      u16(0),
      u32(0),
      u32(0),
      u32(content.length),
      u32(content.length),
      u16(name.length),
      u16(0),
    );
    const body = join("PK\x03\x04", common, name, content);
    list.push(join("PK\x01\x02", u16(20), common, u16(0), u16(0), u16(0), u32(0), u32(offset), name));
    bodies.push(body);
    offset += body.length;
  }
  const directory = Buffer.concat(list);
  const count = u16(list.length);
  return join(...bodies, directory, "PK\x05\x06", u32(0), count, count, u32(directory.length), u32(offset), u16(0));
}
export const docx = (more: Record<string, string> = {}): Buffer =>
  zip({ "[Content_Types].xml": "<Types/>", "word/document.xml": "<w:document/>", ...more });
export const xlsx = (): Buffer => zip({ "[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>" });
export const pptx = (): Buffer => zip({ "[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<p/>" });
export const rf64 = (): Buffer =>
  join("RF64\xff\xff\xff\xff", "WAVEds64", u32(28), Buffer.alloc(28), "fmt ", u32(16), Buffer.alloc(16));
export const paddedMp3 = (): Buffer => join(Buffer.alloc(417), bareMp3());
/** A file of the ISO container with these brands behind the first. */
export const isoWith = (...brands: string[]): Buffer =>
  join(
    Buffer.from([0, 0, 0, 12 + 4 * brands.length]),
    "ftyp",
    brands[0] ?? "",
    Buffer.alloc(4),
    ...brands.slice(1),
    mdat,
  );
/** A picture that a phone holds on its side. */
export const turnedWebp = (): Promise<Buffer> => red(60, 30).withMetadata({ orientation: 6 }).webp().toBuffer();
export const exe = (): Buffer => join("MZ\x90\0\x03\0\0\0", Buffer.alloc(200));
