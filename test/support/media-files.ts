/** Sound and film as cameras, phones and recorders write them: with the place, the person and the device in every corner. */
import sharp from "sharp";

export const SECRETS = ["+52.5163+013.3777", "Secret Person", "SecretPhone 9"] as const;
const [PLACE, PERSON, DEVICE] = SECRETS;
const SECRET = `${PLACE} ${PERSON} ${DEVICE}`;

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
const be = (value: number, width = 4): Buffer => {
  const bytes = Buffer.alloc(width);
  bytes.writeUIntBE(value, 0, Math.min(width, 6));
  return bytes;
};
const le = (value: number, width = 4): Buffer => {
  const bytes = Buffer.alloc(width);
  bytes.writeUIntLE(value, 0, width);
  return bytes;
};
const join = (...parts: (Buffer | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? latin1(part) : part)));

export const box = (type: string, ...parts: (Buffer | string)[]): Buffer => {
  const body = join(...parts);
  return join(be(8 + body.length), type, body);
};
const DATE = be(3_800_000_000);
const zeros = (length: number): Buffer => Buffer.alloc(length);

const mvhd = (seconds: number): Buffer => box("mvhd", be(0), DATE, DATE, be(1000), be(seconds * 1000), zeros(80));
const upright = join(be(0x10000), zeros(12), be(0x10000), zeros(12), be(0x40000000));
const turned = join(zeros(4), be(0x10000), zeros(4), be(0xffff0000), zeros(16), be(0x40000000));
function track(handler: string, o: { matrix?: Buffer; table?: Buffer } = {}): Buffer {
  const size = handler === "vide" ? join(be(1920 * 65_536), be(1080 * 65_536)) : zeros(8);
  return box(
    "trak",
    box("tkhd", be(7), DATE, DATE, be(1), be(0), be(5000), zeros(16), o.matrix ?? upright, size),
    box("udta", box("\xa9nam", be(12, 2), be(0, 2), SECRET)),
    box(
      "mdia",
      box("mdhd", be(0), DATE, DATE, be(1000), be(5000), zeros(4)),
      box("hdlr", be(0), be(0), handler, zeros(13)),
      box("minf", box("stbl", ...(o.table ? [o.table] : []))),
    ),
  );
}

/** The samples of a track of two chunks: three samples of 10 bytes, then one. */
const pathTable = (first: number, second: number): Buffer =>
  join(
    box("stsz", be(0), be(0), be(4), be(10), be(10), be(10), be(10)),
    box("stsc", be(0), be(2), be(1), be(3), be(1), be(2), be(1), be(1)),
    box("stco", be(0), be(2), be(first), be(second)),
  );

/** A film of 1080 by 1920 as a phone holds it upright, with a track of places beside the picture. */
export function film(brand = "isom"): Buffer {
  const head = join(box("ftyp", brand, be(0), brand), box("uuid", zeros(16), `<x:xmpmeta>${SECRET}</x:xmpmeta>`));
  const places = [head.length + 8 + 100, head.length + 8 + 200] as const;
  const media = zeros(300).fill("picture ");
  media.fill(PLACE.slice(0, 10), 100, 130);
  media.fill(PLACE.slice(0, 10), 200, 210);
  const moov = box(
    "moov",
    mvhd(5),
    track("vide", { matrix: turned }),
    track("soun"),
    track("meta", { table: pathTable(...places) }),
    box("udta", box("\xa9xyz", be(17, 2), be(0, 2), PLACE), box("meta", zeros(4), box("ilst", SECRET))),
    box("meta", box("hdlr", zeros(8), "mdta", zeros(12)), box("keys", "com.apple.quicktime.location.ISO6709"), SECRET),
  );
  return join(head, box("mdat", media), moov, box("meta", SECRET));
}
export const picturesOf = (bytes: Buffer): number => bytes.toString("latin1").split("picture").length - 1;

const item = (name: string, value: string | Buffer): Buffer => box(name, box("data", be(1), be(0), value));
export const song = (): Buffer =>
  join(
    box("ftyp", "M4A ", be(0), "M4A "),
    box(
      "moov",
      mvhd(200),
      track("soun"),
      box(
        "udta",
        box("\xa9xyz", PLACE),
        box(
          "meta",
          be(0),
          box("hdlr", zeros(8), "mdir", zeros(12)),
          box(
            "ilst",
            item("\xa9nam", "A song"),
            item("covr", join("\xff\xd8", zeros(20))),
            item("covr", join("\xff\xd8\xff\xe1", "Exif\0\0", SECRET)),
            item("\xa9cmt", SECRET),
            item("----", `com.apple.iTunes owner ${SECRET}`),
          ),
        ),
      ),
    ),
    box("mdat", zeros(64).fill("picture ")),
  );

/** What libheif writes, with HEVC's brand: the list of items, their places and the blocks beside the picture are real. */
export async function heic(): Promise<Buffer> {
  const picture = sharp({ create: { width: 64, height: 32, channels: 3, background: "#345" } });
  const bytes = await picture
    .withExif({ IFD0: { Artist: PERSON, Model: DEVICE }, IFD3: { GPSAreaInformation: PLACE } })
    .withXmp(`<?xpacket begin="" id="x"?><x:xmpmeta xmlns:x="adobe:ns:meta/">${SECRET}</x:xmpmeta>`)
    .avif({ effort: 0 })
    .toBuffer();
  return Buffer.from(bytes.toString("latin1").replaceAll("avif", "heic"), "latin1");
}

const frame3 = (name: string, value: string | Buffer): Buffer => {
  const body = join(value);
  return join(name, be(body.length), be(0, 2), body);
};
const synchsafe = (n: number): Buffer => Buffer.from([21, 14, 7, 0].map((shift) => (n >> shift) & 127));
const id3 = (major: number, flags: number, body: Buffer): Buffer =>
  join("ID3", Buffer.from([major, 0, flags]), synchsafe(body.length), body);
/** 128 kbit/s, 44,100 Hz. */
const mpegFrame = (head: Buffer = zeros(0)): Buffer =>
  join(Buffer.from([0xff, 0xfb, 0x90, 0]), head, zeros(413 - head.length));
export function mp3(o: { flags?: number; xing?: number } = {}): Buffer {
  const tags = join(
    frame3("TIT2", "\0A song"),
    frame3("COMM", `\0eng\0${SECRET}`),
    frame3("GEOB", SECRET),
    frame3("APIC", join("\0image/jpeg\0\x03\0\xff\xd8\xff\xe1Exif\0\0", SECRET)),
    frame3("PRIV", SECRET),
    zeros(50),
  );
  const first = o.xing ? mpegFrame(join(zeros(32), "Xing", be(1), be(o.xing))) : mpegFrame();
  const sound = join(first, ...Array.from({ length: 9 }, () => mpegFrame()));
  const ape = join("APETAGEX", le(2000), le(32 + 60), le(1), le(0x80000000), zeros(8), SECRET.padEnd(60, " "));
  const foot = join("APETAGEX", le(2000), le(32 + 60), le(1), le(0x80000000), zeros(8));
  const old = join("TAG", "A song".padEnd(94, "\0"), PERSON.padEnd(28, "\0"), zeros(3));
  return join(id3(3, o.flags ?? 0, tags), sound, ape, foot, old);
}

const chunk = (type: string, body: Buffer): Buffer => join(type, le(body.length), body, zeros(body.length % 2));
/** Two seconds of 8-bit mono. */
export const wav = (): Buffer => {
  const body = join(
    "WAVE",
    chunk("bext", latin1(SECRET)),
    chunk("fmt ", join(le(1, 2), le(1, 2), le(8000), le(8000), le(1, 2), le(8, 2))),
    chunk("iXML", latin1(`<BWFXML>${SECRET}</BWFXML>`)),
    chunk("data", zeros(16_000).fill("picture ")),
    chunk("LIST", latin1(`INFOIART${SECRET}`)),
    chunk("id3 ", mp3()),
  );
  return join("RIFF", le(body.length), body);
};

const CRC = Array.from({ length: 256 }, (_, i) => {
  let r = i << 24;
  for (let b = 0; b < 8; b += 1) r = r & 0x80000000 ? (r << 1) ^ 0x04c11db7 : r << 1;
  return r >>> 0;
});
export const oggSum = (page: Buffer): number =>
  page.reduce((crc, byte, i) => ((crc << 8) ^ (CRC[(crc >>> 24) ^ (i >= 22 && i < 26 ? 0 : byte)] ?? 0)) >>> 0, 0);
function oggPage(flags: number, position: number, sequence: number, ...packets: Buffer[]): Buffer {
  const lacing = packets.flatMap((p) => [...Array<number>(Math.floor(p.length / 255)).fill(255), p.length % 255]);
  const head = join(
    "OggS\0",
    Buffer.from([flags]),
    le(position),
    le(0),
    le(7),
    le(sequence),
    le(0),
    Buffer.from([lacing.length]),
  );
  const page = join(head, Buffer.from(lacing), ...packets);
  page.writeUInt32LE(oggSum(page), 22);
  return page;
}
const comment = (text: string): Buffer => join(le(text.length), text);
const comments = join(
  le(4),
  "test",
  le(3),
  comment(`LOCATION=${SECRET}`),
  comment("TITLE=A song"),
  comment(`x=${SECRET.repeat(9)}`),
);
export const opus = (): Buffer =>
  join(
    oggPage(2, 0, 0, join("OpusHead\x01\x01", le(312, 2), le(48_000), zeros(3))),
    oggPage(0, 0, 1, join("OpusTags", comments)),
    oggPage(4, 312 + 3 * 48_000, 2, zeros(100)),
  );
export const vorbis = (): Buffer =>
  join(
    oggPage(2, 0, 0, join("\x01vorbis", le(0), "\x01", le(44_100), zeros(14))),
    oggPage(0, 0, 1, join("\x03vorbis", comments, "\x01"), join("\x05vorbis", zeros(40))),
    oggPage(4, 4 * 44_100, 2, zeros(100)),
  );

const element = (id: string, ...parts: (Buffer | string)[]): Buffer => {
  const body = join(...parts);
  return join(Buffer.from(id, "hex"), be(0x10000000 + body.length), body);
};
const double = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
};
export function webm(o: { live?: boolean } = {}): Buffer {
  const info = element(
    "1549a966",
    element("2ad7b1", be(1_000_000)),
    element("4489", double(7_500)),
    element("7ba9", SECRET),
  );
  const video = element("e0", element("b0", be(640, 2)), element("ba", be(360, 2)));
  const parts = join(
    info,
    element("1654ae6b", element("ae", element("536e", SECRET), video)),
    element("1254c367", element("7373", SECRET)),
    element("1f43b675", "picture ".repeat(8)),
    element("1941a469", SECRET),
  );
  const head = element("1a45dfa3", Buffer.from("42828477656 26d".replace(" ", ""), "hex"));
  return join(head, o.live ? join(Buffer.from("1853806701ffffffffffffff", "hex"), parts) : element("18538067", parts));
}
