/**
 * Reads a form of files as a stream (RFC 7578), one part after the other, and gives up by itself: malformed, too many,
 * too slow, cut. Busboy's parser does the cutting at boundaries; what its form layer would guess is decided here.
 */
import { Dicer } from "@fastify/busboy";
import { type IncomingMessage } from "node:http";
import { type Readable } from "node:stream";
import { badField, fail } from "../../../../contracts/errors";
import { dispositionOf, shownName } from "./names";

export interface FormLimits {
  readonly boundary: string;
  readonly field: string;
  readonly maxFiles: number;
  /** Longest pause of the client, and longest time for all, in milliseconds. */
  readonly stallMs: number;
  readonly timeoutMs: number;
}
export interface FormFile {
  readonly name: string;
  /** Undefined where the part declares no type. */
  readonly declared: string | undefined;
  readonly bytes: Readable;
}
type Headers = Readonly<Record<string, readonly string[] | undefined>>;

const MAX_TEXT_PARTS = 20;
/** After the last byte the parser needs no time; where it has not finished by then it waits for more. */
const SETTLE_MS = 500;

const malformed = (message: string) => fail("BAD_REQUEST", message, [{ field: "body", rule: "multipart", message }]);

/** @throws UNSUPPORTED_TYPE, BAD_REQUEST */
export function boundaryOf(contentType: string | undefined): string {
  if (!/^multipart\/form-data\s*(;|$)/i.test(contentType ?? ""))
    throw fail("UNSUPPORTED_TYPE", "The body must be a form with files: Content-Type: multipart/form-data.");
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(contentType ?? "") ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) throw malformed("Content-Type names no boundary.");
  return boundary;
}

/** Reads one form; `take` gets each file and must read its bytes or reject. Everything ends before it settles. */
export class FormReader<T> {
  private readonly taken: Promise<T>[] = [];
  private readonly parts = new Set<Readable>();
  private readonly headless = new Set<Readable>();
  private readonly parser: Dicer;
  private readonly timers: NodeJS.Timeout[] = [];
  private texts = 0;
  private over = false;
  private settle!: { resolve: () => void; reject: (error: unknown) => void };

  constructor(
    private readonly req: IncomingMessage,
    private readonly limits: FormLimits,
    private readonly take: (file: FormFile) => Promise<T>,
  ) {
    const { boundary } = limits;
    const config = { boundary, maxHeaderPairs: 20, maxHeaderSize: 8192, partHwm: 64 * 1024, highWaterMark: 64 * 1024 };
    this.parser = new Dicer(config);
  }

  /** @throws what `take` threw, BAD_REQUEST, TOO_LARGE; then no file is being read any more */
  async read(): Promise<T[]> {
    const done = new Promise<void>((resolve, reject) => (this.settle = { resolve, reject }));
    this.listen();
    this.watch();
    try {
      await done;
      return await Promise.all(this.taken);
    } finally {
      this.timers.forEach((timer) => clearTimeout(timer));
      await Promise.allSettled(this.taken);
    }
  }

  private listen(): void {
    const { req, parser } = this;
    parser.on("part", (part: Readable) => this.onPart(part));
    parser.on("error", () => this.stop(malformed("The form breaks off before its last boundary.")));
    parser.once("finish", () => this.finish());
    req.once("close", () => {
      if (!req.complete) this.stop(malformed("The request was broken off."));
    });
    req.once("end", () => void this.expectFinish());
    if (req.destroyed && !req.complete) return this.stop(malformed("The request was broken off."));
    req.pipe(parser);
  }

  private onPart(part: Readable): void {
    this.parts.add(part);
    this.headless.add(part);
    part.on("error", () => undefined); // told by the parser, or by whoever reads it
    part.once("header", (headers: Headers) => {
      this.headless.delete(part);
      if (this.over) part.resume();
      else this.onHeader(part, headers);
    });
  }

  private onHeader(part: Readable, headers: Headers): void {
    const disposition = headers["content-disposition"]?.[0];
    if (disposition === undefined || !/^form-data\s*;/i.test(disposition))
      return this.stop(malformed("A part has no Content-Disposition: form-data."));
    const { name, filename } = dispositionOf(disposition);
    if (name === undefined) return this.stop(malformed("A part has no name."));
    if (filename === undefined) return this.skip(part);
    const refusal = this.refusal(name, filename, headers);
    if (refusal) return this.stop(refusal);
    const declared = headers["content-type"]?.[0]?.split(";")[0]?.trim().toLowerCase();
    const file = this.take({ name: shownName(filename), declared, bytes: part });
    this.taken.push(file);
    file.catch((error: unknown) => this.stop(error));
  }

  private refusal(name: string, filename: string, headers: Headers): Error | undefined {
    const { field, maxFiles } = this.limits;
    if (name !== field) return badField(name.slice(0, 100), "field", `Files are expected in the field "${field}".`);
    if (shownName(filename) === "") return badField(field, "name", "The file has no name.");
    const encoding = headers["content-transfer-encoding"]?.[0]?.trim().toLowerCase() ?? "binary";
    if (!["binary", "8bit", "7bit"].includes(encoding))
      return malformed("Files must be sent as they are, not encoded.");
    if (this.taken.length >= maxFiles) return badField(field, "max", `At most ${maxFiles} files in one form.`);
    return undefined;
  }

  /** Text fields mean nothing here; forms often carry some. */
  private skip(part: Readable): void {
    this.texts += 1;
    if (this.texts > MAX_TEXT_PARTS) return this.stop(malformed("The form has too many fields."));
    part.resume();
  }

  private finish(): void {
    if (this.headless.size) return this.stop(malformed("A part's headers don't end."));
    if (!this.taken.length) return this.stop(badField(this.limits.field, "required", "The form holds no file."));
    this.end(() => this.settle.resolve());
  }

  private async expectFinish(): Promise<void> {
    await Promise.allSettled(this.taken); // the store may be slower than the client
    const late = () => this.stop(malformed("The form does not end."));
    this.timers.push(setTimeout(late, SETTLE_MS).unref());
  }

  /** Pauses count only while we read: where the store is slow, the client has to wait. */
  private watch(): void {
    const { req, parser, limits } = this;
    const stalled = () => {
      if (req.readableEnded) return;
      if (req.isPaused() || parser.writableNeedDrain) timer.refresh();
      else this.stop(malformed("The upload stalled."));
    };
    const timer = setTimeout(stalled, limits.stallMs).unref();
    req.on("data", () => timer.refresh());
    const late = () => this.stop(malformed("The upload took too long."));
    this.timers.push(timer, setTimeout(late, limits.timeoutMs).unref());
  }

  private stop(error: unknown): void {
    this.end(() => {
      this.req.unpipe(this.parser);
      this.req.resume(); // what still comes is thrown away, so that the client gets to read the answer
      const reason = error instanceof Error ? error : new Error(String(error));
      for (const part of this.parts) part.destroy(reason);
      this.settle.reject(error);
    });
  }

  private end(how: () => void): void {
    if (this.over) return;
    this.over = true;
    how();
  }
}
