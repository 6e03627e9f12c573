/** `scanner.scan` by clamd: the file is streamed to it over TCP, from wherever it is stored. */
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { type Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { envOf } from "../../platform/env";
import { fileStoreOf } from "../../platform/files";
import { act, service } from "../../platform/service";

const SILENCE_MS = 20_000;

async function write(socket: Socket, bytes: Buffer): Promise<void> {
  if (!socket.write(bytes)) await once(socket, "drain");
}

const length = (n: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
};

async function send(socket: Socket, bytes: AsyncIterable<unknown>): Promise<void> {
  await write(socket, Buffer.from("zINSTREAM\0"));
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    await write(socket, length(chunk.length));
    await write(socket, chunk);
  }
  socket.end(length(0));
}

/** `stream: OK` or `stream: <name> FOUND`; anything else is no answer. */
export function verdictOf(reply: string): { clean: boolean; threat?: string } {
  const [, threat] = /^stream: (.+) FOUND$/.exec(reply) ?? [];
  if (threat) return { clean: false, threat };
  if (reply === "stream: OK") return { clean: true };
  throw new Error(`clamd says: ${reply.slice(0, 200)}`);
}

async function ask(address: string, bytes: Readable): Promise<{ clean: boolean; threat?: string }> {
  const { hostname, port } = new URL(address);
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 3310) });
  socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error("clamd is silent")));
  try {
    const [reply] = await Promise.all([text(socket), send(socket, bytes)]);
    return verdictOf(reply.replace(/\0[^]*$/, "").trim());
  } finally {
    socket.destroy();
    bytes.destroy(); // also where clamd was not there to read them
  }
}

export default service({
  name: "scanner",
  actions: {
    scan: act("scanner.scan", async function (_caller, { key }) {
      const address = envOf(this.broker).CLAMAV_URL;
      if (!address) throw new Error("CLAMAV_URL is not set");
      return ask(address, await fileStoreOf(this.broker).read(key));
    }),
  },
});
