/** The yardstick for uploads: busboy, one file per request, piped onto the disk. It checks nothing and knows nobody. */
import { Busboy } from "@fastify/busboy";
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { type Readable } from "node:stream";

const dir = process.env.DIR ?? "";

function receive(request: IncomingMessage, response: ServerResponse): void {
  const form = new Busboy({ headers: { ...request.headers, "content-type": request.headers["content-type"] ?? "" } });
  form.on("file", (_field: string, bytes: Readable) => {
    const file = createWriteStream(join(dir, randomUUID()));
    bytes.pipe(file).once("close", () => response.writeHead(201).end("{}"));
  });
  request.pipe(form);
}

createServer((request, response) => {
  if (request.method === "POST") receive(request, response);
  else response.end("ready");
}).listen(Number(process.env.PORT), "127.0.0.1");
