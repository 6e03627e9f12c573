/** Which conversation's facts are told next. */
import { Turns } from "../../services/chat/host/turns";

const waiting = (...since: number[]): Turns<{ since: number }> => {
  const turns = new Turns<{ since: number }>();
  for (const at of since) turns.add({ since: at });
  return turns;
};
const all = (turns: Turns<{ since: number }>): number[] => {
  const taken: number[] = [];
  for (let next = turns.take(); next; next = turns.take()) taken.push(next.since);
  return taken;
};

describe("turns", () => {
  test("every other one is that of the oldest, the rest are in the order in which they came", () => {
    expect(all(waiting(5, 4, 3, 2, 1))).toEqual([1, 5, 2, 4, 3]);
  });
  test("one that is always the oldest keeps no other waiting", () => {
    const turns = waiting(9, 1, 8);
    const old = { since: 0 };
    const taken = [1, 2, 3, 4, 5, 6].map(() => {
      turns.add(old);
      return turns.take()?.since;
    });
    expect(taken).toEqual([0, 9, 0, 1, 0, 8]);
  });
  test("none is taken where none waits, or no more", () => {
    const turns = waiting();
    const gone = { since: 1 };
    turns.add(gone);
    turns.delete(gone);
    expect(turns.take()).toBeUndefined();
  });
});
