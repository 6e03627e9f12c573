/** What accounts put into the log of facts: every kind of change once, in the order of each account, through a death between the two. */
import { operator } from "../../contracts/caller";
import { fail } from "../../contracts/errors";
import { type Happened } from "../../contracts/facts";
import { call } from "../../platform/bus";
import { act, service } from "../../platform/service";
import { contextOf } from "../../services/users/context";
import { closeFacts, oweFact, openFacts } from "../../services/users/facts";
import { endGuests } from "../../services/users/guests";
import { type Accounts, onEachStore, PASSWORD, type Person, withRoles } from "../support/accounts";
import { eventually } from "../support/eventually";

const HOUR = 3_600_000;
const NEXT = "another walk by the sea";

onEachStore((open) => {
  let accounts: Accounts;
  const log: Happened[] = [];
  /** What a test makes the log do with a page before (refuse it) or after it has it (break off). */
  let before: () => void = () => undefined;
  let after: () => void = () => undefined;

  beforeAll(async () => {
    accounts = await open();
    accounts.broker.createService(
      service({
        name: "notifications",
        actions: {
          record: act("notifications.record", (_c, { facts }) => {
            before();
            const known = new Set(log.map(({ type, key }) => `${type}:${key}`));
            log.push(...(facts as Happened[]).filter(({ type, key }) => !known.has(`${type}:${key}`)));
            after();
            return {};
          }),
        },
      }),
    );
  });
  afterAll(() => accounts.stop());
  beforeEach(() => {
    before = after = () => undefined;
  });

  const context = () => contextOf(accounts.broker.getLocalService("users"));
  const asOperator = { meta: { caller: operator } };
  const owed = async (): Promise<number> => {
    const [rows] = await context().db.work((transaction) =>
      context().db.sequelize.query("SELECT count(*)::int AS n FROM owed_facts", { transaction }),
    );
    return (rows as { n: number }[])[0]?.n ?? -1;
  };
  const quiet = () => eventually(async () => expect(await owed()).toBe(0));
  const of = (userId: number) => log.filter(({ data }) => data.userId === userId);
  const typesOf = (userId: number) => of(userId).map(({ type }) => type);
  /** What is told from here on. */
  const from = async (person: Person) => {
    await quiet();
    const n = of(person.user.user_id).length;
    return async () => {
      await quiet();
      return of(person.user.user_id)
        .slice(n)
        .map(({ type, data: { userId: _, ...data } }) => ({ type, ...data }));
    };
  };
  const make = async (...roles: ("admin" | "moderator")[]): Promise<Person> => {
    const person = await accounts.person();
    for (const role of roles)
      await call(accounts.broker, "users.grantRole", { id: person.user.user_id, role }, asOperator);
    return { ...person, caller: withRoles(person, "user", ...roles) };
  };

  it("tells that one has signed up, has signed in, changed and signed out; what changes nothing is none", async () => {
    const ann = await accounts.person();
    const told = await from(ann);
    expect(typesOf(ann.caller.userId)).toEqual(["user.created", "session.started"]);
    await accounts.as(ann.caller, "users.update", { username: "Ann Other" });
    await accounts.as(ann.caller, "users.update", { username: "Ann Other" });
    await accounts.as(ann.caller, "users.update", { custom: { a: 1 }, group_invites: "acquaintances" });
    await expect(accounts.as(ann.caller, "users.update", { username: "x" })).rejects.toThrow();
    const other = await accounts.as(undefined, "users.login", { email: ann.email, password: PASSWORD });
    await accounts.as(undefined, "users.refresh", { refreshToken: other.refreshToken });
    await accounts.as(ann.caller, "users.endSession", { id: accounts.callerOf(other.accessToken).sessionId });
    await accounts.as(ann.caller, "users.logout", {});
    await accounts.as(ann.caller, "users.logout", {});
    const sessionId = accounts.callerOf(other.accessToken).sessionId;
    expect(await told()).toEqual([
      { type: "user.updated", fields: ["username"] },
      { type: "user.updated", fields: ["group_invites", "custom"] },
      { type: "session.started", sessionId },
      { type: "session.ended", sessionId },
      { type: "session.ended", sessionId: ann.caller.sessionId },
    ]);
  });

  it("tells of API tokens, and that a new password ends them with the other sessions", async () => {
    const ann = await accounts.person();
    const told = await from(ann);
    const token = (name: string) =>
      accounts.as(ann.caller, "users.createApiToken", { name, scopes: ["chat:read"], password: PASSWORD });
    const [one, two] = [await token("secret name"), await token("b")];
    await accounts.as(ann.caller, "users.revokeApiToken", { id: one.api_token.id });
    await accounts.refusal(ann.caller, "users.revokeApiToken", { id: one.api_token.id });
    const other = await accounts.as(undefined, "users.login", { email: ann.email, password: PASSWORD });
    await accounts.as(ann.caller, "users.changePassword", { current: PASSWORD, next: NEXT });
    const sessionId = accounts.callerOf(other.accessToken).sessionId;
    expect(await told()).toEqual([
      { type: "token.created", tokenId: one.api_token.id, scopes: ["chat:read"] },
      { type: "token.created", tokenId: two.api_token.id, scopes: ["chat:read"] },
      { type: "token.revoked", tokenId: one.api_token.id },
      { type: "session.started", sessionId },
      { type: "token.revoked", tokenId: two.api_token.id },
      { type: "session.ended", sessionId },
    ]);
  });

  it("tells of roles, of accounts that are shut and opened, banned and muted, by whom and until when", async () => {
    const [ann, boss] = [await accounts.person(), await make("admin")];
    const told = await from(ann);
    const id = ann.user.user_id;
    const until = new Date(Date.now() + HOUR).toISOString();
    const by = boss.user.user_id;
    const act = <N extends Parameters<Accounts["as"]>[1]>(name: N, more: object = {}) =>
      accounts.as(boss.caller, name, { id, ...more } as never);
    await act("users.grantRole", { role: "moderator" });
    await act("users.grantRole", { role: "moderator" });
    await act("users.revokeRole", { role: "moderator" });
    await act("users.warn", { told: "secret words" });
    await act("users.mute", { until });
    await act("users.unmute");
    await act("users.unmute");
    await act("users.deactivate");
    await act("users.deactivate");
    await act("users.ban", { until });
    await act("users.reactivate");
    await act("users.unban");
    await act("users.unban");
    await call(accounts.broker, "users.deactivate", { id }, asOperator);
    await act("users.reactivate");
    expect(await told()).toEqual([
      { type: "user.role", role: "moderator", granted: true },
      { type: "user.role", role: "moderator", granted: false },
      { type: "moderation.warned", actorId: by },
      { type: "moderation.muted", actorId: by, until },
      { type: "moderation.unmuted", actorId: by },
      { type: "user.deactivated" },
      { type: "session.ended", sessionId: ann.caller.sessionId },
      { type: "moderation.banned", actorId: by, until },
      { type: "moderation.unbanned", actorId: by },
      { type: "user.deactivated" },
      { type: "user.reactivated" },
    ]);
  });

  it("tells of a report once, and what the staff made of it", async () => {
    const [ann, bob, mod] = [await accounts.person(), await accounts.person(), await make("moderator")];
    const about = {
      kind: "user" as const,
      id: String(bob.user.user_id),
      reason: "spam" as const,
      text: "secret words",
    };
    const { reportId } = await accounts.as(ann.caller, "users.report", about);
    await accounts.as(ann.caller, "users.report", about);
    await accounts.as(mod.caller, "users.dismissReport", { id: reportId, version: 2, note: "secret note" });
    await quiet();
    const told = log.filter(({ data }) => data.reportId === reportId).map(({ type, data }) => ({ type, data }));
    expect(told).toEqual([
      {
        type: "moderation.reported",
        data: {
          ...{ kind: "user", target: about.id, userId: bob.user.user_id, conversationId: null },
          ...{ reportId, reporterId: ann.user.user_id, reason: "spam" },
        },
      },
      {
        type: "moderation.decided",
        data: { reportId, actorId: mod.user.user_id, state: "dismissed", deed: null },
      },
    ]);
  });

  it("of accounts that another system keeps, making is one fact, and what it says again is none", async () => {
    const put = (username: string, email: string) =>
      call(accounts.broker, "users.put", { externalId: "crm-1", username, email, email_verified: true }, asOperator);
    const { user_id } = await put("Zoe", "zoe@example.org");
    await put("Zoe", "zoe@example.org");
    await put("Zoe", "zoe2@example.org");
    await quiet();
    expect(of(user_id).map(({ type, data }) => ({ type, ...data }))).toEqual([
      { type: "user.created", userId: user_id },
      { type: "user.updated", userId: user_id, fields: ["email"] },
    ]);
  });

  it("tells that an account is erased after all that ends with it, and that a guest's time is over", async () => {
    const ann = await accounts.person();
    const told = await from(ann);
    const { api_token } = await accounts.as(ann.caller, "users.createApiToken", {
      ...{ name: "a", scopes: ["chat:read"], password: PASSWORD },
    });
    await accounts.as(ann.caller, "users.delete", { id: ann.user.user_id });
    expect(await told()).toEqual([
      { type: "token.created", tokenId: api_token.id, scopes: ["chat:read"] },
      { type: "session.ended", sessionId: ann.caller.sessionId },
      { type: "token.revoked", tokenId: api_token.id },
      { type: "user.deleted" },
    ]);
    const guest = await accounts.person();
    const ended = await from(guest);
    const guest_until = new Date(Date.now() - 1);
    await context().User.update({ guest_until }, { where: { user_id: guest.user.user_id } });
    await endGuests(context());
    expect(await ended()).toEqual([
      { type: "user.deactivated" },
      { type: "session.ended", sessionId: guest.caller.sessionId },
    ]);
  });

  it("holds no secret, no address and no word", async () => {
    await quiet();
    expect(log.length).toBeGreaterThan(30);
    expect(JSON.stringify(log)).not.toMatch(
      /secret|@example|\$2|"(password|hash|token|digest|email)":|api-[0-9a-f]+\./,
    );
  });

  it("what is rolled back is never told", async () => {
    await quiet();
    const n = log.length;
    const broken = context().db.work(async (tx) => {
      await oweFact(context(), tx, "user.deleted", { userId: 99 });
      throw new Error("no");
    });
    await expect(broken).rejects.toThrow("no");
    const ann = await accounts.person();
    await eventually(() => expect(typesOf(ann.caller.userId)).toHaveLength(2));
    expect(log).toHaveLength(n + 2);
  });

  it("keeps what the log could not take, and tells it in order when it can", async () => {
    const ann = await accounts.person();
    const told = await from(ann);
    before = () => {
      throw fail("UNAVAILABLE", "down");
    };
    const names = ["Name 1", "Name 2", "Name 3", "Name 4"];
    for (const username of names) await accounts.as(ann.caller, "users.update", { username });
    await accounts.as(ann.caller, "users.logout", {});
    expect(await owed()).toBe(5);
    before = () => undefined;
    await accounts.person(); // whatever comes next tells it
    expect((await told()).map(({ type }) => type)).toEqual([...names.map(() => "user.updated"), "session.ended"]);
  });

  it("who dies after the log has it and before they know tells it again, and it is there once; nothing is lost", async () => {
    const ann = await accounts.person();
    const told = await from(ann);
    let cuts = 0;
    after = () => {
      cuts++;
      throw fail("UNAVAILABLE", "the answer was lost");
    };
    for (let n = 0; n < 5; n++) await accounts.as(ann.caller, "users.update", { username: `Other ${n}` });
    await eventually(() => expect(cuts).toBeGreaterThan(0));
    await closeFacts(context()); // the process ends here, with all of it owed
    expect(await owed()).toBe(5);
    after = () => undefined;
    openFacts(context()); // and the next one begins
    expect((await told()).map(({ type }) => type)).toEqual(Array(5).fill("user.updated"));
  });

  it("two nodes that tell at once tell each once, in the order of each account", async () => {
    const people = await Promise.all(Array.from({ length: 5 }, () => accounts.person()));
    const second = { ...context() };
    openFacts(second); // another node's
    for (let n = 0; n < 10; n++)
      await Promise.all(
        people.map(({ caller }, i) => accounts.as(caller, "users.update", { username: `Number ${i} ${n}` })),
      );
    await quiet();
    await closeFacts(second);
    for (const { caller } of people) {
      const changes = of(caller.userId).filter(({ type }) => type === "user.updated");
      expect(changes).toHaveLength(10);
      expect(changes.map(({ at }) => at)).toEqual(changes.map(({ at }) => at).sort());
    }
  });

  it("owes nothing where no log is kept", async () => {
    const without = await open({ FACTS: "off" });
    await without.person();
    const { db } = contextOf(without.broker.getLocalService("users"));
    const [rows] = await db.work((transaction) => db.sequelize.query("SELECT 1 FROM owed_facts", { transaction }));
    expect(rows).toEqual([]);
    await without.stop();
  });
});
