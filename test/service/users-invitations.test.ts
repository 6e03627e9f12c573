/** Who may come in: registration that is open, by invitation or closed; invitations; accounts shut without a ban. */
import { operator } from "../../contracts/caller";
import { type Accounts, onEachStore, PASSWORD } from "../support/accounts";
import { mailedTokens } from "../support/mail";
import { envOf } from "../../platform/env";

let people = 0;
const fresh = () => ({ username: "Guest", email: `invited${++people}@example.org`, password: PASSWORD });
type Invite = { email?: string; uses?: number; expiresInDays?: number; role?: "moderator" };

onEachStore((open) => {
  describe("where registration takes an invitation", () => {
    let accounts: Accounts;
    beforeAll(async () => {
      accounts = await open({ REGISTRATION: "invite" });
    });
    afterAll(() => accounts.stop());
    const invite = (what: Invite = {}) => accounts.as(operator, "users.invite", what as never);
    const register = (more: object = {}) => accounts.as(undefined, "users.register", { ...fresh(), ...more });
    const refusal = (more: object = {}) => accounts.refusal(undefined, "users.register", { ...fresh(), ...more });
    const codeMailedTo = (email: string): string => {
      const [code] = mailedTokens(envOf(accounts.broker).DATA_DIR, email, "invite");
      if (!code) throw new Error("nothing was mailed");
      return code;
    };

    it("the page is told so", async () => {
      expect(await accounts.as(undefined, "users.entrance", {})).toEqual({ registration: "invite", providers: [] });
    });

    it("nobody comes in without one, nor learns who has an account", async () => {
      const { code = "" } = await invite();
      const { email } = (await register({ invite: code })).user;
      for (const more of [{}, { email }, { invite: "made-up" }, { email, invite: code }])
        expect(await refusal(more)).toBe("FORBIDDEN");
      await expect(register()).rejects.toMatchObject({ data: { required: "invite" } });
    });

    it("a link is good for as many as it says, and not for one more, also at the same moment", async () => {
      const { code = "", link, invitation } = await invite({ uses: 3 });
      expect(link).toMatch(new RegExp(`#invite=${code}$`));
      const race = await Promise.all(Array.from({ length: 8 }, () => refusal({ invite: code })));
      expect(race.filter((said) => said === "accepted")).toHaveLength(3);
      expect(race.filter((said) => said === "FORBIDDEN")).toHaveLength(5);
      expect((await accounts.as(operator, "users.invitations", {})).map(({ id }) => id)).not.toContain(invitation.id);
    });

    it("one that came to nothing is not used up", async () => {
      const taken = await register({ invite: (await invite()).code });
      const { code = "" } = await invite();
      expect(await refusal({ invite: code, email: taken.user.email })).toBe("CONFLICT");
      expect(await refusal({ invite: code, password: "short" })).toBe("BAD_REQUEST");
      expect(await refusal({ invite: code })).toBe("accepted");
    });

    it("a mailed one is for that address alone, which it verifies; its code is answered to nobody", async () => {
      const email = fresh().email;
      const made = await invite({ email, uses: 7 });
      expect(made).toEqual({ invitation: expect.objectContaining({ email, uses: 1, used: 0 }) });
      const code = codeMailedTo(email);
      expect(await refusal({ invite: code })).toBe("FORBIDDEN");
      const { user } = await register({ invite: code, email: email.toUpperCase() });
      expect(user).toMatchObject({ email_verified: true, roles: ["user"] });
      expect(await refusal({ invite: code, email: fresh().email })).toBe("FORBIDDEN");
    });

    it("a link verifies no address", async () => {
      expect((await register({ invite: (await invite()).code })).user.email_verified).toBe(false);
    });

    it("brings the role that it was made with, and no other", async () => {
      const { code } = await invite({ role: "moderator" });
      const { user, accessToken } = await register({ invite: code, role: "admin", roles: ["admin"] });
      expect([...user.roles].sort()).toEqual(["moderator", "user"]);
      expect([...accounts.callerOf(accessToken).roles].sort()).toEqual(["moderator", "user"]);
    });

    it("is void once it is revoked", async () => {
      const { code = "", invitation } = await invite();
      await accounts.as(operator, "users.revokeInvitation", { id: invitation.id });
      expect(await refusal({ invite: code })).toBe("FORBIDDEN");
      expect(await accounts.refusal(operator, "users.revokeInvitation", { id: invitation.id })).toBe("NOTFOUND");
      expect(await accounts.refusal(operator, "users.revokeInvitation", { id: "x" })).toBe("NOTFOUND");
    });

    it("is made, seen and revoked by admins alone", async () => {
      const user = await register({ invite: (await invite()).code });
      const caller = { ...accounts.callerOf(user.accessToken), roles: ["admin"] as const }; // what a stale token says
      for (const [name, params] of [
        ["users.invite", {}],
        ["users.invitations", {}],
        ["users.revokeInvitation", { id: "x" }],
        ["users.deactivate", { id: 1 }],
        ["users.reactivate", { id: 1 }],
      ] as const)
        expect([name, await accounts.refusal(caller, name, params as never)]).toEqual([name, "FORBIDDEN"]);
    });

    it.each([{ uses: 0 }, { uses: 10_001 }, { expiresInDays: 0 }, { expiresInDays: 366 }, { email: "x" }])(
      "is not made with %j",
      async (what) => expect(await accounts.refusal(operator, "users.invite", what as never)).toBe("BAD_REQUEST"),
    );
  });

  describe("where registration is closed", () => {
    let accounts: Accounts;
    beforeAll(async () => {
      accounts = await open({ REGISTRATION: "closed" });
    });
    afterAll(() => accounts.stop());
    const made = (username: string) => accounts.as(operator, "users.create", { username });

    it("nobody makes an account by themselves, an invitation or not; admins do", async () => {
      const { code = "" } = await accounts.as(operator, "users.invite", {} as never);
      for (const more of [{}, { invite: code }])
        expect(await accounts.refusal(undefined, "users.register", { ...fresh(), ...more })).toBe("FORBIDDEN");
      expect(await made("Made")).toMatchObject({ username: "Made", status: "active", roles: ["user"] });
    });

    it("a deactivated account is shut until it is opened again, and a ban is another matter", async () => {
      const { user_id: id } = await made("Left");
      const { accessToken } = await accounts.as(operator, "users.mint", { id });
      expect(await accounts.as(operator, "users.deactivate", { id })).toMatchObject({ status: "deactivated" });
      expect(accounts.heard.filter((h) => h.name === "users.revoked").at(-1)?.payload).toMatchObject({ userId: id });
      expect(await accounts.refusal(operator, "users.mint", { id })).toBe("FORBIDDEN");
      expect(await accounts.as(operator, "users.unban", { id })).toMatchObject({ status: "deactivated" });
      expect(await accounts.as(operator, "users.ban", { id })).toMatchObject({ status: "banned" });
      expect(await accounts.as(operator, "users.deactivate", { id })).toMatchObject({ status: "banned" });
      expect(await accounts.as(operator, "users.reactivate", { id })).toMatchObject({ status: "banned" });
      expect(await accounts.as(operator, "users.unban", { id })).toMatchObject({ status: "active" });
      expect(accounts.callerOf(accessToken).userId).toBe(id);
      expect(await accounts.refusal(operator, "users.mint", { id })).toBe("accepted");
    });

    it("the last admin is not shut, and nobody shuts themselves", async () => {
      const { user_id: id } = await made("Admin");
      await accounts.as(operator, "users.grantRole", { id, role: "admin" });
      expect(await accounts.refusal(operator, "users.deactivate", { id })).toBe("CONFLICT");
      const caller = { userId: id, sessionId: "s", roles: ["admin"] as const };
      expect(await accounts.refusal(caller, "users.deactivate", { id })).toBe("BAD_REQUEST");
      expect(await accounts.refusal(operator, "users.deactivate", { id: 999_999 })).toBe("NOTFOUND");
    });
  });
});
