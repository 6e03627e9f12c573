/** From the rounds' figures to the table: medians, ratios to the bare server of the same round, and how much they swing. */
import { type Outcome } from "./load";
import { median } from "./stats";

/** The same scenario on both systems, minutes apart at most: only their ratio is worth anything. */
export interface Round<T> {
  readonly ours: T;
  readonly bare: T;
}

const digits = (value: number): string => {
  if (!Number.isFinite(value)) return "-";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
};

/** Median of the rounds' ratios, with the lowest and highest round behind it. */
function ratio<T>(rounds: readonly Round<T>[], of: (side: T) => number): string {
  const ratios = rounds.map((r) => of(r.ours) / of(r.bare));
  const spread = rounds.length > 1 ? ` (${digits(Math.min(...ratios))}-${digits(Math.max(...ratios))})` : "";
  return digits(median(ratios)) + spread;
}

const both = <T>(rounds: readonly Round<T>[], of: (side: T) => number): string =>
  `${digits(median(rounds.map((r) => of(r.ours))))} / ${digits(median(rounds.map((r) => of(r.bare))))}`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string => cells.map((c, i) => c.padEnd(widths[i] ?? 0)).join("  ");
  return [line(head), line(widths.map((w) => "-".repeat(w))), ...rows.map(line)].map((l) => l.trimEnd()).join("\n");
}

/** Of the CPU per delivery, what was used before the last of them. */
const serving = ({ cpu, after }: Outcome): number => cpu * (1 - after / 100);

export function loadTable(results: ReadonlyMap<string, readonly Round<Outcome>[]>): string {
  const rows = [...results].map(([name, rounds]) => [
    name,
    ratio(rounds, (o) => o.deliveries),
    ratio(rounds, (o) => o.cpu),
    ratio(rounds, serving),
    both(rounds, (o) => o.deliveries),
    both(rounds, (o) => o.cpu),
    ratio(rounds, (o) => o.busiest.main),
    both(rounds, (o) => o.busiest.main),
    both(rounds, (o) => o.busiest.all),
    both(rounds, (o) => o.after),
    both(rounds, (o) => o.acked),
    both(rounds, (o) => o.p50),
    both(rounds, (o) => o.p99),
    both(rounds, (o) => o.generator),
  ]);
  const head = [
    "scenario",
    "xwall",
    "xCPU",
    "xCPU serving",
    "deliveries/s",
    "us CPU each",
    "xbusiest",
    "busiest us",
    "its threads us",
    "after %",
    "acked/s",
    "ack p50 ms",
    "ack p99 ms",
    "gen",
  ];
  return table(head, rows);
}

export function plainTable(rows: ReadonlyMap<string, readonly Round<number>[]>): string {
  const lines = [...rows].map(([name, rounds]) => [name, ratio(rounds, (v) => v), both(rounds, (v) => v)]);
  return table(["figure", "ratio", "ours / bare"], lines);
}

/** What must be nought, summed over all rounds of our side; the bare server's too, for the yardstick must be straight. */
export function faultsOf(results: ReadonlyMap<string, readonly Round<Outcome>[]>): Record<string, number> {
  const all = [...results.values()].flat().flatMap((r) => [r.ours, r.bare]);
  const total = (of: (o: Outcome) => number): number => all.reduce((sum, o) => sum + of(o), 0);
  return {
    lost: total((o) => o.lost),
    doubled: total((o) => o.doubled),
    reordered: total((o) => o.reordered),
    refused: total((o) => o.refused),
  };
}
