/** Updates of one document wait for each other, and only they. */
import { OneByOne } from "../../mixins/documents/mongo/one-by-one";
import { eventually } from "../support/eventually";

/** Works that end when they are told to, and what has begun of them. */
class Works {
  readonly begun: string[] = [];
  private readonly ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();

  of(name: string): () => Promise<string> {
    return () => {
      this.begun.push(name);
      return new Promise((resolve, reject) => this.ends.set(name, { resolve: () => resolve(name), reject }));
    };
  }
  end = (name: string): void => this.ends.get(name)?.resolve();
  fail = (name: string): void => this.ends.get(name)?.reject(new Error(name));
}

const MINUTE = 60_000;

describe("one by one", () => {
  let works: Works;
  beforeEach(() => (works = new Works()));

  test("two works with one id: the second begins when the first has ended", async () => {
    const turns = new OneByOne(MINUTE);
    const [first, second] = [turns.run(["a"], works.of("first")), turns.run(["a"], works.of("second"))];
    await new Promise(setImmediate);
    expect(works.begun).toEqual(["first"]);
    works.end("first");
    await first;
    await eventually(() => expect(works.begun).toEqual(["first", "second"]));
    works.end("second");
    expect(await second).toBe("second");
  });

  test("works with other ids, or with none, wait for nobody", async () => {
    const turns = new OneByOne(MINUTE);
    const all = [["a"], ["b"], [], []].map((ids, i) => turns.run(ids, works.of(String(i))));
    await new Promise(setImmediate);
    expect(works.begun).toEqual(["0", "1", "2", "3"]);
    for (const name of works.begun) works.end(name);
    await Promise.all(all);
  });

  test("a work with several ids waits for all of them, and is waited for by each", async () => {
    const turns = new OneByOne(MINUTE);
    const all = [["a"], ["b"], ["a", "b"], ["b"]].map((ids, i) => turns.run(ids, works.of(String(i))));
    await eventually(() => expect(works.begun).toEqual(["0", "1"]));
    for (const [ended, begun] of [
      ["1", ["0", "1"]],
      ["0", ["0", "1", "2"]],
      ["2", ["0", "1", "2", "3"]],
    ] as const) {
      works.end(ended);
      await eventually(() => expect(works.begun).toEqual(begun));
    }
    works.end("3");
    await Promise.all(all);
  });

  test("one that fails tells its caller, and holds nobody up", async () => {
    const turns = new OneByOne(MINUTE);
    const [first, second] = [turns.run(["a"], works.of("first")), turns.run(["a"], works.of("second"))];
    await new Promise(setImmediate);
    works.fail("first");
    await expect(first).rejects.toThrow("first");
    await eventually(() => expect(works.begun).toContain("second"));
    works.end("second");
    await second;
  });

  test("one whose answer never comes is waited for no longer than the patience", async () => {
    const turns = new OneByOne(10);
    void turns.run(["a"], works.of("silent"));
    const second = turns.run(["a"], works.of("second"));
    await eventually(() => expect(works.begun).toContain("second"));
    works.end("second");
    expect(await second).toBe("second");
  });
});
