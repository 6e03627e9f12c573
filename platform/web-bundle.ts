/** Bundles the page out of its sources. */
import { basename, join } from "node:path";
import { build } from "esbuild";
import { projectRoot } from "./root";

export interface Bundled {
  readonly name: string;
  readonly bytes: Buffer;
}

interface Wishes {
  /** What the page begins with. */
  readonly main?: string;
  /** Functions keep the names that they have in the sources. */
  readonly keepNames?: boolean;
}
/** Whoever looks on from outside, as a test does, wishes for something else than the page as it is served. */
export async function bundle({ main = "web/src/main.tsx", keepNames = false }: Wishes = {}): Promise<Bundled[]> {
  const at = (path: string): string => join(projectRoot, path);
  const common = {
    absWorkingDir: projectRoot,
    tsconfig: at("web/tsconfig.json"),
    outdir: at("dist/web"),
    bundle: true,
    minify: true,
    keepNames,
    write: false,
    target: "es2022",
    legalComments: "none",
    logLevel: "error",
  } as const;
  const page = build({
    ...common,
    entryPoints: { main: at(main), "chat-client": at("client/src/browser.ts") },
    alias: {
      "moleculer-chat-client": at("client/src/index.ts"),
      "moleculer-chat-client/shared": at("client/src/shared.ts"),
      react: "preact/compat",
      "react-dom": "preact/compat",
      "react/jsx-runtime": "preact/jsx-runtime",
    },
    splitting: true,
    format: "esm",
    jsx: "automatic",
    jsxImportSource: "preact",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  // The tabs' common worker is a script whole in itself.
  const worker = build({ ...common, entryPoints: [at("client/src/shared-worker.ts")] });
  const look = build({ ...common, entryPoints: [at("web/style.css")] });
  const built = await Promise.all([page, worker, look]);
  return built
    .flatMap(({ outputFiles }) => outputFiles)
    .map(({ path, contents }) => ({ name: basename(path), bytes: Buffer.from(contents) }));
}
