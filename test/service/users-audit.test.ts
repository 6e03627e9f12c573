/** The audit log of the accounts: what is told of, that it is whole, and that nobody unwrites it. */
import { type Caller, operator } from "../../contracts/caller";
import { actions, type ActionName, type Params } from "../../contracts/actions";
import { type AuditEntry } from "../../contracts/audit";
import { databaseOf } from "../../mixins/sql";
import { call } from "../../platform/bus";
import { AuditChain } from "../../scripts/operators/audit-chain";
import { type Accounts, onEachStore, PASSWORD, type Person, withRoles } from "../support/accounts";

let node: Accounts;
let admin: Person;
let root: Caller;

const log = (params: Partial<Params<"users.auditLog">> = {}) =>
  node.as(root, "users.auditLog", { limit: 500, ...params });
const newest = async (): Promise<AuditEntry> => (await log({ limit: 1 }))[0]!;
const sql = (text: string) => {
  const db = databaseOf(node.broker.getLocalService("users"));
  return db.work((tx) => db.sequelize.query(text, { transaction: tx }));
};
async function broken(): Promise<string | undefined> {
  const chain = new AuditChain();
  try {
    for (let after = 0; ; after = chain.head.seq) {
      const page = await log({ after, limit: 100 });
      for (const entry of page) chain.take(entry);
      if (page.length === 0) return undefined;
    }
  } catch (error) {
    return (error as Error).message;
  }
}
const login = (email: string, password: string, ip = "192.0.2.7") =>
  call(node.broker, "users.login", { email, password, device: { userAgent: "", ip } }, { meta: { from: ip } }).then(
    () => "in",
    () => "refused",
  );

onEachStore((open) => {
  beforeAll(async () => {
    node = await open({ AUTH_RATE_LIMIT: "5" });
    admin = await node.person();
    await node.as(operator, "users.grantRole", { id: admin.user.user_id, role: "admin" });
    root = withRoles(admin, "admin");
  });
  afterAll(() => node.stop());

  test("tells who did what to whom from where", async () => {
    const person = await node.person();
    const meta = { caller: root, from: "198.51.100.4" };
    await call(node.broker, "users.ban", { id: person.user.user_id }, { meta });
    expect(await newest()).toMatchObject({
      event: "user.banned",
      actor_id: admin.user.user_id,
      session_id: root.sessionId,
      ip: "198.51.100.4",
      target: `user:${person.user.user_id}`,
    });
  });

  test("tells of each event, and only where it happened", async () => {
    const person = await node.person();
    const { user_id: id } = person.user;
    const one = person.caller;
    type Step = readonly [event: string, caller: Caller, name: ActionName, params: object];
    const steps: Step[] = [
      ["role.granted", root, "users.grantRole", { id, role: "moderator" }],
      ["role.revoked", root, "users.revokeRole", { id, role: "moderator" }],
      ["account.changed", root, "users.update", { id, username: "Another" }],
      ["account.exported", root, "users.exportOf", { id }],
      ["account.exported", one, "users.export", {}],
      ["bot.created", one, "users.createBot", { username: "Bot" }],
      ["token.created", one, "users.createApiToken", { name: "t", scopes: ["chat:read"] }],
      ["password.changed", one, "users.changePassword", { current: PASSWORD, next: `${PASSWORD}!` }],
      ["sessions.ended", one, "users.logoutAll", {}],
      ["sessions.ended", root, "users.revokeAll", { id }],
      ["user.deactivated", root, "users.deactivate", { id }],
      ["user.reactivated", root, "users.reactivate", { id }],
      ["user.banned", root, "users.ban", { id }],
      ["user.unbanned", root, "users.unban", { id }],
      ["invitation.made", root, "users.invite", {}],
      ["account.created", root, "users.create", { username: "Kept" }],
      ["session.minted", operator, "users.mint", { id }],
      ["accounts.imported", root, "users.takeIn", { users: [{ key: `k${id}`, username: "Moved" }] }],
      ["account.deleted", root, "users.delete", { id }],
    ];
    for (const [event, caller, name, params] of steps) {
      const before = (await newest()).seq;
      await node.as(caller, name, params);
      const told = await log({ after: before });
      expect([name, told.map((entry) => entry.event)]).toEqual([name, [event]]);
    }
    const { seq } = await newest();
    await node.as(root, "users.list", { limit: 1 });
    await node.refusal(one, "users.grantRole", { id, role: "admin" }); // by no admin
    await node.refusal(root, "users.ban", { id: 999_999 }); // nobody
    await node.refusal(root, "users.ban", { id: admin.user.user_id }); // the last admin
    expect((await newest()).seq).toBe(seq);
  });

  test("tells of a role once, however often it is given", async () => {
    const { user } = await node.person();
    for (let i = 0; i < 3; i += 1) await node.as(root, "users.grantRole", { id: user.user_id, role: "moderator" });
    expect(await log({ target: `user:${user.user_id}` })).toHaveLength(1);
  });

  test("tells of failed logins, locked ones once, and of no address or password", async () => {
    const person = await node.person();
    const before = (await newest()).seq;
    for (let i = 0; i < 9; i += 1) await login(person.email, "not-the-password");
    const told = await log({ after: before });
    expect(told.map((entry) => entry.event)).toEqual([...Array<string>(5).fill("login.failed"), "login.locked"]);
    expect(new Set(told.map((entry) => entry.target))).toEqual(new Set([`user:${person.user.user_id}`]));
    expect(told[0]).toMatchObject({ actor_id: null, ip: "192.0.2.7", details: { reason: "password" } });
    await login("nobody-there@example.org", "not-the-password");
    expect(await newest()).toMatchObject({ event: "login.failed", target: null });
    expect(JSON.stringify(await log())).not.toMatch(/nobody-there|not-the-password|example\.org/);
  });

  test("tells of a banned one who comes, and not of one who gets in", async () => {
    const person = await node.person();
    const { seq } = await newest();
    expect(await login(person.email, PASSWORD)).toBe("in");
    expect((await newest()).seq).toBe(seq);
    await node.as(root, "users.ban", { id: person.user.user_id });
    expect(await login(person.email, PASSWORD)).toBe("refused");
    expect(await newest()).toMatchObject({ event: "login.failed", details: { reason: "banned" } });
  });

  test("is found by event, actor, target and time, page by page", async () => {
    const events = await log({ event: "login" });
    expect(events.length).toBeGreaterThan(2);
    expect(events.every((entry) => entry.event.startsWith("login."))).toBe(true);
    expect(await log({ event: "log" })).toEqual([]);
    expect((await log({ actor: admin.user.user_id })).every((e) => e.actor_id === admin.user.user_id)).toBe(true);
    expect(await log({ until: "2001-01-01T00:00:00.000Z" })).toEqual([]);
    const all = await log();
    const pages: AuditEntry[] = [];
    for (let page = await log({ limit: 3 }); page.length > 0; page = await log({ limit: 3, before: page.at(-1)!.seq }))
      pages.push(...page);
    expect(pages).toEqual(all);
  });

  test("is for admins alone, whatever an old token says", async () => {
    const person = await node.person();
    expect(await node.refusal(person.caller, "users.auditLog", { limit: 1 })).toBe("FORBIDDEN");
    expect(await node.refusal(withRoles(person, "moderator"), "users.auditLog", { limit: 1 })).toBe("FORBIDDEN");
    expect(await node.refusal(withRoles(person, "admin"), "users.auditLog", { limit: 1 })).toBe("FORBIDDEN");
    expect(await node.refusal(undefined, "users.auditLog", { limit: 1 })).toBe("AUTH_INVALID");
    expect(actions["users.note"].access).toBe("service");
  });

  test("has no gap when many act at once", async () => {
    const people = await Promise.all(Array.from({ length: 12 }, () => node.person()));
    const { seq } = await newest();
    await Promise.all(people.map(({ user }) => node.as(root, "users.ban", { id: user.user_id })));
    expect((await newest()).seq).toBe(seq + people.length);
    expect(await broken()).toBeUndefined();
  });

  test("refuses to be changed; a change behind its back is found", async () => {
    for (const attempt of ["UPDATE audit_log SET actor_id = 7", "DELETE FROM audit_log", "TRUNCATE audit_log"])
      await expect(sql(attempt)).rejects.toThrow("the audit log only grows");
    expect(await broken()).toBeUndefined();
    await sql("ALTER TABLE audit_log DISABLE TRIGGER audit_log_grows");
    await sql("UPDATE audit_log SET actor_id = 7 WHERE seq = 4");
    expect(await broken()).toBe("Entry 4 was changed.");
    await sql("DELETE FROM audit_log WHERE seq = 2");
    expect(await broken()).toMatch(/gap: after entry 1 comes 3/);
  });
});
