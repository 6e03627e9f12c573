/** A process of its own that takes an upload which never ends, for tests that kill it: argv is its DATA_DIR. */
import { connect } from "node:net";
import { startUploads, unfinished } from "./uploads";

const [, , dir = ""] = process.argv;

async function main(): Promise<void> {
  const node = await startUploads({ DATA_DIR: dir });
  const socket = connect(node.port, "127.0.0.1");
  const auth = `Authorization: Bearer ${node.as(1).token}\r\nContent-Type: multipart/form-data; boundary=b\r\n`;
  socket.write(`POST /upload/single HTTP/1.1\r\nHost: x\r\n${auth}Content-Length: 9000000\r\n\r\n`);
  socket.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n');
  socket.write("x".repeat(4_500_000));
  const half = () => unfinished({ ...node, dir }).some(({ size }) => size > 1_000_000);
  const timer = setInterval(() => {
    if (!half()) return;
    clearInterval(timer);
    process.send?.("half");
  }, 10);
}

void main();
