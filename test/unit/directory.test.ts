import { type Announcement, Directory } from "../../mixins/directory";

const from = (node: string, more: Partial<Announcement>): Announcement => ({
  node,
  epoch: "e",
  version: 1,
  snapshot: false,
  added: [],
  hearing: [],
  removed: [],
  ...more,
});

describe("the directory", () => {
  it("knows where a user is and where they hear notifications, over several nodes", () => {
    const directory = new Directory();
    directory.located(from("a", { snapshot: true, added: [1, 2], hearing: [2] }));
    directory.located(from("b", { snapshot: true, added: [1, 3], hearing: [1] }));
    expect([1, 2, 3, 4].map((u) => directory.nodesOf(u))).toEqual([["a", "b"], ["a"], ["b"], []]);
    expect([1, 2, 3, 4].map((u) => directory.nodesHearing(u))).toEqual([["b"], ["a"], [], []]);
    expect([1, 2, 3, 4].map((u) => directory.hears(u))).toEqual([true, true, false, false]);
  });

  it("takes a second word about a user for the newer one, and says nothing of it to those who watch who is online", () => {
    const said: [number, boolean][] = [];
    const directory = new Directory((user, online) => said.push([user, online]));
    directory.located(from("a", { snapshot: true, added: [1] }));
    directory.located(from("a", { version: 2, added: [1], hearing: [1] }));
    expect(directory.nodesHearing(1)).toEqual(["a"]);
    directory.located(from("a", { version: 3, added: [1] }));
    expect([directory.hears(1), directory.isOnline(1)]).toEqual([false, true]);
    expect(said).toEqual([[1, true]]);
  });

  it("forgets both with the user, with a snapshot that lacks them, and with the node", () => {
    const directory = new Directory();
    const all = { added: [1, 2, 3], hearing: [1, 2, 3] };
    directory.located(from("a", { snapshot: true, ...all }));
    directory.located(from("a", { version: 2, removed: [1] }));
    directory.located(from("a", { version: 3, snapshot: true, added: [3], hearing: [3] }));
    expect([1, 2, 3].map((u) => [directory.isOnline(u), directory.hears(u)])).toEqual([
      [false, false],
      [false, false],
      [true, true],
    ]);
    directory.forget("a");
    expect([directory.isOnline(3), directory.hears(3)]).toEqual([false, false]);
  });

  it("asks for a snapshot where a word was missed or comes from another life of the node", () => {
    const directory = new Directory();
    expect(directory.located(from("a", { added: [1] }))).toEqual({ gap: true });
    directory.located(from("a", { snapshot: true, added: [1] }));
    expect(directory.located(from("a", { version: 3, added: [2] }))).toEqual({ gap: true });
    expect(directory.located(from("a", { version: 2, epoch: "f", added: [2] }))).toEqual({ gap: true });
    expect([directory.isOnline(1), directory.isOnline(2)]).toEqual([true, false]);
  });
});
