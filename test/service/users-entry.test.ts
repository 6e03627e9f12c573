/** Coming in and staying in: register, login, refresh, logout. */
import { type Accounts, onEachStore, PASSWORD } from "../support/accounts";

onEachStore((open) => {
  let accounts: Accounts;
  beforeAll(async () => {
    accounts = await open();
  });
  afterAll(() => accounts.stop());

  const login = (email: string, password = PASSWORD) => accounts.as(undefined, "users.login", { email, password });
  const refresh = (refreshToken: string) => accounts.as(undefined, "users.refresh", { refreshToken });
  const refusedRefresh = (refreshToken: string) => accounts.refusal(undefined, "users.refresh", { refreshToken });

  describe("register", () => {
    it("makes an account with the role user and signs it in", async () => {
      const email = "Ann.Nguyen@Example.org";
      const ann = await accounts.person({ username: "  Ánh   Nguyễn ", email });
      expect(ann.user).toMatchObject({ username: "Ánh Nguyễn", email, status: "active", roles: ["user"] });
      expect(ann.caller).toMatchObject({ userId: ann.user.user_id, roles: ["user"] });
      expect(ann.expiresIn).toBe(900);
      expect(await accounts.as(ann.caller, "users.me", {})).toEqual(ann.user);
    });

    it("is CONFLICT for a taken e-mail, whatever its case, also at the same moment", async () => {
      const bob = await accounts.person();
      const again = { username: "Bob", password: PASSWORD };
      for (const email of [bob.email, bob.email.toUpperCase(), ` ${bob.email} `])
        expect(await accounts.refusal(undefined, "users.register", { ...again, email })).toBe("CONFLICT");
      const race = Array.from({ length: 8 }, () =>
        accounts.refusal(undefined, "users.register", { ...again, email: "race@example.org" }),
      );
      expect((await Promise.all(race)).sort()).toEqual(["CONFLICT", "CONFLICT", "CONFLICT", "CONFLICT", "CONFLICT", "CONFLICT", "CONFLICT", "accepted"]); // prettier-ignore
    });

    const bad = { username: "Eve", email: "eve@example.org", password: PASSWORD };
    it.each([
      ["a short password", { password: "1234567" }],
      ["a password of 73 bytes", { password: "x".repeat(73) }],
      ["a password of 25 letters and 75 bytes", { password: "ạ".repeat(25) }],
      ["a common password", { password: "Password123" }],
      ["no e-mail", { email: "eve" }],
      ["an e-mail with a zero byte", { email: "eve\0@example.org" }],
      ["a name of one letter", { username: " a " }],
      ["a name of 41 letters", { username: "a".repeat(41) }],
      ["a name with a zero byte", { username: "e\0e" }],
      ["a name that turns the reading direction", { username: "eve\u202Eexe" }],
      ["an operator object", { email: { $ne: null } as never }],
      ["a list as a password", { password: ["a", "b"] as never }],
    ])("is BAD_REQUEST for %s", async (_name, over) => {
      expect(await accounts.refusal(undefined, "users.register", { ...bad, ...over })).toBe("BAD_REQUEST");
    });

    it("takes names of any script, two people of one name, and forty letters", async () => {
      for (const username of ["陳大文", "陳大文", "👩‍👩‍👧 ok", "đ".repeat(40)])
        expect((await accounts.person({ username })).user.username).toBe(username);
    });

    it("sets nothing that the body may not set", async () => {
      const more = {
        role: "admin",
        roles: ["admin"],
        status: "banned",
        user_id: 1,
        password_hash: "x",
        email_verified: true,
      };
      const { user } = await accounts.person(more as object);
      expect(user).toMatchObject({ roles: ["user"], status: "active", email_verified: false });
      expect(user.user_id).not.toBe(1);
    });
  });

  describe("login", () => {
    it("knows the e-mail in any case, and opens a session of its own", async () => {
      const ann = await accounts.person();
      const again = await login(ann.email.toUpperCase());
      expect(again.user).toEqual(ann.user);
      expect(accounts.callerOf(again.accessToken).sessionId).not.toBe(ann.caller.sessionId);
    });

    it("says the same of a wrong password and of an unknown e-mail", async () => {
      const ann = await accounts.person();
      const errors = await Promise.all(
        [login(ann.email, "wrong password"), login("nobody@example.org"), login(ann.email, "x".repeat(100))].map((p) =>
          p.catch((error: unknown) => error),
        ),
      );
      const told = errors.map(({ type, message, code, data }: any) => ({ type, message, code, data }));
      expect(told[0]).toMatchObject({ type: "AUTH_INVALID", code: 401 });
      expect(told[1]).toEqual(told[0]);
      expect(told[2]).toEqual(told[0]);
    });

    it("does not take a password for another that begins with the same 72 bytes", async () => {
      const long = "r".repeat(72);
      const ann = await accounts.person({ password: long });
      await login(ann.email, long);
      expect(await accounts.refusal(undefined, "users.login", { email: ann.email, password: `${long}x` })).toBe(
        "AUTH_INVALID",
      );
    });
  });

  describe("refresh", () => {
    it("rotates: the new pair works, the old token used again ends the session and cuts its sockets", async () => {
      const ann = await accounts.person();
      const other = await login(ann.email);
      const second = await refresh(ann.refreshToken);
      const third = await refresh(second.refreshToken);
      accounts.heard.length = 0;
      expect(await refusedRefresh(ann.refreshToken)).toBe("AUTH_INVALID");
      expect(accounts.heard).toEqual([
        { name: "users.revoked", payload: expect.objectContaining({ sessionId: ann.caller.sessionId }) },
      ]);
      expect(await refusedRefresh(third.refreshToken)).toBe("AUTH_INVALID");
      await refresh(other.refreshToken); // and only that session
    });

    it("tells a racing tab the identical successor, as long as that is unused", async () => {
      const ann = await accounts.person();
      const [one, two] = await Promise.all([refresh(ann.refreshToken), refresh(ann.refreshToken)]);
      expect(two).toEqual(one);
      expect(await refresh(ann.refreshToken)).toEqual(one);
    });

    it("leaves one live successor of twenty that race", async () => {
      const ann = await accounts.person();
      const pairs = await Promise.all(Array.from({ length: 20 }, () => refresh(ann.refreshToken)));
      expect(new Set(pairs.map((pair) => pair.refreshToken)).size).toBe(1);
    });

    it("is AUTH_INVALID for an access token and for one of another system", async () => {
      const ann = await accounts.person();
      expect(await refusedRefresh(ann.accessToken)).toBe("AUTH_INVALID");
      expect(await refusedRefresh("not.a.token")).toBe("AUTH_INVALID");
    });
  });

  describe("logout", () => {
    it("ends this session alone, tells the api nodes, and stays told to those that missed it", async () => {
      const ann = await accounts.person();
      const other = await login(ann.email);
      accounts.heard.length = 0;
      await accounts.as(ann.caller, "users.logout", {});
      const { sessionId, userId } = ann.caller;
      expect(accounts.heard).toEqual([
        { name: "users.revoked", payload: { userId, sessionId, at: expect.any(String) } },
      ]);
      expect(await refusedRefresh(ann.refreshToken)).toBe("AUTH_INVALID");
      await refresh(other.refreshToken);
      const { at, sessions } = await accounts.as(undefined, "users.revocations", {
        since: accounts.heard[0]?.payload.at,
      });
      expect(sessions[sessionId]).toBe(accounts.heard[0]?.payload.at);
      expect(Date.parse(at)).toBeGreaterThanOrEqual(Date.parse(sessions[sessionId] ?? ""));
    });

    it("from everywhere ends all sessions and voids all access tokens", async () => {
      const ann = await accounts.person();
      const other = await login(ann.email);
      accounts.heard.length = 0;
      await accounts.as(ann.caller, "users.logoutAll", {});
      const at = accounts.heard[0]?.payload.at;
      expect(accounts.heard).toEqual([{ name: "users.revoked", payload: { userId: ann.caller.userId, at } }]);
      expect(await refusedRefresh(ann.refreshToken)).toBe("AUTH_INVALID");
      expect(await refusedRefresh(other.refreshToken)).toBe("AUTH_INVALID");
      const { users } = await accounts.as(undefined, "users.revocations", { since: at });
      expect(users[String(ann.caller.userId)]).toBe(at);
    });
  });
});
