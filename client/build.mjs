/**
 * Builds the client: `node build.mjs` what is published (ESM and CommonJS with types, and one file for pages without a
 * build of their own) and the copy that the demo page loads; `node build.mjs page` that copy alone.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "dist");
const common = { bundle: true, target: "es2022", absWorkingDir: here, logLevel: "warning" };
const publishedAs = { ...common, platform: "neutral", external: ["socket.io-client", "react"], sourcemap: true };
const forBrowsers = {
  ...common,
  platform: "browser",
  format: "esm",
  minify: true,
  entryPoints: ["src/index.ts"],
  conditions: ["browser"],
};

/** The server hands out Socket.IO's own client, so the page's copy leaves it out. */
const fromServer = {
  name: "socket.io from the server",
  setup({ onResolve }) {
    onResolve({ filter: /^socket\.io-client$/ }, () => ({ path: "/socket.io/socket.io.esm.min.js", external: true }));
  },
};

/** The text of `web/js/chat-client.js`; a test holds the file to it. */
export async function pageBundle() {
  const banner = { js: "/* Generated from client/src by `npm run build:page`; edit those. */" };
  const { outputFiles } = await build({ ...forBrowsers, banner, plugins: [fromServer], write: false });
  return outputFiles[0].text;
}

/** Types name their neighbours with the ending that each kind of module resolves. */
function writeTypes() {
  execFileSync(process.execPath, [fileURLToPath(import.meta.resolve("typescript/bin/tsc")), "-p", here], {
    stdio: "inherit",
  });
  for (const name of readdirSync(out).filter((file) => file.endsWith(".d.ts"))) {
    const text = readFileSync(join(out, name), "utf8");
    const ending = (kind) =>
      text.replace(/(from|import\()\s*"(\.\/[\w-]+)"/g, `$1 "$2${kind}"`).replace(/import\( /g, "import(");
    writeFileSync(join(out, name), ending(".js"));
    writeFileSync(join(out, name.replace(/\.d\.ts$/, ".d.cts")), ending(".cjs"));
  }
}

async function buildAll() {
  rmSync(out, { recursive: true, force: true });
  const entryPoints = readdirSync(join(here, "src"))
    .filter((name) => name === "index.ts" || name === "react.ts")
    .map((name) => `src/${name}`);
  await build({ ...publishedAs, entryPoints, outdir: out, format: "esm", splitting: true });
  await build({ ...publishedAs, entryPoints, outdir: out, format: "cjs", outExtension: { ".js": ".cjs" } });
  await build({ ...forBrowsers, outfile: join(out, "browser.js") });
  writeTypes();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  if (process.argv[2] !== "page") await buildAll();
  writeFileSync(join(here, "../web/js/chat-client.js"), await pageBundle());
}
