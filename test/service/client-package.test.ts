/** The package as it is published: its size, what bundlers leave out, its types, and that Node loads it either way. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
import { projectRoot } from "../../platform/root";

const KB = 1_000;
let dir: string;
let home: string;

const node = (...args: string[]): string => execFileSync(process.execPath, args, { cwd: dir, encoding: "utf8" });

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "chat-package-"));
  const modules = join(dir, "node_modules");
  home = join(modules, "moleculer-chat-client");
  mkdirSync(home, { recursive: true });
  execFileSync(process.execPath, [join(projectRoot, "client/build.mjs"), join(home, "dist")], { stdio: "pipe" });
  cpSync(join(projectRoot, "client/package.json"), join(home, "package.json"));
  for (const name of ["socket.io-client", "react", "@types"])
    symlinkSync(join(projectRoot, "node_modules", name), join(modules, name));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What a bundler makes of this, without what is external. */
function bundled(
  source: string,
  external = ["socket.io-client", "react"],
): { readonly text: string; readonly gzip: number } {
  const { outputFiles } = buildSync({
    stdin: { contents: source, resolveDir: dir },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    external,
  });
  const [{ contents, text }] = outputFiles as [(typeof outputFiles)[number]];
  return { text, gzip: gzipSync(contents, { level: 9 }).length };
}

test("all of it is under 25 kB", () => {
  expect(bundled(`export * from "moleculer-chat-client"`).gzip).toBeLessThan(25 * KB);
});

test.each([
  ["a webhook's check", `import { verifyWebhook } from "moleculer-chat-client"; console.log(verifyWebhook)`, 1.5],
  ["a server's hand", `import { createChatServer } from "moleculer-chat-client"; console.log(createChatServer)`, 2.5],
  ["a session", `import { createSession } from "moleculer-chat-client"; console.log(createSession)`, 3.5],
])("%s alone brings no client", (_what, source, kb) => {
  const { text, gzip } = bundled(source, []);
  expect(text).not.toContain("polling"); // a way of Socket.IO's
  expect(gzip).toBeLessThan(kb * KB);
});

test("a client brings neither bots, nor webhooks, nor a server's hand", () => {
  const { text } = bundled(`import { createChat } from "moleculer-chat-client"; console.log(createChat)`);
  for (const word of ["/admin/users/external", "/admin/facts", "acceptRequests", "WebhookError"])
    expect(text).not.toContain(word);
  expect(bundled(`export * from "moleculer-chat-client"`).text).toContain("acceptRequests");
});

test("sharing a connection over tabs costs who asks for it 2 kB, and its worker is a script whole in itself", () => {
  const client = `import { createChat } from "moleculer-chat-client"; console.log(createChat);`;
  const shared = `import { sharedSockets } from "moleculer-chat-client/shared"; console.log(sharedSockets);`;
  expect(bundled(client + shared).gzip - bundled(client).gzip).toBeLessThan(2 * KB);
  expect(bundled(client).text).not.toContain("SharedWorker(");
  // The words by which webpack, Vite, Parcel and Rollup know that this is a worker to be brought along.
  const text = readFileSync(join(home, "dist/shared.js"), "utf8");
  expect(text).toMatch(/new SharedWorker\(new URL\("\.\/shared-worker\.js", import\.meta\.url\)/);
  const worker = readFileSync(join(home, "dist/shared-worker.js"), "utf8");
  expect(worker).not.toMatch(/^\s*(import|export)\b/m);
  expect(worker).toContain("polling");
});

test("Node loads the same names by import and by require", () => {
  const names = (load: string): string[] => JSON.parse(node("--input-type=module", "-e", load)) as string[];
  const print = "console.log(JSON.stringify(Object.keys(it).filter((k) => k !== 'default').sort()))";
  const entries = { "": 5, "/react": 5, "/shared": 1 };
  for (const [path, least] of Object.entries(entries)) {
    const entry = `moleculer-chat-client${path}`;
    const imported = names(`import * as it from "${entry}"; ${print}`);
    const required = names(`import { createRequire } from "node:module";
      const it = createRequire(process.cwd() + "/x.js")("${entry}"); ${print}`);
    expect(imported.length).toBeGreaterThanOrEqual(least);
    expect(required).toEqual(imported);
  }
});

/** Lines that must not compile carry `@ts-expect-error`. */
const USE = `
import { type Chat, createChat, isChatError, type Message, type RouteResult } from "moleculer-chat-client";
import { useMessages } from "moleculer-chat-client/react";
import { sharedSockets } from "moleculer-chat-client/shared";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(): T => true as T;

export async function use(chat: Chat): Promise<void> {
  const room = await chat.group({ name: "walks", members: [2], custom: { city: "Hue" } });
  const sent = await room.send({ text: "hi", mentions: [2] }).sent;
  is<Same<typeof sent, Message>>();
  is<Same<Awaited<ReturnType<typeof room.edit>>, Message>>();
  const sessions = await chat.rest.call("GET /auth/sessions");
  is<Same<typeof sessions, RouteResult<"GET /auth/sessions">>>();
  const page = await chat.ask("message:list", { conversationId: room.id, limit: 1 });
  is<Same<typeof page, Message[]>>();
  chat.on("typing", ({ userId, isTyping }) => is<Same<[typeof userId, typeof isTyping], [number, boolean]>>());
  await chat.rest.call("DELETE /auth/sessions/:id", { id: "one" });
  try {
    await room.rename("");
  } catch (error) {
    if (isChatError(error) && error.code === "BAD_REQUEST") is<Same<typeof error.details, { field: string; rule: string; message?: string }[] | undefined>>();
    if (isChatError(error) && error.code === "RATE_LIMITED") error.details?.retryAfterMs?.toFixed();
  }
  // @ts-expect-error a route that there is not
  await chat.rest.call("GET /nowhere");
  // @ts-expect-error a route without what it takes
  await chat.rest.call("DELETE /auth/sessions/:id");
  // @ts-expect-error an event's field of another type
  await chat.ask("message:list", { conversationId: 7 });
  // @ts-expect-error undefined is not the same as left out
  room.send({ text: undefined });
  // @ts-expect-error a group needs members
  await chat.group({ name: "nobody" });
  // @ts-expect-error an event that there is not
  chat.on("message:create", () => undefined);
  // @ts-expect-error what is shown is not changed in place
  room.messages.value.push(sent);
  // @ts-expect-error a part of the inside
  chat.life;
  createChat({ url: "http://localhost", token: "t", sockets: sharedSockets({ script: "/worker.js" }) });
  // @ts-expect-error a script is an address
  sharedSockets({ script: 7 });
  void useMessages;
}
`;

test.each([
  ["ESM", "use.mts", "NodeNext"],
  ["CommonJS", "use.cts", "NodeNext"],
  ["a bundler", "use.ts", "Bundler"],
])("its types hold under the strictest settings: %s", (_kind, file, resolution) => {
  writeFileSync(join(dir, file), USE);
  const strict = [
    "--strict",
    "--exactOptionalPropertyTypes",
    "--noUncheckedIndexedAccess",
    "--noPropertyAccessFromIndexSignature",
  ];
  const modules = ["--module", resolution === "Bundler" ? "ESNext" : "NodeNext", "--moduleResolution", resolution];
  const tsc = join(projectRoot, "node_modules/typescript/bin/tsc");
  const libs = ["--target", "ES2022", "--lib", "ES2022,DOM,DOM.Iterable", "--types", "react"];
  const args = [tsc, "--noEmit", ...strict, ...modules, ...libs, file];
  expect(() => node(...args)).not.toThrow();
  expect(readFileSync(join(dir, file), "utf8")).toBe(USE);
});
