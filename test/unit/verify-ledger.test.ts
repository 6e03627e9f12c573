/** The book that proves the promises: it must find every way to break them, and accuse nobody else. */
import { kept, Ledger } from "../../scripts/verify/ledger";

const C = "conversation";
/** Two members, and messages m1, m2, ... sent one after the other, each acknowledged and stored. */
const keptBook = (count = 3): Ledger => {
  const ledger = new Ledger();
  ledger.conversation(C, ["ann", "bob"]);
  for (let i = 1; i <= count; i++) {
    ledger.attempted(C, `m${i}`, "ann", 1, i * 10);
    ledger.acked(`m${i}`, i, i * 10 + 5);
    for (const member of ["ann", "bob"]) ledger.got(member, 1, C, i);
  }
  ledger.history(C, stored(count));
  return ledger;
};
const stored = (count: number): { seq: number; clientId: string }[] =>
  Array.from({ length: count }, (_, i) => ({ seq: i + 1, clientId: `m${i + 1}` }));

describe("Ledger", () => {
  test("a run without a flaw is kept", () => {
    const verdict = keptBook().verdict();
    expect(verdict).toMatchObject({ attempted: 3, acked: 3, received: 6, lost: 0, missed: 0, duplicated: 0 });
    expect(kept(verdict)).toBe(true);
  });

  test("a run in which nothing was acknowledged proves nothing", () => {
    expect(kept(new Ledger().verdict())).toBe(false);
  });

  test("an acknowledged message that the history lacks is lost", () => {
    const ledger = keptBook();
    ledger.history(C, stored(2));
    expect(ledger.verdict()).toMatchObject({ lost: 1 });
  });

  test("an attempt that was never acknowledged may be stored or not", () => {
    const ledger = keptBook();
    ledger.attempted(C, "m4", "ann", 1, 99);
    expect(kept(ledger.verdict())).toBe(true);
  });

  test("a stored message that a member never got is missed, until sync brings it", () => {
    const ledger = keptBook();
    ledger.history(C, stored(4));
    ledger.caughtUp("ann", C, 4);
    expect(ledger.missed()).toBe(1);
    ledger.caughtUp("bob", C, 4);
    expect(ledger.missed()).toBe(0);
  });

  test("the same message twice in the history is a double", () => {
    const ledger = keptBook();
    ledger.history(C, [...stored(3), { seq: 4, clientId: "m1" }]);
    expect(ledger.verdict().duplicated).toBe(1);
  });

  test("the same message twice on one connection is a double, after a reconnect it is not", () => {
    const ledger = keptBook();
    ledger.got("bob", 2, C, 3);
    expect(ledger.verdict().duplicated).toBe(0);
    ledger.got("bob", 2, C, 3);
    expect(ledger.verdict().duplicated).toBe(1);
  });

  test("a retry that is acknowledged as another message is a double", () => {
    const ledger = keptBook();
    ledger.acked("m1", 9, 50);
    expect(ledger.verdict().duplicated).toBe(1);
  });

  test("received out of order on one connection is inverted, a step back after a reconnect is not", () => {
    const ledger = new Ledger();
    ledger.conversation(C, ["bob"]);
    for (const seq of [1, 3]) ledger.got("bob", 1, C, seq);
    ledger.got("bob", 2, C, 2);
    expect(ledger.verdict().inverted).toBe(0);
    ledger.got("bob", 2, C, 1);
    expect(ledger.verdict().inverted).toBe(1);
  });

  test("stored before what had been acknowledged earlier is inverted, also after a retry", () => {
    const ledger = new Ledger();
    ledger.attempted(C, "m1", "ann", 1, 0);
    ledger.acked("m1", 2, 5);
    ledger.attempted(C, "m2", "ann", 1, 10);
    ledger.attempted(C, "m2", "ann", 2, 20);
    ledger.acked("m2", 1, 25);
    expect(ledger.verdict().inverted).toBe(1);
  });

  test("what was sent in a row on one connection keeps its order", () => {
    const ledger = new Ledger();
    for (const [i, seq] of [1, 3, 2].entries()) ledger.attempted(C, `m${seq}`, "ann", 1, i);
    for (const seq of [1, 2, 3]) ledger.acked(`m${seq}`, seq, 10);
    expect(ledger.verdict().inverted).toBe(1);
  });

  test("what had to be sent again may come later than what followed it", () => {
    const ledger = new Ledger();
    ledger.attempted(C, "m2", "ann", 1, 0);
    ledger.attempted(C, "m1", "ann", 1, 1);
    ledger.acked("m1", 1, 5);
    ledger.attempted(C, "m2", "ann", 1, 6);
    ledger.acked("m2", 2, 9);
    expect(ledger.verdict().inverted).toBe(0);
  });

  test("a number left out of the history is a gap", () => {
    const ledger = keptBook();
    ledger.history(C, [{ seq: 1 }, { seq: 2 }, { seq: 5 }]);
    expect(ledger.verdict().gaps).toBe(2);
  });

  test("what reaches someone else is a leak", () => {
    const ledger = keptBook();
    ledger.got("eve", 1, C, 1);
    expect(ledger.verdict().leaks).toBe(1);
  });

  test("recovery is the longest way from first attempt to ack", () => {
    const ledger = keptBook();
    ledger.attempted(C, "m4", "ann", 1, 1_000);
    ledger.attempted(C, "m4", "ann", 2, 3_000);
    ledger.acked("m4", 4, 3_500);
    expect(ledger.verdict().recoverySeconds).toBe(2.5);
  });

  test("the cursor ends before the first gap", () => {
    const ledger = keptBook(2);
    ledger.got("bob", 1, C, 4);
    expect(ledger.cursor("bob", C)).toBe(2);
  });

  test("what was on a socket and is not in the history, or is another message there, is a phantom", () => {
    const ledger = keptBook();
    ledger.got("bob", 1, C, 4, "m4");
    ledger.got("ann", 1, C, 3, "another");
    expect(ledger.verdict().phantoms).toBe(2);
    expect(kept(ledger.verdict())).toBe(false);
    ledger.history(C, stored(4));
    expect(ledger.verdict().phantoms).toBe(1);
  });

  test("members are behind by what was acknowledged and has not reached them", () => {
    const ledger = keptBook();
    ledger.attempted(C, "m4", "ann", 1, 40);
    ledger.acked("m4", 4, 45);
    expect(ledger.behind(40)).toBe(0);
    expect(ledger.behind(45)).toBe(2);
    ledger.caughtUp("ann", C, 4);
    expect(ledger.behind(45)).toBe(1);
  });

  test("the first ack after a moment is of the conversations asked for", () => {
    const ledger = keptBook();
    expect(ledger.firstAckAfter(15, new Set([C]))).toBe(25);
    expect(ledger.firstAckAfter(15, new Set(["another"]))).toBeUndefined();
    expect(ledger.firstAckAfter(35, new Set([C]))).toBeUndefined();
  });
});
