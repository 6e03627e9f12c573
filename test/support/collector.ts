/** Takes the spans that a node sends to TRACE_URL, as Zipkin would. */
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";

export interface SentSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}
export interface Collector {
  readonly url: string;
  readonly spans: SentSpan[];
  /** All that was sent, as it was sent. */
  readonly raw: string[];
  close(): void;
}

export async function startCollector(): Promise<Collector> {
  const spans: SentSpan[] = [];
  const raw: string[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req
      .on("data", (chunk: Buffer) => chunks.push(chunk))
      .on("end", () => {
        const text = Buffer.concat(chunks).toString();
        raw.push(text);
        spans.push(...(JSON.parse(text) as SentSpan[]));
        res.end();
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    raw,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
