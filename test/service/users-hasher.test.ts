import { SharedResources } from "../../platform/shared-resources";
import { type Hasher, openHasher } from "../../services/users/hasher";
import { type Accounts, openAccounts, PASSWORD } from "../support/accounts";

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
      await hasher.hash("a password", "me");
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
  const all = await Promise.allSettled(Array.from({ length: 200 }, () => hasher.hash("a password", "me")));
  const refused = all.filter((r) => r.status === "rejected").map((r): unknown => r.reason);
  expect(refused.length).toBeGreaterThan(50);
  expect(refused[0]).toMatchObject({ type: "UNAVAILABLE" });
  expect(all.filter((r) => r.status === "fulfilled").length).toBeGreaterThanOrEqual(100);
});

describe("whoever comes last and alone has the next turn", () => {
  let accounts: Accounts | undefined;
  afterAll(() => accounts?.stop());
  /** How many of a crowd were done when the one that came after all of them was. */
  async function aheadOf(one: () => Promise<unknown>, crowd: readonly (() => Promise<unknown>)[]): Promise<number> {
    let done = 0;
    const waiting = crowd.map((ask) => ask().then(() => void (done += 1)));
    await one();
    const ahead = done;
    await Promise.all(waiting);
    return ahead;
  }
  const crowdOf = <T>(size: number, ask: (n: number) => Promise<T>) =>
    Array.from({ length: size }, (_, n) => () => ask(n));

  test("while two hundred of another tenant wait, from ten addresses", async () => {
    const shared = new SharedResources();
    const [large, small] = [openHasher(5, shared, "large"), openHasher(5, shared, "small")];
    const many = crowdOf(200, (n) => large.hash("a password", `10.0.0.${n % 10}`));
    expect(await aheadOf(() => small.hash("a password", "10.0.0.1"), many)).toBeLessThan(100);
    await Promise.all([large.close(), small.close()]);
  });

  test("while sixty from another address wait", async () => {
    const many = crowdOf(60, () => hasher.hash("a password", "10.0.0.1"));
    expect(await aheadOf(() => hasher.matches("a password", null, "10.0.0.2"), many)).toBeLessThan(30);
  });

  test("also to sign in: a storm of attempts from one network holds up nobody at another address", async () => {
    accounts = await openAccounts({ PASSWORD_COST: "6" });
    const { email } = await accounts.person();
    const login = (password: string, ip: string, of = email) =>
      accounts!.as(undefined, "users.login", { email: of, password, device: { ip, userAgent: "" } });
    const storm = crowdOf(40, (n) =>
      login("wrong", `2001:db8::${n + 1}`, `nobody${n}@example.org`).then(
        () => Promise.reject(new Error("it was let in")),
        () => undefined,
      ),
    );
    expect(await aheadOf(() => login(PASSWORD, "10.0.0.2"), storm)).toBeLessThan(30);
  });
});
