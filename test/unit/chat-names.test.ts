/** The copy of names: fresh for a while, refreshed by facts, old rather than none. */
import { type PublicUser } from "../../contracts/shapes";
import { Names } from "../../services/chat/people/names";

const profile = (user_id: number, username: string): PublicUser => ({
  user_id,
  username,
  avatar_url: null,
  status: "active",
  custom: {},
  created_at: new Date(0).toISOString(),
});

let now = 0;
let asked: number[][] = [];
let answer: (ids: number[]) => Promise<PublicUser[]>;
let names: Names;
beforeEach(() => {
  now = 1_000;
  asked = [];
  answer = (ids) => Promise.resolve(ids.map((id) => profile(id, `at ${now}`)));
  const broker = { call: (_name: string, { ids }: { ids: number[] }) => (asked.push(ids), answer(ids)) };
  names = new Names(broker as never, () => now);
});
const nameOf = async (id: number) => (await names.of([id])).get(id)?.username;

it("are asked for once in five minutes", async () => {
  expect([await nameOf(1), await nameOf(1)]).toEqual(["at 1000", "at 1000"]);
  now += 299_000;
  expect(await nameOf(1)).toBe("at 1000");
  now += 2_000;
  expect(await nameOf(1)).toBe("at 302000");
  expect(asked).toEqual([[1], [1]]);
});

it("stay old while the users service is away, and are not made up", async () => {
  await nameOf(1);
  now += 301_000;
  answer = () => Promise.reject(new Error("away"));
  expect(await nameOf(1)).toBe("at 1000");
  await expect(names.of([1, 2])).rejects.toThrow("away");
});

it("take what is told while they are asked for, not the older answer", async () => {
  answer = (ids) => {
    names.changed(profile(1, "new"));
    return Promise.resolve(ids.map((id) => profile(id, "old")));
  };
  expect(await nameOf(1)).toBe("new");
});

it("know whose account can lead from no copy", async () => {
  await nameOf(1);
  answer = () => Promise.resolve([{ ...profile(1, "x"), status: "banned" }]);
  expect(await names.inactive([1, 2])).toEqual([1, 2]);
  expect(await names.inactive([])).toEqual([]);
  expect(asked).toEqual([[1], [1, 2]]);
});
