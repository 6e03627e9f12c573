import fc from "fast-check";
import { after, seqOf } from "../../services/chat/conversation/position";
import { hasRead, runsOf, unreadRuns, withRead } from "../../services/chat/conversation/ranges";
import { Receipts, receipt } from "../../services/chat/conversation/receipts";

const range = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 10 }))
  .map(([f, n]) => [f, f + n] as const);

describe("what is read", () => {
  it("is exactly what was marked, in whatever order", () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 30 }), (marks) => {
        const read = new Set<number>();
        let state: Parameters<typeof hasRead>[0] = { last_read_seq: 0, read_above: [] };
        for (const [from, to] of marks) {
          state = withRead(state, from, to);
          for (let s = from; s <= to; s++) read.add(s);
        }
        for (let s = 1; s <= 75; s++) expect(hasRead(state, s)).toBe(read.has(s));
        const unread = unreadRuns(state, 1, 75).flatMap(([f, t]) => Array.from({ length: t - f + 1 }, (_, i) => f + i));
        expect(unread).toEqual(Array.from({ length: 75 }, (_, i) => i + 1).filter((s) => !read.has(s)));
        for (const [i, [f]] of state.read_above.entries())
          expect(f).toBeGreaterThan((state.read_above[i - 1]?.[1] ?? state.last_read_seq) + 1);
      }),
    );
  });
  it("is kept as runs", () =>
    expect(runsOf([5, 1, 2, 9, 3, 10])).toEqual([
      [1, 3],
      [5, 5],
      [9, 10],
    ]));
});

describe("positions", () => {
  it("grow with every change and stay behind the next message", () => {
    let p = 7;
    for (let i = 0; i < 1000; i++) {
      const next = after(p);
      expect(next).toBeGreaterThan(p);
      expect(seqOf(next)).toBe(7);
      p = next;
    }
    expect(p).toBeLessThan(8);
  });
});

describe("receipts", () => {
  const at = (s: number) => new Date(1_700_000_000_000 + s * 1000);
  it("say how far a message got, and when it got there first", () => {
    const r = new Receipts();
    r.know(0, [
      receipt("c", 1, "delivered", [1, 9], at(1)),
      receipt("c", 1, "read", [3, 5], at(4)),
      receipt("c", 1, "read", [4, 4], at(9)),
    ]);
    expect(r.of(4, 1)).toEqual({ kind: "read", at: at(4), deliveredAt: at(1), readAt: at(4) });
    expect(r.of(9, 1)).toMatchObject({ kind: "delivered", readAt: null });
    expect(r.of(10, 1)).toBeUndefined();
    expect(r.of(4, 2)).toBeUndefined();
  });
  it("of a thousand messages are one small document", () => {
    expect(receipt("c", 1, "read", [1, 1000], at(0)).keys).toEqual(["c:0", "c:1", "c:2", "c:3"]);
  });
});
