/** What one does with an account: devices, password, mails, second factor, profile, roles, tokens of scripts. */
import { Secret, TOTP } from "otpauth";
import { type Caller } from "../../contracts/caller";
import { MOST } from "../../contracts/most";
import { envOf } from "../../platform/env";
import { oweChat, tellChat, tellChatSoon } from "../../services/users/chat-news";
import { contextOf } from "../../services/users/context";
import { type Accounts, onEachStore, PASSWORD, type Person, withRoles } from "../support/accounts";
import { eventually } from "../support/eventually";
import { mailedTokens } from "../support/mail";

const ADMIN = { email: "root@example.org", password: "keeper of the light" };
const NEXT = "another walk by the sea";

onEachStore((open) => {
  let accounts: Accounts;
  let admin: Caller;
  beforeAll(async () => {
    accounts = await open({ ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password });
    admin = accounts.callerOf((await accounts.as(undefined, "users.login", ADMIN)).accessToken);
  });
  afterAll(() => accounts.stop());

  const login = (person: Person, password = PASSWORD, code?: string) =>
    accounts.as(undefined, "users.login", { email: person.email, password, ...(code === undefined ? {} : { code }) });
  const refusedLogin = (person: Person, password = PASSWORD, code?: string) =>
    accounts.refusal(undefined, "users.login", {
      email: person.email,
      password,
      ...(code === undefined ? {} : { code }),
    });
  const refusedRefresh = (refreshToken: string) => accounts.refusal(undefined, "users.refresh", { refreshToken });
  async function mailed(person: Person, what: "reset" | "verify"): Promise<string> {
    const found = () => mailedTokens(envOf(accounts.broker).DATA_DIR, person.email, what).at(-1);
    await eventually(() => expect(found()).toBeDefined());
    return found() ?? "";
  }

  it("profiles of many come in the order asked for, each once, and tell no more than one's own would", async () => {
    const [ann, bob] = [await accounts.person(), await accounts.person()];
    const ids = [bob.user.user_id, 2_000_000_000, ann.user.user_id, bob.user.user_id];
    const found = await accounts.as(ann.caller, "users.batch", { ids });
    expect(found.map((user) => user.user_id)).toEqual([bob.user.user_id, ann.user.user_id]);
    expect(found[0]).not.toHaveProperty("email");
    expect(await accounts.refusal(undefined, "users.batch", { ids })).toBe("AUTH_INVALID");
  });

  describe("devices", () => {
    it("are listed with the one that asks marked, and ended one by one", async () => {
      const ann = await accounts.person({ device: { userAgent: "Firefox", ip: "10.0.0.1" } });
      const phone = await accounts.as(undefined, "users.login", {
        email: ann.email,
        password: PASSWORD,
        device: { userAgent: "Phone", ip: "10.0.0.2" },
      });
      const list = await accounts.as(ann.caller, "users.sessions", {});
      expect(list.map(({ user_agent, ip, current }) => ({ user_agent, ip, current }))).toEqual([
        { user_agent: "Phone", ip: "10.0.0.2", current: false },
        { user_agent: "Firefox", ip: "10.0.0.1", current: true },
      ]);
      await accounts.as(ann.caller, "users.endSession", { id: list[0]?.id ?? "" });
      expect(await refusedRefresh(phone.refreshToken)).toBe("AUTH_INVALID");
      expect(await accounts.as(ann.caller, "users.sessions", {})).toHaveLength(1);
    });

    it("of others are NOTFOUND", async () => {
      const [ann, bob] = [await accounts.person(), await accounts.person()];
      expect(await accounts.refusal(ann.caller, "users.endSession", { id: bob.caller.sessionId })).toBe("NOTFOUND");
      expect(await refusedRefresh(bob.refreshToken)).toBe("accepted");
    });
  });

  describe("the password", () => {
    it("is changed by who knows it, ends the other sessions and keeps this one", async () => {
      const ann = await accounts.person();
      const other = await login(ann);
      accounts.heard.length = 0;
      await accounts.as(ann.caller, "users.changePassword", { current: PASSWORD, next: NEXT });
      const { userId, sessionId } = ann.caller;
      expect(accounts.heard).toEqual([
        { name: "users.revoked", payload: { userId, except: sessionId, at: expect.any(String) } },
      ]);
      expect(await refusedRefresh(other.refreshToken)).toBe("AUTH_INVALID");
      expect(await refusedRefresh(ann.refreshToken)).toBe("accepted");
      expect(await refusedLogin(ann)).toBe("AUTH_INVALID");
      expect(await refusedLogin(ann, NEXT)).toBe("accepted");
    });

    it("stays with a wrong current one or a bad next one", async () => {
      const ann = await accounts.person();
      const change = (current: string, next: string) =>
        accounts.refusal(ann.caller, "users.changePassword", { current, next });
      expect(await change("wrong password", NEXT)).toBe("FORBIDDEN");
      expect(await change(PASSWORD, "short")).toBe("BAD_REQUEST");
      expect(await change(PASSWORD, "x".repeat(73))).toBe("BAD_REQUEST");
      expect(await refusedLogin(ann)).toBe("accepted");
    });

    it("is reset by a mailed token, once, which ends all sessions", async () => {
      const ann = await accounts.person();
      await accounts.as(undefined, "users.forgotPassword", { email: ann.email });
      const token = await mailed(ann, "reset");
      const reset = (next: string) => accounts.refusal(undefined, "users.resetPassword", { token, next });
      expect(await reset("short")).toBe("BAD_REQUEST");
      expect(await reset(NEXT)).toBe("accepted");
      expect(await reset(PASSWORD)).toBe("BAD_REQUEST");
      expect(await refusedRefresh(ann.refreshToken)).toBe("AUTH_INVALID");
      expect(await refusedLogin(ann, NEXT)).toBe("accepted");
    });

    it("says the same when a stranger's e-mail is asked for, and mails nothing", async () => {
      const told = await accounts.as(undefined, "users.forgotPassword", { email: "nobody@example.org" });
      const ann = await accounts.person();
      expect(await accounts.as(undefined, "users.forgotPassword", { email: ann.email })).toEqual(told);
      await mailed(ann, "reset");
      expect(mailedTokens(envOf(accounts.broker).DATA_DIR, "nobody@example.org", "reset")).toEqual([]);
    });
  });

  describe("the e-mail", () => {
    it("is verified by a mailed token, once, and not by one for something else", async () => {
      const ann = await accounts.person();
      await accounts.as(ann.caller, "users.sendVerification", {});
      await accounts.as(undefined, "users.forgotPassword", { email: ann.email });
      const [verify, reset] = [await mailed(ann, "verify"), await mailed(ann, "reset")];
      expect(await accounts.refusal(undefined, "users.verifyEmail", { token: reset })).toBe("BAD_REQUEST");
      await accounts.as(undefined, "users.verifyEmail", { token: verify });
      expect((await accounts.as(ann.caller, "users.me", {})).email_verified).toBe(true);
      expect(await accounts.refusal(undefined, "users.verifyEmail", { token: verify })).toBe("BAD_REQUEST");
      expect(await accounts.refusal(ann.caller, "users.sendVerification", {})).toBe("CONFLICT");
    });
  });

  describe("the second factor", () => {
    const codeOf = (secret: string, at = Date.now()) =>
      new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at });

    it("is asked for once confirmed; a code works once, a recovery code once", async () => {
      const ann = await accounts.person();
      expect(await accounts.refusal(ann.caller, "users.beginTotp", { password: "wrong password" })).toBe("FORBIDDEN");
      const { secret } = await accounts.as(ann.caller, "users.beginTotp", { password: PASSWORD });
      expect(await accounts.refusal(ann.caller, "users.confirmTotp", { code: "000000" })).toBe("BAD_REQUEST");
      expect(await refusedLogin(ann)).toBe("accepted"); // not yet
      const code = codeOf(secret);
      const { recoveryCodes } = await accounts.as(ann.caller, "users.confirmTotp", { code });
      expect(new Set(recoveryCodes).size).toBe(10);

      expect(await refusedLogin(ann)).toBe("FORBIDDEN");
      expect(await refusedLogin(ann, "wrong password")).toBe("AUTH_INVALID");
      expect(await refusedLogin(ann, PASSWORD, code)).toBe("AUTH_INVALID"); // it was used to confirm
      const later = codeOf(secret, Date.now() + 30_000);
      expect(await refusedLogin(ann, PASSWORD, later)).toBe("accepted");
      expect(await refusedLogin(ann, PASSWORD, later)).toBe("AUTH_INVALID");
      const [first = "", second = ""] = recoveryCodes;
      expect(await refusedLogin(ann, PASSWORD, first.toUpperCase())).toBe("accepted");
      expect(await refusedLogin(ann, PASSWORD, first)).toBe("AUTH_INVALID");

      expect(await accounts.refusal(ann.caller, "users.endTotp", { password: PASSWORD, code: "000000" })).toBe(
        "FORBIDDEN",
      );
      await accounts.as(ann.caller, "users.endTotp", { password: PASSWORD, code: second });
      expect(await refusedLogin(ann)).toBe("accepted");
    });
  });

  describe("profiles", () => {
    it("are changed by oneself and admins, announced, and nothing else can be set", async () => {
      const [ann, bob] = [await accounts.person(), await accounts.person()];
      const id = ann.user.user_id;
      accounts.heard.length = 0;
      const more = { status: "banned", role: "admin", email: "x@y.z", password_hash: "x", user_id: 1 };
      const user = await accounts.as(ann.caller, "users.update", {
        id,
        username: "Zoë",
        avatar_url: "/files/1",
        ...more,
      });
      expect(user).toEqual({ ...ann.user, username: "Zoë", avatar_url: "/files/1", updated_at: expect.any(String) });
      const seen = await accounts.as(bob.caller, "users.get", { id });
      expect(Object.keys(seen).sort()).toEqual(["avatar_url", "created_at", "custom", "status", "user_id", "username"]);
      expect(accounts.heard).toEqual([{ name: "users.changed", payload: { userId: id, profile: seen } }]);
      expect(await accounts.refusal(bob.caller, "users.update", { id, username: "Mine" })).toBe("FORBIDDEN");
      expect((await accounts.as(admin, "users.update", { id, avatar_url: null })).avatar_url).toBeNull();
    });

    it.each(["javascript:alert(1)", "data:text/html,x", "//evil.test/a", "/\\evil.test", "ftp://a/b", "a.png"])(
      "refuse %s as an avatar",
      async (avatar_url) => {
        const ann = await accounts.person();
        expect(await accounts.refusal(ann.caller, "users.update", { id: ann.user.user_id, avatar_url })).toBe(
          "BAD_REQUEST",
        );
      },
    );

    it("are found by the beginnings of words, without accents, page by page", async () => {
      const names = [
        "Đặng Thị Hường",
        "đang Thi Ha",
        "Hương Đăng",
        "Danger Thicket",
        "Nobody Else",
        "Søren Weiß",
        "\u{fdfa}".repeat(40),
      ];
      for (const username of names) await accounts.person({ username });
      const ann = await accounts.person();
      const find = (q: string, limit = 20, cursor?: string) =>
        accounts.as(ann.caller, "users.search", { q, limit, ...(cursor === undefined ? {} : { cursor }) });
      const named = async (q: string) => (await find(q)).map((user) => user.username);
      expect(await named("DANG")).toEqual(["đang Thi Ha", "Đặng Thị Hường", "Danger Thicket", "Hương Đăng"]);
      expect(await named("thi đặng h")).toEqual(["đang Thi Ha", "Đặng Thị Hường"]);
      expect(await named("soren weiss")).toEqual(["Søren Weiß"]);
      expect(await named("ang")).toEqual([]);
      expect(await named("'; DROP TABLE users --")).toEqual([]);
      expect(await named(" & | ! ")).toEqual([]);
      const pages = [];
      for (let cursor: string | undefined; ;) {
        const [user] = await find("dang", 1, cursor);
        if (!user) break;
        pages.push(user.username);
        cursor = user.cursor;
      }
      expect(pages).toEqual(await named("dang"));
      expect(await accounts.refusal(ann.caller, "users.search", { q: "a", limit: 1, cursor: "?" })).toBe("BAD_REQUEST");
    });

    it("are erased with the account; the name that is left is nobody's", async () => {
      const [ann, bob] = [await accounts.person(), await accounts.person()];
      const id = ann.user.user_id;
      expect(await accounts.refusal(bob.caller, "users.delete", { id })).toBe("FORBIDDEN");
      accounts.heard.length = 0;
      await accounts.as(ann.caller, "users.delete", { id });
      const left = await accounts.as(bob.caller, "users.get", { id });
      expect(left).toMatchObject({ username: "deleted user", avatar_url: null, status: "deleted" });
      expect(accounts.heard.map(({ name, payload }) => [name, payload.userId])).toEqual([
        ["users.revoked", id],
        ["users.changed", id],
      ]);
      expect(await refusedRefresh(ann.refreshToken)).toBe("AUTH_INVALID");
      expect(await refusedLogin(ann)).toBe("AUTH_INVALID");
      expect(await accounts.refusal(ann.caller, "users.me", {})).toBe("NOTFOUND");
      expect((await accounts.person({ email: ann.email })).user.user_id).not.toBe(id); // the e-mail is free again
    });

    it("are exported whole and without a secret", async () => {
      const ann = await accounts.person();
      await accounts.as(ann.caller, "users.createApiToken", { name: "backup", scopes: ["chat:read"] });
      const mine = await accounts.as(ann.caller, "users.export", {});
      expect(mine).toMatchObject({ user: ann.user, sessions: [{ current: true }], api_tokens: [{ name: "backup" }] });
      expect(JSON.stringify(mine)).not.toMatch(/hash|digest|secret|\$2/);
    });
  });

  describe("roles", () => {
    it("are given and taken by admins, and void the tokens that say otherwise while sessions stay", async () => {
      const ann = await accounts.person();
      const id = ann.user.user_id;
      expect(await accounts.refusal(ann.caller, "users.grantRole", { id, role: "admin" })).toBe("FORBIDDEN");
      expect(await accounts.refusal(withRoles(ann, "admin"), "users.grantRole", { id, role: "admin" })).toBe(
        "FORBIDDEN",
      );
      accounts.heard.length = 0;
      expect((await accounts.as(admin, "users.grantRole", { id, role: "moderator" })).roles).toEqual([
        "moderator",
        "user",
      ]);
      const at = accounts.heard[0]?.payload.at;
      expect(accounts.heard).toEqual([{ name: "users.revoked", payload: { userId: id, at } }]);
      const fresh = await accounts.as(undefined, "users.refresh", { refreshToken: ann.refreshToken });
      expect(fresh.user.roles).toEqual(["moderator", "user"]);
      const { issuedAt } = (await import("../../platform/tokens"))
        .tokensOf(accounts.broker)
        .verifyAccess(fresh.accessToken);
      expect(issuedAt).toBeGreaterThanOrEqual(Date.parse(at));
      expect((await accounts.as(admin, "users.revokeRole", { id, role: "moderator" })).roles).toEqual(["user"]);
    });

    it("leave one admin, whoever goes", async () => {
      const id = admin.userId;
      expect(await accounts.refusal(admin, "users.revokeRole", { id, role: "admin" })).toBe("CONFLICT");
      expect(await accounts.refusal(admin, "users.delete", { id })).toBe("CONFLICT");
    });

    it("let an admin ban and let in again", async () => {
      const ann = await accounts.person();
      const id = ann.user.user_id;
      expect((await accounts.as(admin, "users.ban", { id })).status).toBe("banned");
      expect(await refusedLogin(ann)).toBe("FORBIDDEN");
      expect(await refusedLogin(ann, "wrong password")).toBe("AUTH_INVALID");
      expect(await refusedRefresh(ann.refreshToken)).toBe("AUTH_INVALID");
      expect((await accounts.as(admin, "users.unban", { id })).status).toBe("active");
      expect(await refusedLogin(ann)).toBe("accepted");
      expect(await refusedRefresh(ann.refreshToken)).toBe("AUTH_INVALID"); // what was cut stays cut
    });

    it("show all accounts to admins alone", async () => {
      const ann = await accounts.person();
      const [newest] = await accounts.as(admin, "users.list", { limit: 1 });
      expect(newest).toMatchObject({ user_id: ann.user.user_id, email: ann.email });
      expect(await accounts.as(admin, "users.list", { limit: 1, cursor: newest?.cursor ?? "" })).not.toEqual([newest]);
      expect(await accounts.refusal(ann.caller, "users.list", { limit: 1 })).toBe("FORBIDDEN");
    });

    it("find accounts by beginnings of words of the name or by how the address begins, page by page", async () => {
      const named = ["Zoë Quill", "Quentin Zo", "Anna Zo"];
      const made = [];
      for (const username of named) made.push(await accounts.person({ username }));
      const ids = made.map(({ user }) => user.user_id);
      const found = async (q: string, more: { limit?: number; cursor?: string } = {}) =>
        (await accounts.as(admin, "users.list", { q, limit: 10, ...more })).filter((u) => ids.includes(u.user_id));
      const namesOf = async (q: string) => (await found(q)).map(({ username }) => username);
      expect(await namesOf("zo")).toEqual([...named].reverse());
      expect(await namesOf("QU zo")).toEqual(["Quentin Zo", "Zoë Quill"]);
      expect(await namesOf(made[1]!.email.toUpperCase())).toEqual(["Quentin Zo"]);
      expect(await namesOf(made[1]!.email.slice(0, -3))).toEqual(["Quentin Zo"]);
      for (const q of ["%", "_", "' OR 1=1 --", "&|!", made[1]!.email.slice(1)]) expect(await namesOf(q)).toEqual([]);
      const [first] = await accounts.as(admin, "users.list", { q: "zo", limit: 1 });
      const [second] = await accounts.as(admin, "users.list", { q: "zo", limit: 1, cursor: first?.cursor ?? "" });
      expect([first?.username, second?.username]).toEqual(["Anna Zo", "Quentin Zo"]);
      await accounts.as(admin, "users.ban", { id: ids[0]! });
      const banned = await accounts.as(admin, "users.list", { q: "zo", status: "banned", limit: 10 });
      expect(banned.map(({ username }) => username)).toEqual(["Zoë Quill"]);
    });
  });

  describe("tokens of scripts", () => {
    it("speak for a person within their scopes, are shown once, and end when revoked", async () => {
      const ann = await accounts.person();
      const made = await accounts.as(ann.caller, "users.createApiToken", { name: "cron", scopes: ["users:read"] });
      const verified = await accounts.as(undefined, "users.authenticate", { token: made.token });
      const { userId, sessionId, roles, scopes } = verified;
      expect({ userId, roles, scopes }).toEqual({ userId: ann.user.user_id, roles: ["user"], scopes: ["users:read"] });
      const script: Caller = { userId, sessionId, roles, scopes };
      expect((await accounts.as(script, "users.me", {})).user_id).toBe(userId);
      for (const refused of [
        accounts.refusal(script, "users.update", { id: userId, username: "Robot" }),
        accounts.refusal(script, "users.changePassword", { current: PASSWORD, next: NEXT }),
        accounts.refusal(script, "users.createApiToken", { name: "more", scopes: ["chat:write"] }),
        accounts.refusal(script, "users.delete", { id: userId }),
      ])
        expect(await refused).toBe("FORBIDDEN");

      const listed = await accounts.as(ann.caller, "users.apiTokens", {});
      expect(listed).toMatchObject([{ id: sessionId, name: "cron", last_used_at: expect.any(String) }]);
      expect(JSON.stringify(listed)).not.toContain(made.token.split(".")[1]);
      accounts.heard.length = 0;
      await accounts.as(ann.caller, "users.revokeApiToken", { id: sessionId });
      expect(accounts.heard).toMatchObject([{ name: "users.revoked", payload: { userId, sessionId } }]);
      expect(await accounts.refusal(undefined, "users.authenticate", { token: made.token })).toBe("AUTH_INVALID");
      const { sessions } = await accounts.as(undefined, "users.revocations", { since: new Date().toISOString() });
      expect(sessions[sessionId]).toBeDefined();
    });

    it.each(["", "api-", "api-000000000000000000000000.x", "api-é.x", "x.y.z"])("are not %j", async (token) => {
      expect(await accounts.refusal(undefined, "users.authenticate", { token })).toBe("AUTH_INVALID");
    });

    it("let bots speak, who have no password and go with their owner", async () => {
      const [ann, bob] = [await accounts.person(), await accounts.person()];
      const bot = await accounts.as(ann.caller, "users.createBot", { username: "Echo" });
      const wish = { name: "echo", scopes: ["chat:write" as const], bot: bot.user_id };
      expect(await accounts.refusal(bob.caller, "users.createApiToken", wish)).toBe("NOTFOUND");
      const { token } = await accounts.as(ann.caller, "users.createApiToken", wish);
      expect((await accounts.as(undefined, "users.authenticate", { token })).userId).toBe(bot.user_id);
      expect(await accounts.as(ann.caller, "users.bots", {})).toEqual([bot]);
      await accounts.as(ann.caller, "users.delete", { id: ann.user.user_id });
      expect(await accounts.refusal(undefined, "users.authenticate", { token })).toBe("AUTH_INVALID");
      expect((await accounts.as(bob.caller, "users.get", { id: bot.user_id })).status).toBe("deleted");
    });
  });

  describe("block lists", () => {
    it("are kept, told to chat, and seen from both sides", async () => {
      const [ann, bob, eve] = [await accounts.person(), await accounts.person(), await accounts.person()];
      const [a, b, e] = [ann.user.user_id, bob.user.user_id, eve.user.user_id];
      accounts.blocks.length = 0;
      await accounts.as(ann.caller, "users.block", { userId: b });
      await accounts.as(ann.caller, "users.block", { userId: b }); // once more is the same
      await accounts.as(eve.caller, "users.block", { userId: a });
      expect(accounts.blocks[0]).toEqual({ userId: a, blockedId: b });
      expect(await accounts.as(ann.caller, "users.blocked", {})).toEqual([
        { userId: b, created_at: expect.any(String) },
      ]);
      const between = await accounts.as(undefined, "users.blocksBetween", { userId: a, others: [b, e, 2_000_000_000] });
      expect({ ...between, existing: between.existing.sort() }).toEqual({
        blockedBy: [e],
        blocking: [b],
        existing: [b, e],
        reserved: [],
      });
      await accounts.as(bob.caller, "users.update", { group_invites: "acquaintances" });
      expect((await accounts.as(bob.caller, "users.me", {})).group_invites).toBe("acquaintances");
      const { reserved } = await accounts.as(undefined, "users.blocksBetween", { userId: a, others: [b, e] });
      expect(reserved).toEqual([b]);
      await accounts.as(ann.caller, "users.unblock", { userId: b });
      expect(accounts.blocks.at(-1)).toEqual({ userId: a, blockedId: b });
      const told = () => accounts.heard.filter((h) => h.name === "users.blockChanged").map((h) => h.payload.blocked);
      await eventually(() => expect(told()).toEqual([true, true, true, false]));
      expect(await accounts.as(ann.caller, "users.blocked", {})).toEqual([]);
    });

    it("have their end, and sessions too many to list are the last ones", async () => {
      const ann = await accounts.person();
      const [a, others] = [ann.user.user_id, await Promise.all([accounts.person(), accounts.person()])];
      const { db } = contextOf(accounts.broker.getLocalService("users"));
      const fill = (sql: string) =>
        db.work((transaction) => db.sequelize.query(sql, { transaction, replacements: { a } }));
      await fill(`INSERT INTO users (user_id, username, name_key, name_words)
        SELECT 1000000 + n, 'many', 'many', '' FROM generate_series(1, ${MOST.blocks - 1}) n`);
      await fill(`INSERT INTO user_block (user_id, blocked_id, created_at)
        SELECT :a, 1000000 + n, now() FROM generate_series(1, ${MOST.blocks - 1}) n`);
      const block = (userId: number) => accounts.refusal(ann.caller, "users.block", { userId });
      const [bob, eve] = others.map(({ user }) => user.user_id);
      expect([await block(bob!), await block(bob!), await block(eve!)]).toEqual(["accepted", "accepted", "CONFLICT"]);
      expect(await accounts.as(ann.caller, "users.blocked", {})).toHaveLength(MOST.blocks);
      await fill(`INSERT INTO tokens (user_id, family_id, access_token, refresh_token, generation, issued_at, expired_at,
          user_agent, ip, created_at, last_used_at)
        SELECT :a, 'old' || n, md5('a' || n), md5('r' || n), 1, now(), now() + interval '1 day', '', '', now(),
          now() - interval '1 hour' FROM generate_series(1, ${MOST.sessions}) n`);
      const sessions = await accounts.as(ann.caller, "users.sessions", {});
      expect([sessions.length, sessions[0]?.current]).toEqual([MOST.sessions, true]);
      await accounts.as(ann.caller, "users.endSession", { id: "old1" }); // listed or not
      expect(await accounts.refusal(ann.caller, "users.endSession", { id: "old1" })).toBe("NOTFOUND");
    });

    it("refuse oneself and nobody, and say UNAVAILABLE while chat can't be told", async () => {
      const [ann, bob] = [await accounts.person(), await accounts.person()];
      const block = (userId: number) => accounts.refusal(ann.caller, "users.block", { userId });
      expect(await block(ann.user.user_id)).toBe("BAD_REQUEST");
      expect(await block(2_000_000_000)).toBe("NOTFOUND");
      accounts.chat.down = true;
      expect(await block(bob.user.user_id)).toBe("UNAVAILABLE");
      accounts.chat.down = false;
      expect(await block(bob.user.user_id)).toBe("accepted");
    });
  });

  describe("what chat could not be told", () => {
    const here = () => contextOf(accounts.broker.getLocalService("users"));
    const owed = async () => {
      const [rows] = await here().db.work((transaction) =>
        here().db.sequelize.query("SELECT user_id, other_id FROM chat_news", { transaction }),
      );
      return rows;
    };

    it("of a block is told when chat is back, whether the blocker asks again or not", async () => {
      const [ann, bob] = [await accounts.person(), await accounts.person()];
      const [userId, blockedId] = [ann.user.user_id, bob.user.user_id];
      accounts.chat.down = true;
      expect(await accounts.refusal(ann.caller, "users.block", { userId: blockedId })).toBe("UNAVAILABLE");
      expect(await owed()).toEqual([{ user_id: userId, other_id: blockedId }]);
      accounts.chat.down = false;
      accounts.blocks.length = 0;
      tellChatSoon(here());
      await eventually(async () => expect(await owed()).toEqual([]));
      expect(accounts.blocks).toEqual([{ userId, blockedId }]);
      const told = { name: "users.blockChanged", payload: { userId, blockedId, blocked: true } };
      await eventually(() => expect(accounts.heard.filter((h) => h.payload.userId === userId)).toContainEqual(told));
    });

    it("of an account that was banned or deleted is told, too", async () => {
      const [ann, bob] = [await accounts.person(), await accounts.person()];
      accounts.chat.down = true;
      await accounts.as(admin, "users.ban", { id: ann.user.user_id });
      await accounts.as(bob.caller, "users.delete", { id: bob.user.user_id });
      await eventually(async () => expect(await owed()).toHaveLength(2));
      accounts.chat.down = false;
      tellChatSoon(here());
      await eventually(async () => expect(await owed()).toEqual([]));
      expect(accounts.changed).toEqual(expect.arrayContaining([ann.user.user_id, bob.user.user_id]));
    });

    it("is not forgotten where it changes once more while it is told", async () => {
      const [user_id, other_id] = [7_000, 7_001];
      const first = await here().db.work((tx) => oweChat(here(), tx, user_id, other_id));
      const second = await here().db.work((tx) => oweChat(here(), tx, user_id, other_id));
      await tellChat(here(), first);
      expect(await owed()).toEqual([{ user_id, other_id }]);
      await tellChat(here(), second);
      expect(await owed()).toEqual([]);
    });
  });

  describe("limits", () => {
    it("slow down who guesses, but not the owner at an address they have signed in from", async () => {
      const strict = await open({ AUTH_RATE_LIMIT: "3" });
      const home = { userAgent: "", ip: "10.1.1.1" };
      const ann = await strict.person({ device: home });
      const attempt = (password: string, ip: string) =>
        strict.refusal(undefined, "users.login", { email: ann.email, password, device: { userAgent: "", ip } });
      const answers = [];
      for (let n = 1; n <= 5; n += 1) answers.push(await attempt("wrong password", `10.9.9.${n}`));
      expect(answers).toEqual(["AUTH_INVALID", "AUTH_INVALID", "AUTH_INVALID", "RATE_LIMITED", "RATE_LIMITED"]);
      expect(await attempt(PASSWORD, "10.9.9.9")).toBe("RATE_LIMITED");
      for (let n = 0; n < 5; n += 1) expect(await attempt(PASSWORD, home.ip)).toBe("accepted");
      await strict.stop();
    });
  });
});
