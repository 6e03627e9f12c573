/** The pure parts of uploads: what a file is, what a form's headers say, who waits for whom, what a signature binds. */
import fc from "fast-check";
import { fileKinds } from "../../contracts/uploads";
import { promisedKind } from "../../platform/files";
import { sniff, TextCheck } from "../../platform/files/sniff";
import { boundaryOf } from "../../services/api/http/files/form";
import { dispositionOf, shownName } from "../../services/api/http/files/names";
import { contentDisposition, rangeOf } from "../../services/api/http/files/range";
import { idOfUrl } from "../../services/uploads/attachments";
import { verdictOf } from "../../services/uploads/clamd";
import { Owners } from "../../services/uploads/owners";
import { Signer } from "../../services/uploads/sign";

const ID = "0123456789abcdef01234567";

describe("the kind of a file", () => {
  test("is decided by any bytes without an exception", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void sniff(Buffer.from(bytes))));
  });

  test.each(["a.jpg.exe", "exe", ".png.", "a", "", "a.PnGx"])("named %j is none of ours", (name) => {
    expect(() => promisedKind(name, undefined, fileKinds)).toThrow(
      expect.objectContaining({ type: "UNSUPPORTED_TYPE" }),
    );
  });

  test.each([
    "The free lunch is over",
    "{ free: true }",
    "The moov is a box",
    "skip\nthis line",
    "1234wide open",
    "GIF89a is a format",
    "RIFF, and so on",
    "BM",
    "ID3 tags",
    "PK means Phil Katz",
    "a,b\r\n1,2\r\n",
    "\ufeffhello",
  ])("a text that begins %j is text", (text) => expect(sniff(Buffer.from(text))).toBe("text"));

  const iso = (...brands: string[]) => {
    const box = Buffer.alloc(12 + 4 * brands.length, "\0\0\0\0ftyp", "latin1");
    box.writeUInt32BE(box.length);
    box.write(brands[0] ?? "", 8, "latin1");
    box.writeUInt32BE(512, 12);
    brands.slice(1).forEach((brand, i) => box.write(brand, 16 + 4 * i, "latin1"));
    return Buffer.concat([box, Buffer.from("\0\0\0\x08mdat", "latin1")]);
  };
  test.each<[string[], string | undefined]>([
    [["XAVC", "XAVC", "mp42", "iso2"], "mp4"],
    [["mp42", "mp42", "hvc1", "CAEP"], "mp4"],
    [["3gp4", "isom", "3gp4"], "mp4"],
    [["M4A ", "M4A ", "mp42", "isom"], "m4a"],
    [["mif1", "mif1", "heic"], "heic"],
    [["heic", "mif1", "heic"], "heic"],
    [["qt  ", "qt  ", "isom"], "mov"],
    [["avif", "avif", "mif1", "miaf"], undefined],
    [["crx ", "crx ", "isom"], undefined],
    [["XAVC", "XAVC"], undefined],
    [["mif1", "mif1", "miaf"], undefined],
  ])("of the brands %j is %s", (brands, form) => expect(sniff(iso(...brands))).toBe(form));

  test.each([
    ["a.webm", "video/webm", "webm"],
    ["a.webm", "audio/webm", "weba"],
    ["a.weba", undefined, "weba"],
    ["a.mp4", "audio/mp4", "m4a"],
    ["a.mp4", "application/octet-stream", "mp4"],
    ["a.ogg", "audio/ogg", "ogg"],
    ["a.csv", "application/vnd.ms-excel", "csv"],
  ])("named %s and declared %s is %s", (name, declared, kind) =>
    expect(promisedKind(name, declared, fileKinds)).toBe(kind),
  );

  test("that is not taken here is refused by name, and the answer lists those that are", () => {
    expect(() => promisedKind("a.zip", undefined, ["png", "jpg"])).toThrow("png, jpg, jpeg, jfif");
    expect(() => promisedKind("a.mp4", "video/mp4", ["m4a"])).toThrow("declared");
  });

  test("text is text however its bytes are cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 7 }), (text, size) => {
        const bytes = Buffer.from(text.replaceAll("\0", " "));
        const check = new TextCheck();
        for (let at = 0; at < bytes.length; at += size) check.take(bytes.subarray(at, at + size));
        return check.end();
      }),
    );
  });
});

describe("the headers of a form", () => {
  test.each([
    ['form-data; name="file"; filename="a b.txt"', { name: "file", filename: "a b.txt" }],
    ['form-data; name="file"; filename="say \\"hi\\".txt"', { name: "file", filename: 'say "hi".txt' }],
    ["form-data; name=file; filename=plain.txt", { name: "file", filename: "plain.txt" }],
    ['form-data; name="f"; filename="x"; filename*=UTF-8\'\'%C3%A9.txt', { name: "f", filename: "é.txt" }],
    ['form-data; name="a;b"; filename="c;d.txt"', { name: "a;b", filename: "c;d.txt" }],
    ['form-data; name="f"; filename="a%22b%0D%0Ac.txt"', { name: "f", filename: 'a"b\r\nc.txt' }],
    ['form-data; name="f"; filename="100%25 %41.txt"', { name: "f", filename: "100%25 %41.txt" }],
    ['form-data; name="f"; filename="a\\b.txt"', { name: "f", filename: "a\\b.txt" }],
    ['form-data; name="f"; filename="a\\\\b.txt"', { name: "f", filename: "a\\b.txt" }],
    ['form-data; name="f"; filename="ends\\"', { name: "f", filename: "ends\\" }],
    ['form-data; filename="ends\\"; name="f"', { name: "f", filename: "ends\\" }],
    ["form-data; name=f; filename*=ISO-8859-1''caf%E9.txt", { name: "f", filename: "café.txt" }],
    ["form-data; name=f; filename*=iso-8859-1'en'caf%E9.txt; filename=cafe.txt", { name: "f", filename: "café.txt" }],
    ["form-data; name=f; filename=x.txt; filename*=koi8-r''%C1.txt", { name: "f", filename: "x.txt" }],
    ["form-data; name=f; filename=x.txt; filename*=UTF-8''%ZZ.txt", { name: "f", filename: "x.txt" }],
    ['form-data; name="only"', { name: "only" }],
    ["form-data", {}],
  ])("%s", (header, expected) => expect(dispositionOf(header)).toEqual(expected));

  test.each([
    ["../../etc/passwd", "passwd"],
    ["C:\\fakepath\\a.png", "a.png"],
    ["C:/Users/a.png", "a.png"],
    ["..\\..\\a.png", "a.png"],
    ["\\\\server\\share\\a.png", "a.png"],
    ["either\\or.txt", "either_or.txt"],
    [`${"👩‍👩‍👧".repeat(40)}.png`, `${"👩‍👩‍👧".repeat(31)}.png`],
    ["\u202Egnp.exe", "gnp.exe"],
    ["a\r\nb\0.txt", "ab.txt"],
    ["ảnh.png", "ảnh.png"],
    [`${"👨‍👩‍👧".repeat(40)}.png`, `${"👨‍👩‍👧".repeat(31)}.png`],
    [`${"x".repeat(300)}.tar`, `${"x".repeat(251)}.tar`],
    ["half\ud83d\ufffe.txt", "half.txt"],
  ])("the name %j is shown as %j", (raw, shown) => expect(shownName(raw)).toBe(shown));

  test("a boundary may be quoted, and must be there", () => {
    expect(boundaryOf('multipart/form-data; charset=utf-8; boundary="a b"')).toBe("a b");
    expect(boundaryOf("Multipart/Form-Data;boundary=x")).toBe("x");
    expect(() => boundaryOf("multipart/form-data")).toThrow(expect.objectContaining({ type: "BAD_REQUEST" }));
    expect(() => boundaryOf(`multipart/form-data; boundary=${"x".repeat(71)}`)).toThrow();
    expect(() => boundaryOf(undefined)).toThrow(expect.objectContaining({ type: "UNSUPPORTED_TYPE" }));
  });
});

test("a range never leaves the file", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 1000 }), (header, size) => {
      const range = rangeOf(`bytes=${header}`, size);
      return typeof range !== "object" || (range.start >= 0 && range.start <= range.end && range.end < size);
    }),
  );
});

test("a file's name never breaks out of its header", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1 }), (name) => {
      const value = contentDisposition(false, name);
      return /^[\x20-\x7e]*$/.test(value) && [0, 2].includes((value.match(/"/g) ?? []).length);
    }),
  );
});

test("only our own URLs name a file", () => {
  expect(idOfUrl(`/files/${ID}`)).toBe(ID);
  expect(idOfUrl(`https://host/files/${ID}?variant=preview`, true)).toBe(ID);
  for (const url of [`https://host/files/${ID}`, `/files/${ID}x`, `/files/${ID}?x`, `//files/${ID}`, ""])
    expect(idOfUrl(url)).toBeUndefined();
});

describe("a signature", () => {
  const signer = new Signer("a secret");
  const signed = { id: ID, variant: undefined, exp: 2_000 };
  const sig = signer.sign(signed);

  test("holds until its time, for its file and its form", () => {
    expect(signer.holds(signed, sig, 1_999_999)).toBe(true);
    expect(signer.holds(signed, sig, 2_000_000)).toBe(false);
    expect(signer.holds({ ...signed, exp: 3_000 }, sig, 0)).toBe(false);
    expect(signer.holds({ ...signed, variant: "preview" }, sig, 0)).toBe(false);
    expect(signer.holds({ ...signed, id: ID.replace("0", "1") }, sig, 0)).toBe(false);
    expect(new Signer("another").holds(signed, sig, 0)).toBe(false);
    expect(signer.holds(signed, "", 0)).toBe(false);
  });
});

describe("the changes of one owner", () => {
  test("run one after the other, those of others beside them, and a failure stops nobody", async () => {
    const owners = new Owners();
    const log: string[] = [];
    const step = (name: string) => async () => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
    };
    const failing = owners.turn(1, () => Promise.reject(new Error("no")));
    await Promise.all([expect(failing).rejects.toThrow("no"), owners.turn(1, step("a")), owners.turn(1, step("b"))]);
    expect(log).toEqual(["a begins", "a ends", "b begins", "b ends"]);
  });

  test("that are promised room count until released, or too late", () => {
    const owners = new Owners();
    owners.promise(1, "x", { bytes: 10, until: 100 });
    owners.promise(1, "y", { bytes: 5, until: 200 });
    expect([owners.promised(1, 50), owners.promised(2, 50)]).toEqual([15, 0]);
    expect(owners.promised(1, 150)).toBe(5);
    owners.release(1, "y");
    expect(owners.promised(1, 50)).toBe(0);
  });
});

test("clamd's answers", () => {
  expect(verdictOf("stream: OK")).toEqual({ clean: true });
  expect(verdictOf("stream: Win.Test FOUND")).toEqual({ clean: false, threat: "Win.Test" });
  for (const reply of ["", "INSTREAM size limit exceeded. ERROR", "stream: OK FOUND ERROR"])
    expect(() => verdictOf(reply)).toThrow("clamd says");
});
