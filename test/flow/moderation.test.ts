/** Reports, the staff's queue, and what becomes of whom and what was reported: over the doors, with real services. */
import { operator } from "../../contracts/caller";
import { call } from "../../platform/bus";
import { contextOf } from "../../services/users/context";
import { tick } from "../../services/users/bootstrap";
import { oweNotice, tellNotices } from "../../services/users/notices";
import { forgetEvidence } from "../../services/users/reports";
import { type Account, Client, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { startSystem, type System } from "../support/system";

let system: System;
let ann: Account;
let bob: Account;
let mod: Account;
let boss: Account;
let outsider: Account;
let group: string;
const clients: Client[] = [];

const HOUR = 3_600_000;
const inAnHour = (): string => new Date(Date.now() + HOUR).toISOString();

const ask = async (who: Account, method: string, path: string, body?: unknown): Promise<any> =>
  (await request(system.url, method, path, { token: who.token, ...(body === undefined ? {} : { body }) })).body;
const ok = async (...args: Parameters<typeof ask>): Promise<any> => {
  const { ok: taken, data, error } = await ask(...args);
  if (!taken) throw new Error(`${args[1]} ${args[2]}: ${error.code} ${error.message}`);
  return data;
};
const codeOf = async (...args: Parameters<typeof ask>): Promise<string> => (await ask(...args)).error?.code ?? "ok";
const send = (who: Account, content: string): Promise<any> =>
  ok(who, "POST", `/conversations/${group}/messages`, { content });
const report = (who: Account, kind: string, id: string | number, more: object = {}): Promise<any> =>
  ok(who, "POST", "/reports", { kind, id: String(id), reason: "harassment", ...more });
const open = (id: string): Promise<any> => ok(mod, "GET", `/admin/reports/${id}`);
const resolve = async (who: Account, id: string, deed: string, more: object = {}) =>
  ok(who, "POST", `/admin/reports/${id}/resolution`, { version: (await open(id)).version, deed, ...more });
/** Signed in anew: a mute and a role void what was signed before. */
const fresh = async (who: Account): Promise<Account> => {
  const { body } = await request(system.url, "POST", "/auth/login", {
    body: { email: who.email, password: who.password },
  });
  return { ...who, token: body.data.accessToken };
};
const notices = async (who: Account): Promise<string[]> =>
  (await ok(who, "GET", "/notifications?limit=100")).filter((n: any) => n.type === "system").map((n: any) => n.title);

beforeAll(async () => {
  system = await startSystem();
  [ann, bob, mod, boss, outsider] = (await Promise.all(
    ["Ann", "Bob", "Mod", "Boss", "Outsider"].map((name) => register(system.url, name)),
  )) as [Account, Account, Account, Account, Account];
  const promote = (id: number, role: "moderator" | "admin") =>
    call(system.broker, "users.grantRole", { id, role }, { meta: { caller: operator } });
  await promote(mod.id, "moderator");
  await promote(boss.id, "admin");
  [mod, boss] = [await fresh(mod), await fresh(boss)];
  const made = { type: "group", name: "Town", participantIds: [bob.id] };
  group = (await ok(ann, "POST", "/conversations", made))._id;
});
afterAll(async () => {
  for (const client of clients) client.close();
  await system?.stop();
});

describe("a report", () => {
  test("keeps a message with its neighbours as they were, though it is edited and deleted after", async () => {
    await send(ann, "hello");
    const bad = await send(bob, "I know where you live");
    await send(ann, "please stop");
    const { reportId } = await report(ann, "message", bad._id, { text: "he threatens me" });
    await ok(bob, "PATCH", `/messages/${bad._id}`, { content: "I like where you live" });
    await ok(bob, "DELETE", `/messages/${bad._id}`);
    const found = await open(reportId);
    expect(found).toMatchObject({ kind: "message", user_id: bob.id, reporter_id: ann.id, state: "open", version: 1 });
    expect(found.evidence.messages.map((m: any) => m.content)).toEqual([
      "hello",
      "I know where you live",
      "please stop",
    ]);
    expect((await ok(mod, "GET", "/admin/reports?state=open&kind=message")).map((r: any) => r.report_id)).toContain(
      reportId,
    );
  });

  test("of the same by the same person is one while it is not handled", async () => {
    const bad = await send(bob, "spam spam");
    const first = await report(ann, "message", bad._id);
    const again = await report(ann, "message", bad._id, { reason: "spam", text: "it is spam" });
    expect(again.reportId).toBe(first.reportId);
    expect(await open(first.reportId)).toMatchObject({ reason: "spam", text: "it is spam", version: 2 });
    await ok(mod, "POST", `/admin/reports/${first.reportId}/dismissal`, { version: 2 });
    expect((await report(ann, "message", bad._id)).reportId).not.toBe(first.reportId);
  });

  test.each<[string, () => Promise<[string, unknown]>, string]>([
    ["a message of others", async () => ["message", (await send(bob, "inside"))._id], "FORBIDDEN"],
    ["a group one is not in", () => Promise.resolve(["conversation", group]), "FORBIDDEN"],
    ["what is not there", () => Promise.resolve(["message", "0".repeat(24)]), "NOTFOUND"],
    ["nobody", () => Promise.resolve(["user", 999_999]), "NOTFOUND"],
    ["what is no id", () => Promise.resolve(["user", "x"]), "NOTFOUND"],
    ["oneself", () => Promise.resolve(["user", outsider.id]), "VALIDATION_ERROR"],
    ["what has no such kind", () => Promise.resolve(["rumour", 1]), "VALIDATION_ERROR"],
  ])("of %s is refused", async (_what, of, code) => {
    const [kind, id] = await of();
    const said = await codeOf(outsider, "POST", "/reports", { kind, id: String(id), reason: "spam" });
    expect([code, code === "VALIDATION_ERROR" ? "BAD_REQUEST" : code]).toContain(said);
  });

  test("is for twenty in an hour", async () => {
    const eager = await register(system.url, "Eager");
    const ids = await Promise.all(Array.from({ length: 21 }, async (_, i) => (await register(system.url, `T${i}`)).id));
    const said = [];
    for (const id of ids)
      said.push(await codeOf(eager, "POST", "/reports", { kind: "user", id: String(id), reason: "spam" }));
    expect(said).toEqual([...Array(20).fill("ok"), "RATE_LIMITED"]);
  });

  test("is no business of anybody but the staff", async () => {
    const { reportId } = await report(ann, "user", bob.id);
    for (const who of [ann, bob, outsider])
      for (const [method, path, body] of [
        ["GET", "/admin/reports"],
        ["GET", `/admin/reports/${reportId}`],
        ["POST", `/admin/reports/${reportId}/assignment`, { version: 1, assignee: null }],
        ["POST", `/admin/reports/${reportId}/resolution`, { version: 1, deed: "none" }],
        ["POST", `/admin/reports/${reportId}/dismissal`, { version: 1 }],
        ["POST", `/admin/users/${bob.id}/warnings`, { told: "x" }],
        ["PUT", `/admin/users/${bob.id}/mute`, { until: inAnHour() }],
        ["PUT", `/admin/conversations/${group}/lock`, { locked: true }],
      ] as const)
        expect([path, await codeOf(who, method, path, body)]).toEqual([path, "FORBIDDEN"]);
  });

  test("loses what was to be seen 90 days after it was handled, and not before", async () => {
    const { reportId } = await report(ann, "message", (await send(bob, "old words"))._id);
    await resolve(mod, reportId, "none");
    const context = contextOf(system.broker.getLocalService("users"));
    const forget = () => context.db.work((tx) => forgetEvidence(context, tx));
    await forget();
    expect((await open(reportId)).evidence.messages.length).toBeGreaterThan(0);
    await context.db.work((transaction) =>
      context.db.sequelize.query("UPDATE reports SET handled_at = now() - interval '91 days' WHERE report_id = $1", {
        bind: [reportId],
        transaction,
      }),
    );
    await forget();
    expect(await open(reportId)).toMatchObject({ evidence: null, state: "resolved" });
  });
});

describe("the queue", () => {
  test("gives a report to one of the staff, and to nobody else; who knows an older one is told so", async () => {
    const { reportId } = await report(ann, "user", bob.id);
    const version = (await open(reportId)).version;
    const assign = (assignee: number | null, at: number) =>
      ask(mod, "POST", `/admin/reports/${reportId}/assignment`, { version: at, assignee });
    expect((await assign(ann.id, version)).error.code).toBe("FORBIDDEN");
    expect((await assign(boss.id, version)).data).toMatchObject({ state: "assigned", assignee_id: boss.id });
    expect((await assign(mod.id, version)).error).toMatchObject({ code: "CONFLICT" });
    expect((await assign(null, version + 1)).data).toMatchObject({ state: "open", assignee_id: null });
    await resolve(mod, reportId, "none", { note: "talked to them" });
    expect((await assign(mod.id, version + 3)).error.code).toBe("CONFLICT");
  });

  test("tells the reporter that it was handled, and the reported nothing of who it was", async () => {
    const bad = await send(bob, "rude words");
    const { reportId } = await report(ann, "message", bad._id);
    await resolve(mod, reportId, "remove", { told: "We don't talk like this." });
    await eventually(async () => {
      expect(await notices(ann)).toContain("Your report was handled");
      expect(await notices(bob)).toContain("A message of yours was removed by the staff");
    });
    const all = JSON.stringify([
      await ok(bob, "GET", "/notifications"),
      await ok(bob, "GET", `/conversations/${group}/messages`),
    ]);
    expect(all).not.toContain(reportId);
    expect((await ok(bob, "GET", "/notifications?limit=100")).filter((n: any) => n.type === "system")[0].content).toBe(
      "We don't talk like this.",
    );
    const [message] = (await ok(ann, "GET", `/conversations/${group}/messages?limit=1`)) as any[];
    expect(message).toMatchObject({ _id: bad._id, content: "", deleted_at: expect.any(String) });
  });

  test.each([
    ["a ban by a moderator", () => mod, () => bob.id, "ban", {}, "FORBIDDEN"],
    ["a warning to an admin by a moderator", () => mod, () => boss.id, "warn", { told: "x" }, "FORBIDDEN"],
    ["a mute without an end", () => mod, () => bob.id, "mute", {}, "BAD_REQUEST"],
    ["a mute that is over", () => mod, () => bob.id, "mute", { until: "2020-01-01T00:00:00.000Z" }, "BAD_REQUEST"],
    ["a warning without words", () => mod, () => bob.id, "warn", {}, "BAD_REQUEST"],
    ["the removal of a person", () => boss, () => bob.id, "remove", {}, "BAD_REQUEST"],
    ["a lock of no conversation", () => boss, () => bob.id, "lock", {}, "BAD_REQUEST"],
  ] as const)("refuses %s, and the report stays open", async (_what, by, whom, deed, more, code) => {
    const reporter = await register(system.url, "Reporter");
    const { reportId } = await report(reporter, "user", whom());
    const { version } = await open(reportId);
    const said = await codeOf(by(), "POST", `/admin/reports/${reportId}/resolution`, { version, deed, ...more });
    expect(["VALIDATION_ERROR", "BAD_REQUEST"].includes(said) ? "BAD_REQUEST" : said).toBe(code);
    expect(await open(reportId)).toMatchObject({ state: "open", version });
  });

  test("handles a report once, though two of the staff try at the same moment", async () => {
    const { reportId } = await report(ann, "message", (await send(bob, "twice"))._id);
    const body = { version: 1, deed: "warn", told: "once" };
    const said = await Promise.all(
      [mod, boss].map((who) => codeOf(who, "POST", `/admin/reports/${reportId}/resolution`, body)),
    );
    expect(said.sort()).toEqual(["CONFLICT", "ok"]);
  });
});

describe("who is muted", () => {
  test("writes nothing by any door at once, reads on, and writes again when it is over", async () => {
    const loud = await register(system.url, "Loud");
    await ok(ann, "POST", `/conversations/${group}/members`, { userId: loud.id });
    await ok(loud, "POST", `/conversations/${group}/accept`).catch(() => undefined);
    const mine = await send(loud, "something of mine");
    const until = inAnHour();
    await ok(mod, "PUT", `/admin/users/${loud.id}/mute`, { until, told: "Calm down." });
    expect(await codeOf(loud, "POST", `/conversations/${group}/messages`, { content: "x" })).toBe("AUTH_INVALID");
    const hushed = await fresh(loud);
    const client = await Client.connect(system.url, hushed.token);
    clients.push(client);
    const { error } = await client.send("message:send", { conversationId: group, content: "x" });
    expect(error).toMatchObject({ code: "FORBIDDEN", details: { mutedUntil: until } });
    for (const [method, path, body] of [
      ["POST", `/conversations/${group}/messages`, { content: "x" }],
      ["PATCH", `/messages/${mine._id}`, { content: "x" }],
      ["POST", `/messages/${mine._id}/reactions`, { emoji: "👍" }],
      ["POST", "/conversations", { participantIds: [outsider.id], content: "hello" }],
    ] as const)
      expect([path, await codeOf(hushed, method, path, body)]).toEqual([path, "FORBIDDEN"]);
    expect(await codeOf(hushed, "GET", `/conversations/${group}/messages`)).toBe("ok");
    expect(await codeOf(hushed, "DELETE", `/messages/${mine._id}`)).toBe("ok");
    await eventually(async () => expect(await notices(hushed)).toContain(`You may not write until ${until}`));
    await ok(mod, "PUT", `/admin/users/${loud.id}/mute`, { until: new Date(Date.now() + 3_000).toISOString() });
    const soon = await fresh(loud);
    await eventually(async () =>
      expect(await codeOf(soon, "POST", `/conversations/${group}/messages`, { content: "back" })).toBe("ok"),
    );
  });

  test("is let go sooner by the staff; a moderator mutes no other one", async () => {
    const loud = await register(system.url, "Louder");
    await ok(mod, "PUT", `/admin/users/${loud.id}/mute`, { until: inAnHour() });
    await ok(mod, "DELETE", `/admin/users/${loud.id}/mute`);
    const back = await fresh(loud);
    expect(await codeOf(back, "POST", "/conversations", { type: "group", name: "Mine", participantIds: [] })).toBe(
      "ok",
    );
    const other = await register(system.url, "Other mod");
    await call(system.broker, "users.grantRole", { id: other.id, role: "moderator" }, { meta: { caller: operator } });
    expect(await codeOf(mod, "PUT", `/admin/users/${other.id}/mute`, { until: inAnHour() })).toBe("FORBIDDEN");
    expect(await codeOf(mod, "PUT", `/admin/users/${mod.id}/mute`, { until: inAnHour() })).toMatch(
      /BAD_REQUEST|VALIDATION/,
    );
    expect(await codeOf(boss, "PUT", `/admin/users/${other.id}/mute`, { until: inAnHour() })).toBe("ok");
  });
});

describe("a ban with an end", () => {
  test("ends by itself, is in the audit log as nobody's doing, and one without an end does not", async () => {
    const [short, long] = [await register(system.url, "Short"), await register(system.url, "Long")];
    await ok(boss, "POST", `/users/${short.id}/ban`, { until: inAnHour() });
    await ok(boss, "POST", `/users/${long.id}/ban`);
    const login = async ({ email, password }: Account): Promise<boolean> =>
      (await request(system.url, "POST", "/auth/login", { body: { email, password } })).body.ok;
    expect([await login(short), await login(long)]).toEqual([false, false]);
    const context = contextOf(system.broker.getLocalService("users"));
    await context.db.work((transaction) =>
      context.User.update({ banned_until: new Date(0) }, { where: { user_id: short.id }, transaction }),
    );
    await tick(context);
    expect([await login(short), await login(long)]).toEqual([true, false]);
    // Each try to sign in is in the log, too, and there may be more of them than a page holds.
    const bans = await ok(boss, "GET", `/admin/audit?target=user:${short.id}&event=user`);
    expect(bans.map((e: any) => [e.event, e.actor_id])).toEqual([
      ["user.unbanned", null],
      ["user.banned", boss.id],
    ]);
  });
});

describe("a locked conversation", () => {
  test("is read and left, and nobody writes in it, its own admin neither, until it is opened", async () => {
    const made = { type: "group", name: "Hot", participantIds: [bob.id] };
    const id = (await ok(ann, "POST", "/conversations", made))._id;
    const { _id } = await ok(bob, "POST", `/conversations/${id}/messages`, { content: "before" });
    const { reportId } = await report(ann, "conversation", id);
    await resolve(mod, reportId, "lock");
    expect(await ok(ann, "GET", `/conversations/${id}`)).toMatchObject({ locked: true });
    for (const who of [ann, bob])
      for (const [method, path, body] of [
        ["POST", `/conversations/${id}/messages`, { content: "x" }],
        ["POST", `/messages/${_id}/reactions`, { emoji: "👍" }],
        ["PATCH", `/conversations/${id}`, { name: "Cold" }],
        ["POST", `/conversations/${id}/members`, { userId: outsider.id }],
      ] as const)
        expect([path, await codeOf(who, method, path, body)]).toEqual([path, "FORBIDDEN"]);
    expect((await ok(bob, "GET", `/conversations/${id}/messages`)).length).toBeGreaterThan(0);
    expect(await codeOf(bob, "DELETE", `/messages/${_id}`)).toBe("ok");
    await ok(mod, "PUT", `/admin/conversations/${id}/lock`, { locked: false });
    expect(await codeOf(ann, "POST", `/conversations/${id}/messages`, { content: "after" })).toBe("ok");
  });

  test("can be removed for all by the staff, who was never in it", async () => {
    const made = { type: "group", name: "Bad", participantIds: [bob.id] };
    const id = (await ok(ann, "POST", "/conversations", made))._id;
    const { reportId } = await report(bob, "conversation", id);
    await resolve(mod, reportId, "remove");
    expect(await codeOf(ann, "GET", `/conversations/${id}`)).toBe("NOTFOUND");
  });
});

test("a notice waits while the notifications service is away, and is told once", async () => {
  const quiet = await register(system.url, "Quiet");
  const context = contextOf(system.broker.getLocalService("users"));
  // For whoever tells them: the service looks for itself, too, now and then.
  const really = context.broker.call.bind(context.broker) as (...args: unknown[]) => Promise<unknown>;
  const call = jest.spyOn(context.broker, "call");
  call.mockImplementation((...args: unknown[]) =>
    args[0] === "notifications.notice" ? Promise.reject(new Error("away")) : really(...args),
  );
  await context.db.work((tx) => oweNotice(context, tx, { userId: quiet.id, title: "Once", content: "only" }));
  for (let i = 0; i < 3; i++) await tellNotices(context);
  expect(await notices(quiet)).toEqual([]);
  call.mockRestore();
  for (let i = 0; i < 3; i++) await tellNotices(context);
  await eventually(async () => expect(await notices(quiet)).toEqual(["Once"]));
});

test("every step of the staff is in the audit log", async () => {
  const log = await ok(boss, "GET", "/admin/audit?limit=500");
  const events = new Set(log.map((e: any) => e.event));
  for (const event of [
    "report.assigned",
    "report.resolved",
    "report.dismissed",
    "user.warned",
    "user.muted",
    "user.unmuted",
    "conversation.locked",
  ])
    expect(events).toContain(event);
});
