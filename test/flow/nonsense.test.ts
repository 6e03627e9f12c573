/** One member's nonsense fails nobody else: eight chat at the usual limits while the ninth sends all that may hurt. */
import { setTimeout as sleep } from "node:timers/promises";
import { clientEvents } from "../../contracts/sockets";
import { type Account, Client, register } from "../support/client";
import { startSystem, type System } from "../support/system";

/** A minute by hand: NONSENSE_SECONDS=60, with what was counted. */
const SECONDS = Number(process.env.NONSENSE_SECONDS ?? 4);
const HONEST = 8;
const EVERY_MS = 300;

const nonsense: readonly string[] = [
  ...Object.getOwnPropertyNames(Object.prototype),
  ...["length", "prototype", "then", "_id", "$set", "sent.1", "*", "\\"],
  ...["\ud83d", "\udc00", "a\ud83d", "\udc00b", "👍\ud83d"],
  ...[
    "\u200b",
    "\u202e",
    "\u2060",
    "\u00ad",
    "\ufeff",
    "\u2800",
    "\ufe0f",
    "\u200d",
    "\u0000",
    "\uffff",
    "👍\u2060",
    "❤\u202e",
  ],
];

let system: System;
let honest: Client[];
let mean: Client;
let conversationId: string;
let target: string;

beforeAll(async () => {
  system = await startSystem({ env: { RATE_LIMIT: "100", EVENT_RATE_LIMIT: "50" } });
  const accounts: Account[] = [];
  for (let i = 0; i <= HONEST; i++) accounts.push(await register(system.url, `member ${i}`));
  const clients = await Promise.all(
    accounts.map(({ token }) => Client.connect(system.url, token, { auth: { join: "all" } })),
  );
  [mean, ...honest] = clients as [Client, ...Client[]];
  const participantIds = accounts.slice(1).map(({ id }) => id);
  conversationId = (await mean.ok("conversation:create", { participantIds, name: "nine" }))._id;
  target = (await honest[0]!.ok("message:send", { conversationId, content: "hello" }))._id;
});
afterAll(async () => {
  for (const client of [mean, ...(honest ?? [])]) client?.close();
  await system?.stop();
});

/** Every event of the vocabulary with this in every field that may take a text, and as a key. */
function* requests(what: string): Generator<[event: string, payload: object]> {
  const fields = { name: what, content: what, emoji: what, query: what, clientId: what, avatar: what, type: what };
  const places = { conversationId, messageId: target, mentions: [what], attachments: [what], replyTo: what };
  for (const event of Object.keys(clientEvents["/chat"])) {
    if (/delete|remove|leave|transfer|auth:renew/.test(event)) continue;
    yield [event, { ...fields, conversationId, messageId: target }];
    yield [event, { ...fields, ...places, [what]: what }];
  }
  yield ["message:send", { conversationId, content: what }];
  yield ["message:react", { messageId: target, emoji: what }];
  yield ["sync", { cursors: { [what]: 1 } }];
}

test(
  `eight honest members are refused nothing in ${SECONDS} seconds of it`,
  async () => {
    const end = Date.now() + SECONDS * 1_000;
    const refused: string[] = [];
    const codes = new Map<string, number>();
    let sent = 0;
    const chatting = honest.map(async (client, i) => {
      for (let n = 0; Date.now() < end; n++) {
        const ack = await client.send("message:send", { conversationId, content: `honest ${i} ${n}` });
        sent++;
        if (!ack.ok) refused.push(`${ack.error.code}: ${ack.error.message}`);
        await sleep(EVERY_MS);
      }
    });
    const bothering = (async () => {
      const all = nonsense.flatMap((what) => [...requests(what)]);
      for (let n = 0; Date.now() < end; n++) {
        const [event, payload] = all[(n * 7) % all.length]!; // of every kind early on
        const ack = await mean.send(event, payload);
        const code = ack.ok ? "ok" : ack.error.code;
        codes.set(code, (codes.get(code) ?? 0) + 1);
        if (code === "RATE_LIMITED") await sleep(ack.error.details.retryAfterMs);
      }
    })();
    await Promise.all([...chatting, bothering]);
    if (process.env.NONSENSE_SECONDS) console.log({ sent, refused: refused.length, codes: Object.fromEntries(codes) });
    expect(refused).toEqual([]);
    expect(sent).toBeGreaterThan(HONEST);
    expect(
      [...codes.keys()].filter(
        (code) => !["ok", "BAD_REQUEST", "NOTFOUND", "FORBIDDEN", "CONFLICT", "RATE_LIMITED"].includes(code),
      ),
    ).toEqual([]);
    expect(codes.get("BAD_REQUEST")).toBeGreaterThan(0);
    const list = await honest[0]!.ok("message:list", { conversationId, limit: 100 });
    expect(list.length).toBeGreaterThan(Math.min(sent, 50));
  },
  (SECONDS + 300) * 1_000,
);
