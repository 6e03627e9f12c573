/**
 * Builds what is published: ESM and CommonJS with types, and one file for pages without a build of their own.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "dist");
const common = { bundle: true, target: "es2022", absWorkingDir: here, logLevel: "warning" };
const publishedAs = { ...common, platform: "neutral", external: ["socket.io-client", "react"], sourcemap: true };
const forBrowsers = {
  ...common,
  platform: "browser",
  minify: true,
  conditions: ["browser"],
};

/** Types name their neighbours with the ending that each kind of module resolves. */
function writeTypes() {
  execFileSync(
    process.execPath,
    [fileURLToPath(import.meta.resolve("typescript/bin/tsc")), "-p", here, "--outDir", out],
    {
      stdio: "inherit",
    },
  );
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
  const entryPoints = ["src/index.ts", "src/react.ts", "src/shared.ts"];
  // In files of their own, so that a bundler leaves Socket.IO's client out where nothing connects.
  const alone = ["src/sockets.ts", "src/address.ts"];
  await build({ ...publishedAs, entryPoints: [...entryPoints, ...alone], outdir: out, format: "esm", splitting: true });
  await build({
    ...publishedAs,
    entryPoints,
    outdir: out,
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    define: { "import.meta.url": '""' }, // a module of this kind does not know where it is: no worker beside it
  });
  await build({ ...forBrowsers, entryPoints: ["src/browser.ts"], format: "esm", outfile: join(out, "browser.js") });
  await build({ ...forBrowsers, entryPoints: ["src/shared-worker.ts"], outfile: join(out, "shared-worker.js") });
  writeTypes();
}

await buildAll();
