/** The outcomes of all rounds, as a table: what must be nought summed up, and times as median and worst. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { median } from "../../bench/stats";
import { type Outcome } from "../../scripts/verify/verification";

/** What only some troubles measure, in seconds. */
export interface Figures {
  /** From the trouble to the next ack of a conversation that it concerned. */
  readonly firstAck?: number;
  /** From the end of the trouble until all sockets have everything. */
  readonly convergence?: number;
}
type Round = Outcome & Figures;

const faults = ["lost", "missed", "duplicated", "inverted", "gaps", "leaks", "phantoms"] as const;

export class Ledgers {
  private readonly rounds = new Map<string, Round[]>();

  /** @param file where rounds are kept, a line each, so that those of several runs make one table */
  constructor(private readonly file?: string) {
    if (file === undefined || !existsSync(file)) return;
    for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
      const { trouble, ...round } = JSON.parse(line) as Round & { trouble: string };
      this.note(trouble, round);
    }
  }

  get size(): number {
    return this.rounds.size;
  }

  add(trouble: string, round: Round): void {
    this.note(trouble, round);
    if (this.file !== undefined) appendFileSync(this.file, `${JSON.stringify({ trouble, ...round })}\n`);
  }

  private note(trouble: string, round: Round): void {
    this.rounds.set(trouble, [...(this.rounds.get(trouble) ?? []), round]);
  }

  /** In Markdown. */
  table(): string {
    const head = [
      "trouble",
      "rounds",
      "sent",
      ...faults,
      "first ack",
      "longest to an ack",
      "all have all after",
      "sockets cut off",
    ];
    const rows = [...this.rounds].map(([name, rounds]) => [
      name,
      String(rounds.length),
      String(sum(rounds.map((r) => r.attempted))),
      ...faults.map((fault) => String(sum(rounds.map((r) => r[fault])))),
      times(rounds.map((r) => r.firstAck)),
      times(rounds.map((r) => r.recoverySeconds)),
      times(rounds.map((r) => r.convergence)),
      times(rounds.map((r) => r.awaySeconds)),
    ]);
    return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  }
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Median and worst. */
function times(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return "";
  return `${median(known).toFixed(1)} (${Math.max(...known).toFixed(1)}) s`;
}
