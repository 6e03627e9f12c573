/** What outsiders try with accounts: to be there first, to guess, to stay; and mail servers of every mood. */
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Secret, TOTP } from "otpauth";
import { readEnv } from "../../contracts/env";
import { codeOf, fail } from "../../contracts/errors";
import { ensureAdmin } from "../../services/users/bootstrap";
import { contextOf } from "../../services/users/context";
import { openMailer } from "../../services/users/mailer";
import { type Accounts, openAccounts, PASSWORD } from "../support/accounts";

const KEY = "keeper of the light";
const NEXT = "another walk by the sea";

const sql = async (accounts: Accounts, statement: string, bind: unknown[] = []): Promise<void> => {
  const { db } = contextOf(accounts.broker.getLocalService("users"));
  await db.work((tx) => db.sequelize.query(statement, { bind, transaction: tx }));
};
const login = (accounts: Accounts, email: string, password: string) =>
  accounts.as(undefined, "users.login", { email, password });

describe("accounts", () => {
  let accounts: Accounts;
  beforeAll(async () => {
    accounts = await openAccounts();
  });
  afterAll(() => accounts.stop());

  describe("ADMIN_EMAIL", () => {
    let owners = 0;
    const someOwner = () => `owner${++owners}@example.org`;
    /** As a start with these variables does it. */
    const start = (ADMIN_EMAIL: string, ADMIN_PASSWORD?: string) => {
      const context = contextOf(accounts.broker.getLocalService("users"));
      const env = { ...context.env, ADMIN_EMAIL, ADMIN_PASSWORD };
      return ensureAdmin({ ...context, env });
    };
    const refused = (email: string, password: string) =>
      accounts.refusal(undefined, "users.login", { email, password });

    test("is not given to who signed up with it unverified: they lose it, and all their keys", async () => {
      const owner = someOwner();
      const squatter = await accounts.person({ email: owner });
      const wish = { name: "later", scopes: ["users:read" as const] };
      const { token } = await accounts.as(squatter.caller, "users.createApiToken", wish);
      await start(owner, KEY);
      const { user } = await login(accounts, owner, KEY);
      expect(user).toMatchObject({ roles: ["admin", "user"], email_verified: true });
      expect(user.user_id).not.toBe(squatter.user.user_id);
      const { refreshToken } = squatter;
      expect(await refused(owner, PASSWORD)).toBe("AUTH_INVALID");
      expect(await accounts.refusal(undefined, "users.refresh", { refreshToken })).toBe("AUTH_INVALID");
      expect(await accounts.refusal(undefined, "users.authenticate", { token })).toBe("AUTH_INVALID");
    });

    test("is not given to its full-width twin, verified or not", async () => {
      const owner = someOwner();
      const twin = await accounts.person();
      const bind = [owner.replace("o", "ｏ"), owner, twin.user.user_id];
      const change = "UPDATE users SET email = $1, email_key = $2, email_verified_at = now() WHERE user_id = $3";
      await sql(accounts, change, bind);
      await start(owner, KEY);
      expect(await refused(owner, PASSWORD)).toBe("AUTH_INVALID");
      expect((await login(accounts, owner, KEY)).user.roles).toContain("admin");
      expect((await accounts.as(twin.caller, "users.me", {})).roles).toEqual(["user"]);
    });

    test("makes its verified owner admin, and ADMIN_PASSWORD holds from then on, where it is set", async () => {
      for (const password of [KEY, undefined]) {
        const owner = someOwner();
        const { user_id } = (await accounts.person({ email: owner })).user;
        await sql(accounts, "UPDATE users SET email_verified_at = now() WHERE user_id = $1", [user_id]);
        await start(owner.toUpperCase(), password);
        expect(await refused(owner, PASSWORD)).toBe(password ? "AUTH_INVALID" : "accepted");
        const { user } = await login(accounts, owner, password ?? PASSWORD);
        expect([user.user_id, user.roles]).toEqual([user_id, ["admin", "user"]]);
        await start(owner, "another key than before"); // who is admin already keeps the password
        expect(await refused(owner, password ?? PASSWORD)).toBe("accepted");
      }
    });

    test("is waited for where a machine is too busy to hash its password, and is there in the end", async () => {
      const owner = someOwner();
      const { hasher, env, ...context } = contextOf(accounts.broker.getLocalService("users"));
      let tries = 0;
      const hash: typeof hasher.hash = (...args) =>
        tries++ === 0 ? Promise.reject(fail("UNAVAILABLE")) : hasher.hash(...args);
      const asked = { ...env, ADMIN_EMAIL: owner, ADMIN_PASSWORD: KEY };
      await ensureAdmin({ ...context, env: asked, hasher: { ...hasher, hash } });
      expect(tries).toBe(2);
      expect((await login(accounts, owner, KEY)).user.roles).toContain("admin");
    });

    test("with a password that is none stops the start, and says which variable", () =>
      expect(start(someOwner(), "short")).rejects.toThrow("ADMIN_PASSWORD"));
  });

  const codeAt = (secret: string, at = Date.now()) =>
    new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at });
  const withSecondFactor = async () => {
    const ann = await accounts.person();
    const { secret } = await accounts.as(ann.caller, "users.beginTotp", { password: PASSWORD });
    const { recoveryCodes } = await accounts.as(ann.caller, "users.confirmTotp", { code: codeAt(secret) });
    const enter = (code: string) =>
      accounts.as(undefined, "users.login", { email: ann.email, password: PASSWORD, code }).then(
        () => "accepted",
        (error: { data?: { retryAfterMs?: number } }) => ({ code: codeOf(error), wait: error.data?.retryAfterMs ?? 0 }),
      );
    return { ann, secret, recoveryCodes, enter };
  };
  /** As if so much time had gone by since the last wrong code. */
  const pass = (ms: number) =>
    sql(accounts, "UPDATE attempts SET resets_at = resets_at - $1 * interval '1 millisecond'", [ms]);

  test("wrong codes make wait, longer each time, whatever the address; the right one ends that", async () => {
    const { ann, recoveryCodes, enter } = await withSecondFactor();
    for (let n = 0; n < 5; n += 1) expect(await enter("000000")).toEqual({ code: "AUTH_INVALID", wait: 0 });
    const waits: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      const refused = await enter(recoveryCodes[0] ?? "");
      expect(refused).toMatchObject({ code: "RATE_LIMITED" }); // the right one, too: or guessing would pay
      const { wait } = refused as { wait: number };
      waits.push(Math.round(wait / 1000));
      await pass(wait + 1_000);
      expect(await enter("000000")).toEqual({ code: "AUTH_INVALID", wait: 0 });
    }
    for (const [n, wait] of [30, 60, 120, 240].entries()) expect(Math.abs((waits[n] ?? 0) - wait)).toBeLessThan(20);
    const end = { password: PASSWORD, code: recoveryCodes[0] ?? "" };
    expect(await accounts.refusal(ann.caller, "users.endTotp", end)).toBe("RATE_LIMITED"); // the same count
    await pass(3_600_000);
    expect(await enter(recoveryCodes[0] ?? "")).toBe("accepted");
    expect(await enter("000000")).toEqual({ code: "AUTH_INVALID", wait: 0 });
    expect(await enter(recoveryCodes[1] ?? "")).toBe("accepted");
  });

  test.each(["１２３４５６", "١٢٣٤٥٦", "ﷺﷺﷺﷺﷺﷺ", "\ud800\ud800\ud800\ud800\ud800\ud800", "💯💯💯💯💯💯", "12345\0"])(
    "the code %j is wrong, and no fault of ours",
    async (code) => {
      const { enter } = await withSecondFactor();
      expect(["AUTH_INVALID", "BAD_REQUEST"]).toContain(((await enter(code)) as { code: string }).code);
    },
  );

  test("a right code in wide digits is right", async () => {
    const { secret, enter } = await withSecondFactor();
    const later = codeAt(secret, Date.now() + 30_000);
    const wide = [...later].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join("");
    expect(await enter(`${wide.slice(0, 3)} ${wide.slice(3)}`)).toBe("accepted");
  });

  test.each(["ﷺ".repeat(200), "ﷺ@example.org", "a\0@b.co", "\ud800@b.co", "a,b@example.org", "x".repeat(254)])(
    "an e-mail such as %j is refused or unknown, wherever it is given",
    async (email) => {
      const register = { username: "Ann", email, password: PASSWORD };
      expect(await accounts.refusal(undefined, "users.register", register)).toBe("BAD_REQUEST");
      const login = await accounts.refusal(undefined, "users.login", { email, password: PASSWORD });
      expect(["AUTH_INVALID", "BAD_REQUEST"]).toContain(login);
      const forgot = await accounts.refusal(undefined, "users.forgotPassword", { email });
      expect(["accepted", "BAD_REQUEST"]).toContain(forgot);
    },
  );

  test("an accent is the same however it is typed, also where it was stored otherwise", async () => {
    const [composed, apart] = ["chambre numéro dix", "chambre nume\u0301ro dix"];
    const ann = await accounts.person({ password: apart });
    for (const password of [composed, apart]) expect((await login(accounts, ann.email, password)).user).toBeDefined();
    const { hasher } = contextOf(accounts.broker.getLocalService("users"));
    const { hashSync } = await import("bcryptjs");
    const old = hashSync(apart, 4);
    expect([await hasher.matches(apart, old, ""), await hasher.matches("another", old, "")]).toEqual([true, false]);
  });

  describe("API tokens", () => {
    const wish = { name: "cron", scopes: ["users:read" as const] };
    async function household() {
      const ann = await accounts.person();
      const bot = await accounts.as(ann.caller, "users.createBot", { username: "Echo" });
      const made = [wish, { ...wish, bot: bot.user_id }].map((w) => accounts.as(ann.caller, "users.createApiToken", w));
      const tokens = (await Promise.all(made)).map(({ token }) => token);
      const states = () =>
        Promise.all(tokens.map((token) => accounts.refusal(undefined, "users.authenticate", { token })));
      expect(await states()).toEqual(["accepted", "accepted"]);
      accounts.heard.length = 0;
      return { ann, bot, states };
    }
    const reset = async (email: string): Promise<void> => {
      const context = contextOf(accounts.broker.getLocalService("users"));
      const { issueOneTime } = await import("../../services/users/one-time");
      const token = await context.db.work(async (tx) => {
        const user = (await context.User.findOne({ where: { email }, transaction: tx, raw: true })) as never;
        return issueOneTime(context, tx, user, "reset");
      });
      await accounts.as(undefined, "users.resetPassword", { token, next: NEXT });
    };

    test.each([
      ["leaving everywhere", ({ ann }) => accounts.as(ann.caller, "users.logoutAll", {})],
      [
        "a new password",
        ({ ann }) => accounts.as(ann.caller, "users.changePassword", { current: PASSWORD, next: NEXT }),
      ],
      ["a reset password", ({ ann }) => reset(ann.email)],
    ] as [string, (of: Awaited<ReturnType<typeof household>>) => Promise<unknown>][])(
      "end with %s, those of bots, too, and all nodes hear of it",
      async (_how, end) => {
        const of = await household();
        await end(of);
        expect(await of.states()).toEqual(["AUTH_INVALID", "AUTH_INVALID"]);
        expect(accounts.heard.map(({ payload }) => payload.userId)).toEqual([of.ann.user.user_id, of.bot.user_id]);
        expect(await accounts.as(of.ann.caller, "users.apiTokens", {})).toEqual([]);
      },
    );

    test("stay when one device leaves, or a password is not changed after all", async () => {
      const { ann, states } = await household();
      const change = { current: "wrong password", next: NEXT };
      expect(await accounts.refusal(ann.caller, "users.changePassword", change)).toBe("FORBIDDEN");
      await accounts.as(ann.caller, "users.logout", {});
      expect(await states()).toEqual(["accepted", "accepted"]);
    });

    test("run out after ninety days where nothing else is said", async () => {
      const ann = await accounts.person();
      const days = async (more: object) => {
        const { api_token } = await accounts.as(ann.caller, "users.createApiToken", { ...wish, ...more });
        return Math.round((Date.parse(api_token.expires_at ?? "") - Date.now()) / 86_400_000);
      };
      expect([await days({}), await days({ expiresInDays: 7 })]).toEqual([90, 7]);
    });

    test("ask for the password once the sign-in is ten minutes old", async () => {
      const ann = await accounts.person();
      const make = (more = {}) => accounts.as(ann.caller, "users.createApiToken", { ...wish, ...more });
      const age = (interval: string) =>
        sql(accounts, `UPDATE tokens SET created_at = created_at - interval '${interval}' WHERE user_id = $1`, [
          ann.user.user_id,
        ]);
      await age("9 minutes");
      await make();
      await age("2 minutes");
      await expect(make()).rejects.toMatchObject({ type: "FORBIDDEN", data: { required: "password" } });
      await expect(make({ password: "wrong password" })).rejects.toMatchObject({ type: "FORBIDDEN" });
      await make({ password: PASSWORD });
      const stranger = { ...ann.caller, sessionId: "0".repeat(32) };
      expect(await accounts.refusal(stranger, "users.createApiToken", wish)).toBe("FORBIDDEN");
    });
  });
});

describe("a mail server", () => {
  let server: Server;
  const sockets = new Set<Socket>();
  /** What it says to each command; it drips for ever where there is nothing. */
  let says: (command: string) => string | undefined;
  let seen: string[];
  const kind = (command: string): string | undefined =>
    /^(MAIL|RCPT|EHLO|HELO|\.)/i.test(command) ? "250 ok" : /^DATA/i.test(command) ? "354 go" : "221 bye";

  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket.on("error", () => undefined).on("close", () => sockets.delete(socket)));
      let inData = false;
      socket.write("220 here\r\n");
      socket.on("data", (bytes) => {
        for (const line of bytes.toString().split("\r\n").filter(Boolean)) {
          seen.push(line);
          if (inData && line !== ".") continue;
          const answer = says(line);
          inData = answer?.startsWith("354") ?? false;
          if (answer !== undefined) socket.write(`${answer}\r\n`);
          else setInterval(() => socket.write("250-wait\r\n"), 10).unref();
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  beforeEach(() => {
    seen = [];
    says = kind;
  });

  const log: string[] = [];
  const write = (...line: unknown[]) => void log.push(JSON.stringify(line));
  const logger = { info: write, warn: write, error: write, debug: write } as never;
  const mailer = (port = (server.address() as AddressInfo).port) =>
    openMailer(readEnv({ SMTP_URL: `smtp://127.0.0.1:${port}` }), logger);
  const mail = (to: string) => ({ to, subject: "Hello", text: "a secret link", html: "<p>a secret link</p>" });

  test("gets the very address that is stored, and nothing else", async () => {
    await mailer().send(mail("o'neil+chat@example.org"));
    expect(seen.filter((line) => /^RCPT/.test(line))).toEqual(["RCPT TO:<o'neil+chat@example.org>"]);
    expect(seen).toContain("To: o'neil+chat@example.org");
  });

  test.each([
    "a,bob@example.org",
    "foo<bar@example.org>",
    "x@y.z, bob@example.org",
    "a(b)@example.org",
    "ü@example.org",
  ])("is never asked about %j, which an account of before may have", async (to) => {
    await expect(mailer().send(mail(to))).rejects.toMatchObject({ type: "BAD_REQUEST" });
    expect(seen).toEqual([]);
  });

  test.each<[string, string, string]>([
    ["refuses the recipient for good", "550 no such user", "BAD_REQUEST"],
    ["refuses the recipient for now", "451 later", "UNAVAILABLE"],
  ])("that %s", async (_name, answer, code) => {
    says = (command) => (/^RCPT/.test(command) ? answer : kind(command));
    await expect(mailer().send(mail("who@secret.example"))).rejects.toMatchObject({ type: code });
  });

  test("that refuses us, or is not there, is UNAVAILABLE", async () => {
    says = (command) => (/^MAIL/.test(command) ? "550 who@secret.example may not" : kind(command));
    await expect(mailer().send(mail("who@secret.example"))).rejects.toMatchObject({ type: "UNAVAILABLE" });
    await expect(mailer(1).send(mail("who@secret.example"))).rejects.toMatchObject({ type: "UNAVAILABLE" });
    expect(log.length).toBeGreaterThan(0);
    expect(log.join()).not.toContain("secret");
  });

  test("that drips for ever is ended by a stop", async () => {
    says = (command) => (/^RCPT/.test(command) ? undefined : kind(command));
    const post = mailer();
    const sent = post.send(mail("who@secret.example"));
    const refused = expect(sent).rejects.toMatchObject({ type: "UNAVAILABLE" });
    while (!seen.some((line) => /^RCPT/.test(line))) await new Promise((resolve) => setTimeout(resolve, 5));
    post.close();
    await refused;
  });
});
