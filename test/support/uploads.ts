/** A node with the doors and `uploads`, a stand-in for chat that knows who is in which conversation, and files to send. */
import { type ServiceBroker } from "moleculer";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Role } from "../../contracts/caller";
import { readEnv } from "../../contracts/env";
import { fail } from "../../contracts/errors";
import { tokensOf } from "../../platform/tokens";
import { revocationsOf } from "../../services/api/sockets/connection/revocations";
import { createNode } from "../../services/node";

export interface UploadsNode {
  readonly broker: ServiceBroker;
  readonly dir: string;
  readonly port: number;
  /** Conversation -> who is in it; tests change it as they like. */
  readonly members: Map<string, Set<number>>;
  readonly as: (userId: number, ...roles: Role[]) => Client;
  readonly stop: () => Promise<void>;
}
export interface Answer {
  readonly status: number;
  readonly body: any;
  readonly headers: Headers;
}
export interface Client {
  readonly meta: { caller: { userId: number; sessionId: string; roles: Role[] } };
  readonly token: string;
  readonly upload: (file: TestFile) => Promise<Answer>;
  readonly uploadMany: (files: readonly TestFile[]) => Promise<Answer>;
  readonly get: (
    path: string,
    headers?: Record<string, string>,
  ) => Promise<{ status: number; bytes: Buffer; headers: Headers }>;
  readonly remove: (fileUrl: string) => Promise<Answer>;
  readonly post: (path: string, body: unknown) => Promise<Answer>;
}
export interface TestFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
}

function chatOf(members: Map<string, Set<number>>) {
  return {
    name: "chat",
    actions: {
      join: (ctx: any) => {
        const found = members.get(ctx.params.conversationId);
        if (!found) throw fail("NOTFOUND");
        if (!found.has(ctx.meta.caller.userId)) throw fail("FORBIDDEN");
        return {};
      },
      mine: (ctx: any) => [...members].filter(([, set]) => set.has(ctx.meta.caller.userId)).map(([id]) => id),
    },
  };
}

async function answerOf(response: Response): Promise<Answer> {
  return { status: response.status, body: await response.json(), headers: response.headers };
}

function clientOf(broker: ServiceBroker, base: string, userId: number, roles: Role[]): Client {
  const caller = { userId, sessionId: "s", roles };
  const token = tokensOf(broker).signAccess(caller, Date.now()).token;
  const authorization = `Bearer ${token}`;
  const form = (field: string, files: readonly TestFile[]): FormData => {
    const data = new FormData();
    for (const { name, type, bytes } of files) data.append(field, new Blob([new Uint8Array(bytes)], { type }), name);
    return data;
  };
  const json = (method: string, path: string, body: unknown) =>
    fetch(base + path, {
      method,
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(body),
    }).then(answerOf);
  const send = (path: string, body: FormData) =>
    fetch(base + path, { method: "POST", headers: { authorization }, body }).then(answerOf);
  return {
    meta: { caller },
    token,
    upload: (file) => send("/upload/single", form("file", [file])),
    uploadMany: (files) => send("/upload/multiple", form("files", files)),
    async get(path, headers = {}) {
      const response = await fetch(base + path, { headers: { authorization, ...headers }, redirect: "manual" });
      return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()), headers: response.headers };
    },
    remove: (fileUrl) => json("DELETE", "/upload", { fileUrl }),
    post: (path, body) => json("POST", path, body),
  };
}

export async function startUploads(vars: Record<string, string> = {}): Promise<UploadsNode> {
  const dir = mkdtempSync(join(tmpdir(), "uploads-"));
  const env = {
    NODE_ENV: "test",
    LOG_LEVEL: "fatal",
    SERVICES: "api,uploads",
    PORT: "0",
    HOST: "127.0.0.1",
    DATA_DIR: dir,
  };
  const broker = createNode(readEnv({ ...env, RATE_LIMIT: "100000", ...vars }));
  const members = new Map<string, Set<number>>();
  broker.createService(chatOf(members));
  await broker.start();
  revocationsOf(broker).learn({ at: new Date().toISOString(), sessions: {}, users: {} }); // nobody was cut before
  const { port } = (broker.getLocalService("api") as any).server.address() as AddressInfo;
  return {
    broker,
    dir,
    port,
    members,
    as: (userId, ...roles) => clientOf(broker, `http://127.0.0.1:${port}`, userId, roles),
    async stop() {
      await broker.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Every file below a folder, with its size; none where the folder is not there. */
export function filesBelow(dir: string): { path: string; size: number }[] {
  let entries;
  try {
    entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))
    .map((path) => ({ path, size: statSync(path).size }));
}

export const stored = (node: UploadsNode) => filesBelow(join(node.dir, "uploads", "objects"));
export const unfinished = (node: UploadsNode) => filesBelow(join(node.dir, "uploads", "unfinished"));

export const textFile = (content = "hello", name = "note.txt"): TestFile => ({
  name,
  type: "text/plain",
  bytes: Buffer.from(content),
});
