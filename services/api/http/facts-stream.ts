/**
 * The log of facts as server-sent events, for admins and server keys. One page is in hand at a time, and the next is asked
 * for when the reader has taken it, so that a slow one costs a page of memory and nobody else anything.
 */
import { type ServiceBroker } from "moleculer";
import { factNames, type FactKind, type FactPage, LONGEST_WAIT_MS, THE_LOG } from "../../../contracts/facts";
import { badField, codeOf, fail, toWire } from "../../../contracts/errors";
import { call } from "../../../platform/bus";
import { callerAnew } from "./auth";
import { type Door, type Exchange, type Response } from "./door";
import { breakOff, writeOut } from "./streamed";

const PAGE = 100;
/** Streams on one node. */
const MOST = 100;
/** After a failure of what is behind, so long until the next attempt; the reader is kept. */
const AGAIN_MS = 1_000;

const streams = new WeakMap<ServiceBroker, Set<Response>>();

function streamsOf(broker: ServiceBroker): Set<Response> {
  const open = streams.get(broker) ?? new Set<Response>();
  streams.set(broker, open);
  return open;
}

/** Where a node stops, its streams end, and their readers go on elsewhere. */
export function endStreams(broker: ServiceBroker): void {
  for (const res of streamsOf(broker)) res.end();
}

/** `Last-Event-ID`, which a browser sends when it comes back, says more than the address. @throws BAD_REQUEST */
export function fromOf(header: unknown, query: unknown): number {
  const [field, given] = header === undefined ? ["from", query ?? "0"] : ["Last-Event-ID", header];
  const text = typeof given === "string" ? given.trim() : typeof given === "number" ? String(given) : "";
  const wrong = (rule: string) =>
    badField(String(field), rule, `${String(field)} is a position in the log: a whole number from 0 on.`);
  if (!/^-?\d+$/.test(text)) throw wrong("integer");
  if (text.startsWith("-")) throw wrong("numberMin");
  if (!Number.isSafeInteger(Number(text))) throw wrong("numberMax");
  return Number(text);
}

/** @throws BAD_REQUEST */
export function typesOf(query: unknown): FactKind[] | undefined {
  if (query === undefined) return undefined;
  const types = (Array.isArray(query) ? query : [query]).flatMap((one) => String(one).split(","));
  if (types.length > factNames.length)
    throw badField("types", "arrayMax", `There are no more than ${factNames.length} kinds of facts.`);
  const wrong = types.find((type) => !factNames.includes(type as FactKind));
  if (wrong !== undefined) throw badField("types", "enumValue", `"${wrong.slice(0, 64)}" is no kind of fact.`);
  return [...new Set(types)] as FactKind[];
}

const eventsOf = ({ facts, position }: FactPage): string => {
  const events = facts.map((fact) => `id: ${fact.position}\nevent: ${fact.type}\ndata: ${JSON.stringify(fact)}\n\n`);
  // What was passed over moves the cursor, too; without facts it shows that the line is alive.
  return `${events.join("")}id: ${position}\n: alive\n\n`;
};

async function stream({ broker, req, res }: Exchange, from: number, types: FactKind[] | undefined): Promise<void> {
  const wanted = types ? { types } : {};
  for (let position = from; !res.destroyed && !res.writableEnded;) {
    await callerAnew(broker, req); // a key or a session that ended meanwhile reads no more
    try {
      const asked = { log: THE_LOG, from: position, limit: PAGE, waitMs: LONGEST_WAIT_MS, ...wanted };
      const page = await call(broker, "notifications.awaitFacts", asked);
      if (res.destroyed || res.writableEnded) return;
      await callerAnew(broker, req);
      await writeOut(res, eventsOf(page));
      position = page.position;
    } catch (error) {
      if (codeOf(error) !== "UNAVAILABLE") throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

async function handle(x: Exchange): Promise<void> {
  const { broker, ctx, req, res, query, meta } = x;
  const open = streamsOf(broker);
  const from = fromOf(req.headers["last-event-id"], query.from);
  const types = typesOf(query.types);
  if (open.size >= MOST) throw fail("UNAVAILABLE", `There are ${MOST} streams on this node already.`);
  open.add(res);
  try {
    // Who may read, from where one can, and the line in the audit log: as of a page.
    await call(ctx, "notifications.facts", { from, limit: 1 }, { meta });
    res.writeHead(200, {
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "no-store, no-transform",
      "X-Accel-Buffering": "no",
    });
    await writeOut(res, "retry: 2000\n\n");
    await stream(x, from, types);
    res.end();
  } catch (error) {
    if (!res.headersSent) throw error;
    breakOff(res, `event: error\ndata: ${JSON.stringify(toWire(error))}\n\n`);
  } finally {
    open.delete(res);
  }
}

export const factDoors: readonly Door[] = [
  { method: "GET", path: "/admin/facts/stream", access: "user", forServers: true, handle },
];
