/** A process of its own with uploads that never end, for tests that kill it: argv is its DATA_DIR, and how many. */
import { connect } from "node:net";
import { startUploads, unfinished, type UploadsNode } from "./uploads";

const [, , dir = "", uploads = "1"] = process.argv;

function begin(node: UploadsNode): void {
  const socket = connect(node.port, "127.0.0.1");
  const auth = `Authorization: Bearer ${node.as(1).token}\r\nContent-Type: multipart/form-data; boundary=b\r\n`;
  socket.write(`POST /upload/single HTTP/1.1\r\nHost: x\r\n${auth}Content-Length: 9000000\r\n\r\n`);
  socket.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n');
  socket.write("x".repeat(4_500_000));
}

async function main(): Promise<void> {
  const started = await startUploads({ DATA_DIR: dir, UPLOAD_STALL_TIMEOUT: "1m" });
  const node = { ...started, dir };
  const before = unfinished(node).length;
  for (let i = 0; i < Number(uploads); i += 1) begin(node);
  const timer = setInterval(() => {
    if (unfinished(node).filter(({ size }) => size > 1_000_000).length < before + Number(uploads)) return;
    clearInterval(timer);
    process.send?.("half");
  }, 10);
}

void main();
