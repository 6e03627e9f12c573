/** `facts`: the log of all that happens, as JSON Lines; each has its `position`, from which one goes on. */
import { once } from "node:events";
import { type Writable } from "node:stream";
import { parseArgs } from "node:util";
import { createChatServer, type Fact, isChatError } from "../../client/src";
import { serverUrl } from "./run";
import { type SignedIn, signIn } from "./session";

export const factsHelp =
  "facts [--after POSITION] [--type KIND[,KIND]] [--follow]  what happened, as JSON Lines; --follow stays for what comes";

type Vars = Readonly<Record<string, string | undefined>>;

interface Wanted {
  readonly url: string;
  readonly after: number;
  readonly types: readonly string[];
  readonly follow: boolean;
}

/** @throws Error that says how it is used */
export function wantedOf(args: readonly string[], vars: Vars): Wanted {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: "string", default: serverUrl(vars) },
      after: { type: "string", default: "0" },
      type: { type: "string", multiple: true, default: [] },
      follow: { type: "boolean", default: false },
    },
  });
  const after = Number(values.after);
  if (!/^\d+$/.test(values.after) || !Number.isSafeInteger(after))
    throw new Error(`--after: expected a position, a whole number from 0 on, got "${values.after}"`);
  const types = values.type.flatMap((given) => given.split(",")).filter((type) => type !== "");
  return { url: values.url, after, types, follow: values.follow };
}

/** The facts of one session, as long as that holds. @throws AnyChatError, Error */
async function* heldBy(
  operator: SignedIn,
  { url, after, types }: Wanted,
  until: number,
  signal: AbortSignal,
): AsyncGenerator<Fact, void, undefined> {
  const chosen = types.length > 0 ? { types: types as Fact["type"][] } : {};
  yield* createChatServer({ url, key: operator.token }).facts({ after, until, ...chosen, signal });
}

const ranOut = (error: unknown): boolean => isChatError(error) && error.code === "AUTH_INVALID";

/** All that is wanted; where the session that it opened runs out on the way, it opens another one. @throws AnyChatError, Error */
async function* factsOf(wanted: Wanted, vars: Vars, signal: AbortSignal): AsyncGenerator<Fact, void, undefined> {
  let { after } = wanted;
  let end: number | undefined;
  while (!signal.aborted) {
    const operator = await signIn(wanted.url, vars);
    try {
      const ends = await operator.ask<{ last: number }>("GET", `/admin/facts?from=${after}&limit=1`);
      end ??= wanted.follow ? Infinity : ends.last;
      for await (const fact of heldBy(operator, { ...wanted, after }, end, signal)) {
        yield fact;
        after = fact.position;
      }
      return;
    } catch (error) {
      if (!operator.own || !ranOut(error)) throw error;
    } finally {
      await operator.leave();
    }
  }
}

/** As fast as they are taken, to the end of what is wanted, or until `stop`: an end of its own is `stop`, too. */
export async function writeFacts(wanted: Wanted, vars: Vars, out: Writable, stop: AbortController): Promise<void> {
  const { signal } = stop;
  const end = (): void => stop.abort();
  out.on("error", end); // who reads has seen enough, as `head` does
  try {
    for await (const fact of factsOf(wanted, vars, signal))
      if (!out.write(`${JSON.stringify(fact)}\n`)) await once(out, "drain", { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** @returns the exit code */
export async function facts(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());
  await writeFacts(wantedOf(args, process.env), process.env, process.stdout, stop);
  return 0;
}
