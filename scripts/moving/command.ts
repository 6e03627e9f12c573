/** `npm run chat -- import` and `export`: moving in and out. */
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { formatLine } from "../../platform/archive";
import { type Operator, signIn } from "../operators/session";
import { serverUrl } from "../operators/run";
import { everything } from "./exporter";
import { type Files, openFiles } from "./files";
import { type Line, type Lines, readLines } from "./format";
import { Importer, type Report } from "./importer";
import { patient } from "./patient";

type Reader = (files: Files) => Lines;
/** Loaded when asked for: their tables are of no use to any other command. */
const readers: Readonly<Record<string, () => Promise<Reader>>> = {
  slack: async () => (await import("./from/slack")).slack,
  mattermost: async () => (await import("./from/mattermost")).mattermost,
  rocketchat: async () => (await import("./from/rocketchat")).rocketchat,
  zulip: async () => (await import("./from/zulip")).zulip,
  csv: async () => (await import("./from/csv")).csv,
};

export const importHelp = `import <jsonl|${Object.keys(readers).join("|")}> <file or folder> [--dry-run]  moves in; again does what is left`;
export const exportHelp =
  "export --to <file> [conversation id]  moves out, as JSON Lines (the server needs ADMIN_EXPORT=on)";

async function linesOf(format: string, path: string): Promise<Lines> {
  if (format === "jsonl") return readLines(path);
  const reader = await readers[format]?.();
  if (!reader) throw new Error(`Usage: ${importHelp}`);
  return reader(await openFiles(path));
}

function summary({ users, conversations, messages, there, skipped }: Report, dry: boolean): string {
  const lines = [
    `${dry ? "Would take" : "Taken"}: ${users} users, ${conversations} conversations, ${messages} messages; there already: ${there} conversations.`,
    ...[...skipped].sort((a, b) => b[1] - a[1]).map(([why, count]) => `  not taken: ${count} x ${why}`),
  ];
  return lines.join("\n");
}

interface Options {
  readonly args: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
}
function optionsOf(given: readonly string[], withValue: readonly string[]): Options {
  const [args, flags, values] = [[] as string[], new Set<string>(), new Map<string, string>()];
  for (let i = 0; i < given.length; i++) {
    const word = given[i] as string;
    if (withValue.includes(word)) values.set(word, given[++i] ?? "");
    else if (word.startsWith("--")) flags.add(word);
    else args.push(word);
  }
  return { args, flags, values };
}

async function asAdmin<T>(url: string | undefined, work: (operator: Operator) => Promise<T>): Promise<T> {
  const operator = await signIn(url ?? serverUrl(process.env), process.env);
  try {
    return await work(patient(operator));
  } finally {
    await operator.leave();
  }
}

export async function importInto(given: readonly string[]): Promise<number> {
  const { args, flags, values } = optionsOf(given, ["--url"]);
  const [format, path, ...more] = args;
  const unknown = [...flags].some((flag) => flag !== "--dry-run");
  if (format === undefined || path === undefined || more.length || unknown) throw new Error(`Usage: ${importHelp}`);
  const lines = await linesOf(format, path);
  const told = (report: Report): void => void process.stderr.write(`\r${report.messages} messages `);
  const run = (operator: Operator | undefined): Promise<Report> => new Importer(operator, told).run(lines);
  const dry = flags.has("--dry-run");
  console.log(summary(dry ? await run(undefined) : await asAdmin(values.get("--url"), run), dry));
  return 0;
}

export async function exportFrom(given: readonly string[]): Promise<number> {
  const { args, values } = optionsOf(given, ["--url", "--to"]);
  const path = values.get("--to");
  if (!path || args.length > 1) throw new Error(`Usage: ${exportHelp}`);
  const count = await asAdmin(values.get("--url"), (operator) => write(path, everything(operator, args[0])));
  console.log(`${count} lines in ${path}.`);
  return 0;
}

async function write(path: string, lines: AsyncIterable<Line>): Promise<number> {
  const file = createWriteStream(path, { mode: 0o600 });
  let count = 0;
  file.write(`${JSON.stringify(formatLine)}\n`);
  for await (const line of lines) {
    count++;
    if (!file.write(`${JSON.stringify(line)}\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "finish");
  return count;
}
