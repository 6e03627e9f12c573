/** `npm run chat -- verify`: proves the promises of delivery against a running system, while you kill parts of it. */
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { serverUrl } from "../operators/run";
import { kept } from "./ledger";
import { type Outcome, Verification } from "./verification";

export const verifyHelp = `verify [--url http://host[,http://other]] [--seconds 30] [--rate 20] [--members 5] [--conversations 4] [--json]
  Registers accounts, sends messages, follows every socket, reads the histories again, and says what was lost, missed,
  duplicated, inverted, left out, leaked or shown without being stored. Kill nodes
  while it runs. Exit code 0 when every promise was kept.`;

const about: Readonly<Record<keyof Outcome, string>> = {
  attempted: "messages sent",
  acked: "acknowledged",
  received: "receipts on sockets",
  lost: "acknowledged, but not in the history",
  missed: "in the history, but never reached a member",
  duplicated: "twice in a history or on a connection",
  inverted: "out of order",
  gaps: "numbers left out",
  leaks: "seen by an outsider",
  phantoms: "on a socket, but not in the history",
  recoverySeconds: "longest way to an ack, retries included (s)",
  awaySeconds: "longest time that a member was cut off (s)",
};

const whole = (value: string, name: string): number => {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${name}: expected a whole number above 0, got "${value}"`);
  return number;
};

function print(outcome: Outcome): void {
  for (const [name, words] of Object.entries(about)) {
    const value = outcome[name as keyof Outcome];
    console.log(
      `${String(Number.isInteger(value) ? value : value.toFixed(2)).padStart(10)}  ${name.padEnd(16)} ${words}`,
    );
  }
}

async function watch(run: Verification, seconds: number): Promise<void> {
  for (let second = 1; second <= seconds; second++) {
    await sleep(1000);
    if (second % 5 !== 0) continue;
    const { attempted, acked } = run.ledger.verdict();
    console.log(
      `${second} s: ${acked} of ${attempted} acknowledged, ${run.pending} under way, ${run.connected} sockets`,
    );
  }
}

/** @returns the exit code */
export async function verify(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: "string", default: serverUrl(process.env) },
      seconds: { type: "string", default: "30" },
      rate: { type: "string", default: "20" },
      members: { type: "string", default: "5" },
      conversations: { type: "string", default: "4" },
      json: { type: "boolean", default: false },
    },
  });
  const run = new Verification({
    urls: values.url.split(","),
    rate: whole(values.rate, "rate"),
    members: whole(values.members, "members"),
    conversations: whole(values.conversations, "conversations"),
  });
  try {
    await run.prepare().catch((error: unknown) => {
      if (!(error instanceof TypeError)) throw error; // fetch's own, when nobody answers
      throw new Error(`No answer from ${values.url}. Is it running? (--url, or CHAT_URL)`);
    });
    run.start();
    if (values.json) await sleep(whole(values.seconds, "seconds") * 1000);
    else await watch(run, whole(values.seconds, "seconds"));
    await run.stop();
    const outcome = await run.judge();
    if (values.json) console.log(JSON.stringify(outcome));
    else print(outcome);
    for (const [failure, times] of run.failures) console.error(`${times} times: ${failure}`);
    return kept(outcome) && run.failures.size === 0 ? 0 : 1;
  } finally {
    run.close();
  }
}
