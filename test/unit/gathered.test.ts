/** What comes within a moment is taken together. */
import { Gathered } from "../../services/chat/host/gathered";

let taken: string[] = [];
let gathered: Gathered<string>;
beforeEach(() => {
  jest.useFakeTimers();
  taken = [];
  gathered = new Gathered(20, (one) => void taken.push(one));
});
afterEach(() => jest.useRealTimers());

test("each once, in the order in which they came, and not before the moment is over", () => {
  for (const one of ["a", "b", "a", "c"]) gathered.add(one);
  jest.advanceTimersByTime(19);
  expect(taken).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(taken).toEqual(["a", "b", "c"]);
});

test("the moment begins with the first: who adds all the time puts nothing off", () => {
  for (let i = 0; i < 10; i++) {
    gathered.add(`${i}`);
    jest.advanceTimersByTime(5);
  }
  expect(taken).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
});

test("what is taken back is not taken, and what waits may be taken at once, for once", () => {
  gathered.add("a");
  gathered.add("b");
  gathered.delete("a");
  gathered.now();
  expect(taken).toEqual(["b"]);
  jest.advanceTimersByTime(100);
  expect(taken).toEqual(["b"]);
});

test("what is added while it takes has a moment of its own", () => {
  gathered = new Gathered(20, (one) => {
    taken.push(one);
    if (taken.length < 3) gathered.add(one);
  });
  gathered.add("a");
  jest.advanceTimersByTime(20);
  expect(taken).toEqual(["a"]);
  jest.advanceTimersByTime(40);
  expect(taken).toEqual(["a", "a", "a"]);
});
