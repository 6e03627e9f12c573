/** Which numbers are known, as runs: sorted, apart, not touching. */
export type Run = readonly [from: number, to: number];

export class Ranges {
  private runs: Run[] = [];

  constructor(runs: readonly Run[] = []) {
    for (const [from, to] of runs) this.add(from, to);
  }

  add(from: number, to: number): void {
    if (from > to) return;
    const before = this.runs.filter((run) => run[1] < from - 1);
    const after = this.runs.filter((run) => run[0] > to + 1);
    const touched = this.runs.filter((run) => run[1] >= from - 1 && run[0] <= to + 1);
    const whole: Run = [Math.min(from, ...touched.map((r) => r[0])), Math.max(to, ...touched.map((r) => r[1]))];
    this.runs = [...before, whole, ...after];
  }

  /** The run that holds this number. */
  around(n: number): Run | undefined {
    return this.runs.find(([from, to]) => from <= n && n <= to);
  }

  /** The last number that is known without a hole from `n + 1` on; `n` where there is none. */
  reach(n: number): number {
    return this.around(n + 1)?.[1] ?? n;
  }

  /** Forgets all below. */
  cutBelow(n: number): void {
    this.runs = this.runs.flatMap(([from, to]) => (to < n ? [] : [[Math.max(from, n), to] as const]));
  }

  /** Forgets a stretch. */
  cut(from: number, to: number): void {
    if (from > to) return;
    this.runs = this.runs.flatMap((run): Run[] => {
      if (run[1] < from || run[0] > to) return [run];
      const parts: Run[] = [
        [run[0], from - 1],
        [to + 1, run[1]],
      ];
      return parts.filter(([first, last]) => first <= last);
    });
  }

  clear(): void {
    this.runs = [];
  }
}
