import { type Hasher, openHasher } from "../../services/users/hasher";

let hasher: Hasher;
beforeAll(() => {
  hasher = openHasher(6);
});
afterAll(() => hasher.close());

test("nobody waits while those who came much later are served", async () => {
  let asked = 0;
  let overtaken = 0;
  const waiting = new Map<number, number>(); // how many of those that came later were served before
  const comeAndGo = async (): Promise<void> => {
    while (asked < 150) {
      const own = ++asked;
      waiting.set(own, 0);
      await hasher.hash("a password");
      overtaken = Math.max(overtaken, waiting.get(own) ?? 0);
      waiting.delete(own);
      for (const [other, count] of waiting) if (other < own) waiting.set(other, count + 1);
      await new Promise(setImmediate);
    }
  };
  await Promise.all([1, 2, 3, 4].map(comeAndGo));
  expect(overtaken).toBeLessThanOrEqual(4); // as many as there may be threads side by side
});

test("a full queue refuses at once, and what waits is served", async () => {
  const all = await Promise.allSettled(Array.from({ length: 200 }, () => hasher.hash("a password")));
  const refused = all.filter((r) => r.status === "rejected").map((r): unknown => r.reason);
  expect(refused.length).toBeGreaterThan(50);
  expect(refused[0]).toMatchObject({ type: "UNAVAILABLE" });
  expect(all.filter((r) => r.status === "fulfilled").length).toBeGreaterThanOrEqual(100);
});
