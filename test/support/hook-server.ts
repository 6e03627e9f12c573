/** A backend that is asked before something is said or made: it keeps the questions, and a test says the answers. */
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { type HookQuestion } from "../../contracts/hook";

export type Reply = object | string | number;

export class Hook {
  readonly asked: HookQuestion[] = [];
  readonly raw: { body: string; headers: Record<string, string | string[] | undefined> }[] = [];
  reply: (question: HookQuestion) => Reply | Promise<Reply> = () => ({});
  private server: Server | undefined;

  async start(): Promise<string> {
    this.server = createServer((req, res) => {
      let body = "";
      req.on("data", (chunk: Buffer) => (body += chunk.toString()));
      req.on("end", () => {
        const question = JSON.parse(body) as HookQuestion;
        this.asked.push(question);
        this.raw.push({ body, headers: req.headers });
        void Promise.resolve(this.reply(question)).then((reply) => {
          if (reply === "never") return;
          if (typeof reply === "number") res.statusCode = reply;
          res.end(typeof reply === "string" ? reply : JSON.stringify(reply));
        });
      });
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => this.server?.once("listening", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/before`;
  }
  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }
}
