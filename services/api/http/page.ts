/**
 * The page's program: built beforehand where the system runs as built, else bundled out of its sources when it is first
 * asked for, in a process of esbuild's own, so that no start waits for it.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { fail } from "../../../contracts/errors";
import { projectRoot } from "../../../platform/root";
import { type Door, type Exchange } from "./door";
import { allowPage } from "./headers";

/** A script that runs by itself, under a policy of its own. */
const SHARED_WORKER = "shared-worker.js";

interface Asset {
  readonly bytes: Buffer;
  readonly packed: Buffer;
  readonly etag: string;
}
type Assets = ReadonlyMap<string, Asset>;

async function assetOf(bytes: Buffer): Promise<Asset> {
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
  return { bytes, packed: await promisify(gzip)(bytes), etag };
}

/** What runs from its sources shows the page of these, and not one that was built from older ones. */
const runsAsBuilt = __dirname.startsWith(join(projectRoot, "dist"));

async function built(): Promise<Assets> {
  const folder = join(projectRoot, "dist/web");
  const names = (await readdir(folder)).filter((name) => /\.(js|css)$/.test(name));
  const assets = names.map(async (name) => [name, await assetOf(await readFile(join(folder, name)))] as const);
  return new Map(await Promise.all(assets));
}

async function bundled(): Promise<Assets> {
  const { bundle } = await import("../../../platform/web-bundle");
  const assets = (await bundle()).map(async ({ name, bytes }) => [name, await assetOf(bytes)] as const);
  return new Map(await Promise.all(assets));
}

let assets: Promise<Assets> | undefined;
const assetsOnce = (): Promise<Assets> =>
  (assets ??= (runsAsBuilt ? built().catch(() => bundled()) : bundled()).catch((error: unknown) => {
    assets = undefined; // mended sources are bundled at the next look
    throw error;
  }));

function send({ req, res }: Exchange, asset: Asset, type: string): void {
  res.setHeader("Content-Type", type);
  res.setHeader("ETag", asset.etag);
  res.setHeader("Cache-Control", "no-cache"); // kept, and asked for again: a new version shows at once
  res.setHeader("Vary", "Origin, Accept-Encoding");
  if (req.headers["if-none-match"] === asset.etag) return void res.writeHead(304).end();
  const packs = /\bgzip\b/.test(String(req.headers["accept-encoding"] ?? ""));
  if (packs) res.setHeader("Content-Encoding", "gzip");
  res.writeHead(200).end(packs ? asset.packed : asset.bytes);
}

const locales = new Set(["en", "vi"]);
const emoji = new Map<string, Promise<Asset>>();
function emojiOf(locale: string): Promise<Asset> {
  const known = emoji.get(locale);
  if (known) return known;
  const made = readFile(require.resolve(`emojibase-data/${locale}/compact.json`)).then(assetOf);
  emoji.set(locale, made);
  return made;
}

export const pageDoors: readonly Door[] = [
  {
    method: "GET",
    path: "/app/:file",
    access: "anyone",
    async handle(x) {
      const asset = (await assetsOnce()).get(x.path.file ?? "");
      if (!asset) throw fail("NOTFOUND", "There is no such file.");
      if (x.path.file === SHARED_WORKER) allowPage(x.res, "worker");
      send(x, asset, x.path.file?.endsWith(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8");
    },
  },
  {
    method: "GET",
    path: "/emoji/:file",
    access: "anyone",
    async handle(x) {
      const locale = /^([a-z]{2})\.json$/.exec(x.path.file ?? "")?.[1] ?? "";
      if (!locales.has(locale)) throw fail("NOTFOUND", "There is no such file.");
      send(x, await emojiOf(locale), "application/json; charset=utf-8");
    },
  },
];
