/** The log of all that happens, for your server: over a stream, and over the next one wherever that ends. */
import { backOff, sleep, systemClock } from "./clock";
import { fromWire, isChatError, unavailable } from "./error";
import { type Fact } from "./protocol";
import { type Rest } from "./rest";

/** Where to begin, what of it, and when to stop. */
export interface FactsOptions {
  /** The position of the last fact that you have digested; 0, the default, begins with the oldest that is kept. */
  readonly after?: number;
  /** The position to end at, for a job that takes what there is; without it the reading goes on for what comes. */
  readonly until?: number;
  /** Only of these kinds. */
  readonly types?: readonly Fact["type"][];
  /** Ends the reading. */
  readonly signal?: AbortSignal;
}

/** The server says something every few seconds: what is silent for so long is dead. */
const SILENCE_MS = 20_000;
const PASSING = new Set(["UNAVAILABLE", "INTERNAL", "RATE_LIMITED"]);

/** One event of the stream: a fact, or only how far the log was looked at. */
interface Told {
  readonly position: number | undefined;
  readonly fact?: Fact;
}

/** @throws AnyChatError where the log can't be read from there, or not by this key */
export async function* readFacts(rest: Rest, options: FactsOptions): AsyncGenerator<Fact, void, undefined> {
  const { types, signal, until = Infinity } = options;
  let position = options.after ?? 0;
  for (let attempt = 0; position < until && !signal?.aborted; attempt++) {
    try {
      for await (const told of streamed(rest, position, types, signal)) {
        attempt = 0;
        const reached = told.position ?? position;
        if (told.fact && reached <= until) yield told.fact;
        position = reached;
        if (position >= until) return;
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (!isChatError(error) || !PASSING.has(error.code)) throw error;
    }
    if (!signal?.aborted) await sleep(systemClock, backOff(systemClock, attempt));
  }
}

async function* streamed(
  rest: Rest,
  from: number,
  types: FactsOptions["types"],
  signal: AbortSignal | undefined,
): AsyncGenerator<Told, void, undefined> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  signal?.addEventListener("abort", end);
  try {
    const query = `?from=${from}${types ? `&types=${types.join(",")}` : ""}`;
    const response = await rest.open("GET", `/admin/facts/stream${query}`, undefined, ending.signal);
    if (!response.ok || !response.body) throw await refusal(response);
    let text = "";
    for await (const part of textOf(response.body.getReader(), end)) {
      const events = (text + part).split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) yield eventOf(event);
    }
  } finally {
    signal?.removeEventListener("abort", end);
    end();
  }
}

async function refusal(response: Response): Promise<unknown> {
  const body = (await response.json().catch(() => undefined)) as { error?: unknown } | undefined;
  return body ? fromWire(body.error) : unavailable(`The answer (${response.status}) is none of the server's.`);
}

async function* textOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  end: () => void,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  for (;;) {
    const silent = systemClock.after(SILENCE_MS, end);
    try {
      const { done, value } = await reader.read();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    } catch {
      throw unavailable("The stream has broken.");
    } finally {
      silent();
    }
  }
}

/** @throws AnyChatError that the server has ended it with */
function eventOf(text: string): Told {
  const fields = new Map(
    text.split("\n").map((line): [string, string] => {
      const at = line.indexOf(":");
      return [line.slice(0, at), line.slice(at + 1).trimStart()];
    }),
  );
  const data = fields.get("data");
  const told: unknown = data === undefined ? undefined : JSON.parse(data);
  if (fields.get("event") === "error") throw fromWire(told);
  const id = fields.get("id");
  return { position: id === undefined ? undefined : Number(id), ...(told ? { fact: told as Fact } : {}) };
}
