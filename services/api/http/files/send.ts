/** GET /files/:id: the bytes, straight from the store, once `uploads` has said that they may be read. */
import { pipeline } from "node:stream/promises";
import { actions } from "../../../../contracts/actions";
import { type OpenFile } from "../../../../contracts/uploads";
import { call } from "../../../../platform/bus";
import { type ByteRange, fileStoreOf } from "../../../../platform/files";
import { sendJson } from "../answers";
import { type Exchange, type Response } from "../door";
import { convertStrings } from "../query";
import { contentDisposition, holds, isFresh, lastModified, rangeHolds, rangeOf } from "./range";

/** A file is never a page of ours: no script in it runs, and no document or frame of ours is its own. */
const SANDBOX = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'";

function describe(res: Response, file: OpenFile): void {
  res.setHeader("ETag", file.etag);
  res.setHeader("Last-Modified", lastModified(file));
  // Kept by the client only, and asked for again each time: a file can be gone at any moment.
  res.setHeader("Cache-Control", "private, no-cache");
  res.setHeader("Accept-Ranges", "bytes");
  res.setHeader("Content-Security-Policy", SANDBOX);
  res.setHeader("X-Content-Type-Options", "nosniff");
  res.setHeader("Cross-Origin-Resource-Policy", "cross-origin"); // signed links are for <img> of any page
}

function refuseRange(res: Response, size: number): void {
  res.setHeader("Content-Range", `bytes */${size}`);
  const message = "The file has no such range.";
  sendJson(res, 416, { ok: false, error: { code: "BAD_REQUEST", message, details: { size } } });
}

function refuseChanged(res: Response): void {
  const message = "The file is not the one that If-Match or If-Unmodified-Since names.";
  sendJson(res, 412, { ok: false, error: { code: "CONFLICT", message } });
}

async function sendBytes({ broker, req, res }: Exchange, file: OpenFile, range: ByteRange | undefined): Promise<void> {
  const bytes = req.isHead ? undefined : await fileStoreOf(broker).read(file.key, range);
  const { start, end } = range ?? { start: 0, end: file.size - 1 };
  if (range) res.setHeader("Content-Range", `bytes ${start}-${end}/${file.size}`);
  res.writeHead(range ? 206 : 200, {
    "Content-Type": file.mime === "text/plain" ? "text/plain; charset=utf-8" : file.mime,
    "Content-Length": end - start + 1,
    "Content-Disposition": contentDisposition(file.inline, file.name),
  });
  if (bytes === undefined) return void res.end();
  // A client that goes away, or a store that breaks off, ends the connection: the length was promised.
  await pipeline(bytes, res).catch(() => res.destroy());
}

/** A link of the store's is signed for one method. */
const linkOf = async ({ broker, req }: Exchange, { key, mime, inline, name }: OpenFile): Promise<string | undefined> =>
  req.isHead ? undefined : fileStoreOf(broker).presign(key, { mime, disposition: contentDisposition(inline, name) });

export async function sendFile(x: Exchange): Promise<void> {
  const { ctx, req, res, path, query, meta } = x;
  const input = convertStrings(actions["uploads.open"].params, { ...query, ...path });
  const file = await call(ctx, "uploads.open", input as never, { meta });
  describe(res, file);
  if (!holds(req.headers, file)) return refuseChanged(res);
  if (isFresh(req.headers, file)) return void res.writeHead(304).end();
  const elsewhere = await linkOf(x, file);
  if (elsewhere !== undefined) return void res.writeHead(302, { Location: elsewhere }).end();
  const ifRange = req.headers["if-range"];
  const range = rangeHolds(typeof ifRange === "string" ? ifRange : undefined, file)
    ? rangeOf(req.headers.range, file.size)
    : undefined;
  if (range === "unsatisfiable") return refuseRange(res, file.size);
  await sendBytes(x, file, range);
}
