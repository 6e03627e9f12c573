/** Files in a bucket of an S3-compatible service, sent in parts, so that no file is held whole. */
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { createHash } from "node:crypto";
import { pipeline, type Readable, Transform, type TransformCallback } from "node:stream";
import { type Env } from "../../contracts/env";
import { codeOf, fail } from "../../contracts/errors";
import { Slots } from "../slots";
import {
  type ByteRange,
  type FileStore,
  type Presentation,
  type PutOptions,
  type Stored,
  type StoredObject,
  type Through,
} from "./store";

/** The smallest part that S3 takes. */
const PART = 5 * 1024 * 1024;
/** Puts at a time: each holds up to two parts in memory, the others wait with their sockets paused. */
const AT_ONCE = 6;
const FOLDER = "files/";
const PRESIGNED_SECONDS = 60;

const noRoom = new Set(["XMinioStorageFull", "InsufficientStorage", "QuotaExceeded", "InsufficientCapacity"]);
const missing = new Set(["NoSuchKey", "NotFound", "NoSuchUpload"]);

/** What the service says, in our codes; what is ours already stays as it is. */
function translated(error: unknown): unknown {
  if (codeOf(error) !== "INTERNAL") return error;
  const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
  if (noRoom.has(name) || $metadata?.httpStatusCode === 507) return fail("FULL");
  if (missing.has(name)) return fail("NOTFOUND", "There is no such file.");
  return fail("UNAVAILABLE", "The file store does not answer.");
}

const answering = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw translated(error);
  }
};

function clientOf(env: Env): S3Client {
  const { S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = env;
  return new S3Client({
    region: S3_REGION,
    maxAttempts: 3,
    // Services other than Amazon's know neither buckets as host names nor its newer checksums.
    ...(S3_ENDPOINT === undefined ? {} : { endpoint: S3_ENDPOINT, forcePathStyle: true }),
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
    ...(S3_ACCESS_KEY_ID && S3_SECRET_ACCESS_KEY
      ? { credentials: { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY } }
      : {}),
  });
}

/** Counts and hashes what passes. No property may be called `size`: the SDK would take it for the body's length. */
class Passage extends Transform {
  private bytes = 0;
  private readonly hash = createHash("sha256");

  constructor(private readonly through: Through | undefined) {
    super({ highWaterMark: 64 * 1024 });
  }

  stored(): Stored {
    return { size: this.bytes, sha256: this.hash.digest("hex") };
  }

  override _transform(given: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      const chunk = this.through ? this.through.take(given) : given;
      this.bytes += chunk.length;
      this.hash.update(chunk);
      done(null, chunk);
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      this.through?.end();
      done();
    } catch (error) {
      done(error as Error);
    }
  }
}

export class S3Store implements FileStore {
  private readonly client: S3Client;
  private readonly bucket: string;
  private readonly redirect: boolean;
  private readonly prefix: string;
  private readonly slots = new Slots(AT_ONCE);

  constructor(env: Env) {
    this.client = clientOf(env);
    this.bucket = env.S3_BUCKET ?? "";
    this.redirect = env.S3_REDIRECT === "on";
    this.prefix = (env.S3_PREFIX ?? "") + FOLDER;
  }

  put(key: string, source: Readable, { through }: PutOptions = {}): Promise<Stored> {
    return this.slots.run(async () => {
      const passage = new Passage(through);
      const upload = new Upload({
        client: this.client,
        params: { ...this.at(key), Body: passage },
        partSize: PART,
        queueSize: 1,
      });
      const flow = new Promise<void>((resolve, reject) =>
        pipeline(source, passage, (error) => (error ? reject(error) : resolve())),
      );
      // Where the service fails, nobody reads on: without this the flow into it would wait for ever.
      const sent = upload.done().catch((error: Error) => {
        passage.destroy(error);
        throw error;
      });
      const [flowed, uploaded] = await Promise.allSettled([flow, sent]);
      if (flowed.status === "rejected") throw translated(flowed.reason);
      if (uploaded.status === "rejected") throw translated(uploaded.reason);
      return passage.stored();
    });
  }

  read(key: string, range?: ByteRange): Promise<Readable> {
    return answering(async () => {
      const Range = range && `bytes=${range.start}-${range.end}`;
      const { Body } = await this.client.send(new GetObjectCommand({ ...this.at(key), ...(Range ? { Range } : {}) }));
      return Body as Readable;
    });
  }

  async remove(keys: readonly string[]): Promise<void> {
    if (!keys.length) return;
    const Objects = keys.map((key) => ({ Key: this.prefix + key }));
    await answering(() =>
      this.client.send(new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects, Quiet: true } })),
    );
  }

  async *list(): AsyncGenerator<StoredObject> {
    const pages = paginateListObjectsV2({ client: this.client }, { Bucket: this.bucket, Prefix: this.prefix });
    for await (const page of pages)
      for (const { Key, LastModified } of page.Contents ?? [])
        if (Key && LastModified) yield { key: Key.slice(this.prefix.length), modified: LastModified };
  }

  async clean(before: Date): Promise<number> {
    return answering(async () => {
      const { Uploads = [] } = await this.client.send(
        new ListMultipartUploadsCommand({ Bucket: this.bucket, Prefix: this.prefix }),
      );
      const old = Uploads.filter(({ Initiated }) => Initiated && Initiated < before);
      for (const { Key, UploadId } of old)
        await this.client.send(new AbortMultipartUploadCommand({ Bucket: this.bucket, Key, UploadId }));
      return old.length;
    });
  }

  async presign(key: string, as: Presentation): Promise<string | undefined> {
    if (!this.redirect) return undefined;
    const command = new GetObjectCommand({
      ...this.at(key),
      ResponseContentType: as.mime,
      ResponseContentDisposition: as.disposition,
      ResponseCacheControl: "private, no-cache",
    });
    return getSignedUrl(this.client, command, { expiresIn: PRESIGNED_SECONDS });
  }

  async check(): Promise<void> {
    await answering(() => this.client.send(new HeadBucketCommand({ Bucket: this.bucket })));
  }

  private at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: this.prefix + key };
  }
}
