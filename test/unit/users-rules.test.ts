/** The rules of accounts, without a database: sessions, names, avatars, codes, scopes. */
import FastestValidator from "fastest-validator";
import { Secret, TOTP } from "otpauth";
import { actions } from "../../contracts/actions";
import { emailAddress, isMailable } from "../../contracts/email";
import { EnvError, readEnv } from "../../contracts/env";
import { codeOf } from "../../contracts/errors";
import { scopeOf } from "../../contracts/scopes";
import { isPassing } from "../../mixins/sql/trouble";
import { type SessionRow } from "../../services/users/models";
import { checkPassword } from "../../services/users/passwords";
import { checkedName, emailKey, nameKey, wordsOf } from "../../services/users/profiles";
import { decideRefresh, digest, expiryOf } from "../../services/users/sessions";
import { sealOf } from "../../platform/seal";
import { newSecret, plain, stepOf } from "../../services/users/totp";

const now = new Date("2026-01-01T00:00:00Z");
const after = (ms: number): Date => new Date(now.getTime() + ms);
const DAY = 86_400_000;
const session = (over: Partial<SessionRow> = {}): SessionRow => ({
  token_id: 1,
  user_id: 7,
  family_id: "f",
  access_token: "",
  refresh_token: digest("live"),
  generation: 3,
  issued_at: now,
  expired_at: after(7 * DAY),
  user_agent: "",
  ip: "",
  created_at: now,
  last_used_at: now,
  revoked_at: null,
  ...over,
});

describe("a refresh token", () => {
  const decide = (generation: number, at: number, over: Partial<SessionRow> = {}, userId = 7) =>
    decideRefresh(session(over), { userId, generation }, "live", after(at));
  it.each([
    ["rotates when it is the live one", 3, 0, {}, "rotate"],
    ["is told its successor again within 10 s", 2, 10_000, {}, "repeat"],
    ["is reuse after 10 s", 2, 10_001, {}, "reuse"],
    ["is reuse once the successor was used", 1, 0, {}, "reuse"],
    ["is gone with its session", 3, 0, { revoked_at: now }, "gone"],
    ["is gone when its time is over", 3, 7 * DAY, {}, "gone"],
    ["is gone when it is not the one that is kept", 3, 0, { refresh_token: digest("other") }, "gone"],
  ] as const)("%s", (_name, generation, at, over, decided) => {
    expect(decide(generation, at, over)).toBe(decided);
  });
  it("is gone for another user, and without a session", () => {
    expect(decide(3, 0, {}, 8)).toBe("gone");
    expect(decideRefresh(null, { userId: 7, generation: 3 }, "live", now)).toBe("gone");
  });
  it("lives 7 days from its rotation, and no longer than 90 days in all", () => {
    expect(expiryOf(now, after(DAY), 7 * DAY)).toEqual(after(8 * DAY));
    expect(expiryOf(now, after(89 * DAY), 7 * DAY)).toEqual(after(90 * DAY));
  });
});

describe("names and e-mails", () => {
  it("are folded for search: case, accents, đ", () => {
    expect(nameKey("Đặng Thị ÁNH")).toBe("dang thi anh");
    expect(wordsOf("O'Neil-Smith  ok ok")).toEqual(["oneil", "smith", "ok", "o", "neil"]);
    expect(emailKey(" Ann@X.ORG ")).toBe("ann@x.org");
  });
  it("count letters, not bytes", () => {
    expect(checkedName("💬💬")).toBe("💬💬");
    expect(() => checkedName("💬")).toThrow(/2 to 40/);
  });
  it.each([
    ["a\u0000b", "a NUL"],
    ["ann\u202egpj", "what turns the direction"],
    ["\u061cann", "another that turns it"],
    ["ann\ufffe", "no character"],
    ["ann\u{1ffff}", "no character beyond the first plane"],
    ["ann\ud83d", "half a character"],
    ["\u200b\u200b", "nothing to see"],
    ["\u3164\u3164", "fillers alone"],
    ["\u2800\u2800", "blank Braille"],
    ["\u0301\u0301", "accents without a letter"],
    ["\u{e0041}\u{e0042}", "tags"],
    ["deleted user", "the name of nobody"],
    ["Deleted  USER", "it in capitals"],
    ["dele\u200bted_user", "it in disguise"],
    ["ｄｅｌéｔｅｄ user", "it in wide letters"],
  ])("refuse %j: %s", (name) => {
    expect(() => checkedName(name)).toThrow(expect.objectContaining({ type: "BAD_REQUEST" }));
  });
  it.each(["Ann", "小明", "Ж.", "👨‍👩‍👧", "می‌خواهم", "O’Brien", "the deleted user's friend"])("take %s", (name) => {
    expect(checkedName(name)).toBe(name);
  });
});

describe("a password", () => {
  it.each([
    ["of 8 bytes", "k7#mPq2x", undefined],
    ["of 72 bytes", "x".repeat(72), undefined],
    ["of 7 bytes", "k7#mPq2", "BAD_REQUEST"],
    ["of 73 bytes", "x".repeat(73), "BAD_REQUEST"],
    ["that is common", "iloveyou1", "BAD_REQUEST"],
    ["that is common in capitals", "ILOVEYOU1", "BAD_REQUEST"],
    ["of blanks alone", "            ", "BAD_REQUEST"],
    ["of blanks that nobody sees", "\u00a0\u2003\u200b\u3000\t\n\u2060  ", "BAD_REQUEST"],
    ["with blanks in it", "  a  b  c  d  ", undefined],
    ["that is one's name", "Márgarét", "BAD_REQUEST"],
    ["that is one's name and a number", "Margaret-123", "BAD_REQUEST"],
    ["that is one's e-mail", "mags.h@example.org", "BAD_REQUEST"],
    ["that is one's mailbox", "!!mags.h!!", "BAD_REQUEST"],
    ["that has more than one's name", "margaret walks home", undefined],
    ["of 72 bytes once accents are composed", "e\u0301".repeat(36), undefined],
  ])("%s", (_name, password, code) => {
    let got: string | undefined;
    try {
      checkPassword(password, { username: "Margaret", email: "mags.h@example.org" });
    } catch (error) {
      got = codeOf(error);
    }
    expect(got).toBe(code);
  });
  it("is hashed cheaply in tests alone", () => {
    expect(readEnv({ NODE_ENV: "test", PASSWORD_COST: "4" }).PASSWORD_COST).toBe(4);
    expect(() => readEnv({ PASSWORD_COST: "11" })).toThrow(EnvError);
    expect(readEnv({}).PASSWORD_COST).toBe(12);
  });
});

describe("an e-mail address", () => {
  const check = new FastestValidator({ useNewCustomCheckerFunction: true }).compile({ email: emailAddress().rule });
  it.each(["a@b.co", "Ann.O'Neil+chat@mail.example.org", "x_y-z@xn--bcher-kva.example", `${"a".repeat(64)}@b.example`])(
    "is %s",
    (address) => {
      expect(isMailable(address)).toBe(true);
      expect(check({ email: address })).toBe(true);
    },
  );
  it.each([
    "a,bob@example.org",
    "foo<bar@example.org>",
    "Bob <bob@example.org>",
    "a@b.example, c@d.example",
    "a@b.example;c@d.example",
    "a(comment)@example.org",
    '"a b"@example.org',
    "a@[127.0.0.1]",
    "a@127.0.0.1",
    "a@@example.org",
    "a..b@example.org",
    ".a@example.org",
    "a.@example.org",
    "a@-b.example",
    "a@b-.example",
    "a@example..org",
    "a@example.org.",
    "a@bücher.example",
    "ann\u200b@example.org",
    "ａdmin@example.org",
    "ﷺ@example.org",
    "a\r\nBcc: b@example.org",
    "a\0@example.org",
    "group:a@b.example;",
    `${"a".repeat(65)}@b.example`,
    `${"a".repeat(250)}@b.co`,
    "@example.org",
    "a@",
    "",
  ])("is not %j", (address) => expect(check({ email: address })).not.toBe(true));
});

describe("the second factor", () => {
  it.each(["１２３４５６", "١٢٣٤٥٦", "۱۲۳۴۵۶", "12345", "1234567", "abcdef", "12345\ud800", "ﷺﷺﷺﷺﷺﷺ", "💯💯💯💯💯💯"])(
    "%j is no code, and no exception",
    (given) => expect(stepOf(newSecret(), given, null)).toBeUndefined(),
  );
  it("is typed in groups and with wide digits", () => {
    expect([plain("１２３ ４５６"), plain("123-456"), plain(" ABCD-efgh ")]).toEqual(["123456", "123456", "abcdefgh"]);
  });

  const secret = newSecret();
  const code = (at: number) => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at });
  it("takes the code of now and of one step to either side, each once", () => {
    const at = 1_800_000_000_000;
    const step = stepOf(secret, code(at), null, at) ?? 0;
    expect(step).toBe(at / 30_000);
    expect(stepOf(secret, code(at - 30_000), null, at)).toBe(step - 1);
    expect(stepOf(secret, code(at + 30_000), null, at)).toBe(step + 1);
    expect(stepOf(secret, code(at), step, at)).toBeUndefined();
    expect(stepOf(secret, code(at - 90_000), null, at)).toBeUndefined();
    expect(stepOf(secret, "abcdef", null, at)).toBeUndefined();
  });
  it("is sealed: another key, or a changed byte, opens nothing", () => {
    const sealed = sealOf("one", "a test").close(secret);
    expect(sealOf("one", "a test").open(sealed)).toBe(secret);
    expect(sealed).not.toContain(secret);
    expect(() => sealOf("two", "a test").open(sealed)).toThrow();
    const bytes = Buffer.from(sealed, "base64");
    bytes[30] = (bytes[30] ?? 0) ^ 1;
    expect(() => sealOf("one", "a test").open(bytes.toString("base64"))).toThrow();
    expect(() => sealOf("one", "another purpose").open(sealed)).toThrow();
  });
});

describe("scopes", () => {
  it("close credentials, roles and deletion to API tokens, whatever they are allowed", () => {
    for (const name of ["changePassword", "createApiToken", "logoutAll", "grantRole", "delete", "endTotp", "export"])
      expect(scopeOf(`users.${name}`)).toBeUndefined();
  });
  it("let nothing that writes pass as a read", () => {
    for (const name of Object.keys(actions))
      if (/send|edit|delete|create|add|remove|react/i.test(name)) expect(scopeOf(name) ?? "").not.toMatch(/:read$/);
    expect(scopeOf("chat.send")).toBe("chat:write");
    expect(scopeOf("chat.list")).toBe("chat:read");
  });
});

describe("trouble with the database", () => {
  it("is not what a bug is", () => {
    expect(isPassing(new TypeError("x"))).toBe(false);
  });
});
