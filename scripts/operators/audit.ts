/** `audit`: the last entries, a proof that the log is whole, and all of it as JSON Lines. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { type AuditEntry } from "../../contracts/audit";
import { type Anchor, AuditChain } from "./audit-chain";
import { type Operator } from "./session";
import { table } from "./table";

export const auditHelp =
  "audit [verify [FILE | SEQ:HASH] | export FILE]  who did what; whether the log is whole; all of it as JSON Lines";

const PAGE = 500;

async function* everyEntry(operator: Operator): AsyncGenerator<AuditEntry> {
  for (let after = 0; ;) {
    const page = await operator.ask<AuditEntry[]>("GET", `/admin/audit?limit=${PAGE}&after=${after}`);
    yield* page;
    after = page.at(-1)?.seq ?? after;
    if (page.length < PAGE) return;
  }
}

async function* entriesIn(file: string): AsyncGenerator<AuditEntry> {
  for await (const line of createInterface({ input: createReadStream(file) }))
    if (line !== "") yield JSON.parse(line) as AuditEntry;
}

function anchorIn(word: string): Anchor | undefined {
  const match = /^(\d+):([0-9a-f]{64})$/.exec(word);
  return match ? { seq: Number(match[1]), hash: match[2] ?? "" } : undefined;
}

async function verify(operator: Operator, given = ""): Promise<string> {
  const anchor = anchorIn(given);
  const chain = new AuditChain(anchor);
  for await (const entry of given === "" || anchor ? everyEntry(operator) : entriesIn(given)) chain.take(entry);
  chain.end();
  const { seq, hash } = chain.head;
  return `${seq} entries, none missing, none changed. Note the last one elsewhere, and verify against it later:\n${seq}:${hash}`;
}

/** Never over a file that is there. */
async function exportTo(operator: Operator, path: string): Promise<string> {
  const file = await open(path, "wx", 0o600);
  let count = 0;
  try {
    for await (const entry of everyEntry(operator)) {
      await file.write(`${JSON.stringify(entry)}\n`);
      count += 1;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return `${count} entries in ${path}.`;
}

async function latest(operator: Operator): Promise<string> {
  const entries = await operator.ask<AuditEntry[]>("GET", "/admin/audit");
  const rows = entries.map((e) => [
    e.seq,
    e.at,
    e.event,
    e.actor_id ?? e.session_id ?? "-",
    e.target ?? "-",
    e.ip ?? "-",
  ]);
  return table([["entry", "at", "event", "by", "to", "from"], ...rows]);
}

export function audit(operator: Operator, [what, given]: readonly string[]): Promise<string> {
  if (what === undefined) return latest(operator);
  if (what === "verify") return verify(operator, given);
  if (what === "export" && given !== undefined) return exportTo(operator, given);
  throw new Error(`Usage: ${auditHelp}`);
}
