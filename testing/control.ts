/** The test backend for other languages: `moleculer-chat test` says where it is and takes orders over HTTP. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import Validator, { type ValidationSchema } from "fastest-validator";
import { bytesOf } from "../platform/outgoing";
import { startChat, type TestChat } from "./index";

interface Body {
  readonly name: string;
  readonly ms: number;
  readonly crash?: boolean;
}

interface Order {
  /** What of `Body` it takes; only that is there. */
  readonly body: ValidationSchema;
  readonly run: (chat: TestChat, body: Body) => Promise<object>;
}

const nothing = async (done: Promise<void>): Promise<object> => {
  await done;
  return {};
};
const name = { type: "string", min: 1 } as const;

/** What can be asked by `POST /<name>` with a JSON object; the answer is a JSON object, `{error}` where it is refused. */
const orders: Readonly<Record<string, Order>> = {
  user: {
    body: { name },
    run: async (chat, body) => ({
      user_id: (await chat.user(body.name)).me?.user_id,
      token: await chat.token(body.name),
    }),
  },
  cut: { body: { name }, run: (chat, body) => nothing(chat.cut(body.name)) },
  restart: {
    body: { crash: { type: "boolean", optional: true } },
    run: (chat, { crash = false }) => nothing(chat.restart({ crash })),
  },
  slow: { body: { ms: { type: "number", min: 0 } }, run: (chat, { ms }) => nothing(chat.slow("store", ms)) },
  advance: { body: { ms: { type: "number", min: 0 } }, run: (chat, { ms }) => nothing(chat.advance(ms)) },
  now: { body: {}, run: (chat) => Promise.resolve({ now: chat.now().toISOString() }) },
  stop: { body: {}, run: (chat) => nothing(chat.stop()) },
};

const validator = new Validator({ useNewCustomCheckerFunction: true });
const checks = new Map(
  Object.entries(orders).map(([order, { body }]) => [order, validator.compile({ $$strict: true, ...body })]),
);
const LARGEST = 65_536;

class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const bytes = await bytesOf(request as AsyncIterable<Buffer>, LARGEST).catch((error: Error) => {
    throw new Refused(413, error.message);
  });
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new Refused(400, "the body is no JSON");
  }
}

async function obey(chat: TestChat, request: IncomingMessage): Promise<object> {
  // A page in somebody's browser must not be able to give orders: browsers say where they come from.
  if (request.headers.origin !== undefined) throw new Refused(403, "not from pages");
  const asked = (request.url ?? "").slice(1);
  const order = Object.hasOwn(orders, asked) ? orders[asked] : undefined;
  if (!order) throw new Refused(404, `there is no order "${asked}": ${Object.keys(orders).join(", ")}`);
  if (request.method !== "POST") throw new Refused(405, "orders are given by POST");
  const body = await bodyOf(request);
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new Refused(400, "the body is no object");
  const wrong = await checks.get(asked)?.(body);
  if (Array.isArray(wrong)) throw new Refused(400, wrong.map(({ message }) => message).join(" "));
  return order.run(chat, body as Body);
}

async function answer(chat: TestChat, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [status, told] = await obey(chat, request).then(
    (done): [number, object] => [200, done],
    (error: Error): [number, object] => [error instanceof Refused ? error.status : 409, { error: error.message }],
  );
  response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(told));
}

/** @throws where the port can't be had */
export async function controlled(chat: TestChat, port = 0): Promise<Server> {
  const server = createServer((request, response) => void answer(chat, request, response));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function numbered(given: string | undefined, flag: string): number {
  const port = Number(given ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--${flag}: "${given}" is no port`);
  return port;
}

/** Prints one line of JSON, `{url, control}`, once both are open; runs until it is stopped, by order or by signal. */
export async function testBackend(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { port: { type: "string" }, control: { type: "string" }, clock: { type: "string" } },
  });
  const control = numbered(values.control, "control");
  const chat = await startChat({
    env: { PORT: `${numbered(values.port, "port")}` },
    ...(values.clock === undefined ? {} : { clock: new Date(values.clock) }),
  });
  const server = await controlled(chat, control).catch(async (error: Error) => {
    await chat.stop();
    throw error;
  });
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => void chat.stop());
  console.log(JSON.stringify({ url: chat.url, control: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
  await chat.ended;
  server.close();
  await once(server, "close");
  return 0;
}
