/** Bundles the page out of its sources. */
import { basename, join } from "node:path";
import { build } from "esbuild";
import { projectRoot } from "./root";

export interface Bundled {
  readonly name: string;
  readonly bytes: Buffer;
}

export async function bundle(): Promise<Bundled[]> {
  const at = (path: string): string => join(projectRoot, path);
  const { outputFiles } = await build({
    absWorkingDir: projectRoot,
    entryPoints: { main: at("web/src/main.tsx"), "chat-client": at("client/src/index.ts") },
    tsconfig: at("web/tsconfig.json"),
    outdir: at("dist/web"),
    alias: {
      "moleculer-chat-client": at("client/src/index.ts"),
      react: "preact/compat",
      "react-dom": "preact/compat",
      "react/jsx-runtime": "preact/jsx-runtime",
    },
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    define: { "process.env.NODE_ENV": '"production"' },
    legalComments: "none",
    logLevel: "error",
  });
  return outputFiles.map(({ path, contents }) => ({ name: basename(path), bytes: Buffer.from(contents) }));
}
