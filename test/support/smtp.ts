/** A mail server that keeps what it is given, and answers as a test wants it to. */
import { createServer, type Server, type Socket } from "node:net";
import { type AddressInfo } from "node:net";

export interface Caught {
  readonly to: string;
  /** By their names in lower case, unfolded. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  readonly html: string;
}

const usual = (command: string): string => {
  if (/^DATA/i.test(command)) return "354 go";
  return /^(MAIL|RCPT|EHLO|HELO)/i.test(command) ? "250 ok" : "221 bye";
};

function wordsOf(value: string): string {
  return value
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_all, how: string, coded: string) =>
      how.toLowerCase() === "b"
        ? Buffer.from(coded, "base64").toString()
        : Buffer.from(coded.replace(/_/g, " ").replace(/=([0-9A-F]{2})/g, "%$1"), "utf8").toString(),
    )
    .replace(/(%[0-9A-F]{2})+/g, (run) => decodeURIComponent(run));
}

const quoted = (body: string): string =>
  body.replace(/=\r\n/g, "").replace(/(=[0-9A-F]{2})+/g, (run) => Buffer.from(run.replace(/=/g, ""), "hex").toString());

interface Part {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

function partOf(raw: string): Part {
  const at = raw.indexOf("\r\n\r\n");
  const lines = raw
    .slice(0, at)
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), wordsOf(line.slice(colon + 1).trim())];
  });
  return { headers: new Map(headers), body: raw.slice(at + 4) };
}

function contentOf({ headers, body }: Part): string {
  const coding = headers.get("content-transfer-encoding");
  const text = coding === "base64" ? Buffer.from(body, "base64").toString() : coding === "7bit" ? body : quoted(body);
  return text.replace(/\r\n/g, "\n").replace(/^\.\./gm, ".");
}

/** What a mail says in each of its forms; with `\r\n` at the ends of lines. */
export function mailFrom(raw: string): Omit<Caught, "to"> {
  const whole = partOf(raw);
  const [, boundary] = /boundary="([^"]+)"/.exec(whole.headers.get("content-type") ?? "") ?? [];
  const parts =
    boundary === undefined
      ? [whole]
      : whole.body
          .split(`--${boundary}`)
          .slice(1, -1)
          .map((part) => partOf(part.slice(2)));
  const inForm = (type: string): string => {
    const part = parts.find(({ headers }) => headers.get("content-type")?.startsWith(type));
    return part ? contentOf(part) : "";
  };
  return { headers: whole.headers, text: inForm("text/plain"), html: inForm("text/html") };
}

export class MailCatcher {
  readonly mails: Caught[] = [];
  /** What is said to a command; undefined where it says nothing, ever. */
  says: (command: string) => string | undefined = usual;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<MailCatcher> {
    const server = createServer();
    const catcher = new MailCatcher(server);
    server.on("connection", (socket) => catcher.serve(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return catcher;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  static usual = usual;

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket.on("error", () => undefined).on("close", () => this.sockets.delete(socket)));
    let [waiting, data, to, inData] = ["", "", "", false];
    const take = (line: string): void => {
      if (inData && line !== ".") return void (data += `${line}\r\n`);
      if (inData) {
        inData = false;
        this.mails.push({ to, ...mailFrom(data) });
        return void socket.write("250 taken\r\n");
      }
      to = /^RCPT TO:<([^>]*)>/i.exec(line)?.[1] ?? to;
      const answer = this.says(line);
      if (answer === undefined) return;
      inData = answer.startsWith("354");
      socket.write(`${answer}\r\n`);
    };
    socket.write("220 here\r\n");
    socket.on("data", (bytes) => {
      const lines = (waiting + bytes.toString("latin1")).split("\r\n");
      waiting = lines.pop() ?? "";
      for (const line of lines) take(line);
    });
  }
}
