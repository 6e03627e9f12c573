/** The audit log's chain, and which actions are told of in it. */
import { createHash } from "node:crypto";
import { actions } from "../../contracts/actions";
import { AUDIT_BEGIN, type AuditEntry, hashedText } from "../../contracts/audit";
import { AuditChain } from "../../scripts/operators/audit-chain";

function chainOf(length: number): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (let seq = 1; seq <= length; seq += 1) {
    const previous = entries.at(-1)?.hash ?? AUDIT_BEGIN;
    const at = new Date(seq * 1000).toISOString();
    const who = { actor_id: 1, session_id: "s", ip: "192.0.2.1", target: `user:${seq}` };
    const line = { seq, at, event: "user.banned" as const, ...who, details: { reason: "ố", n: [1, null] }, previous };
    entries.push({ ...line, hash: createHash("sha256").update(hashedText(line)).digest("hex") });
  }
  return entries;
}

function verdict(entries: readonly AuditEntry[], chain = new AuditChain()): string {
  try {
    for (const entry of entries) chain.take(entry);
    chain.end();
    return "whole";
  } catch (error) {
    return (error as Error).message;
  }
}

/** As an attacker would who can write: every hash from there on is made anew. */
function rewritten(entries: readonly AuditEntry[], seq: number): AuditEntry[] {
  let previous = entries[seq - 2]?.hash ?? AUDIT_BEGIN;
  return entries.map((entry) => {
    if (entry.seq < seq) return entry;
    const line = { ...entry, previous, actor_id: entry.seq === seq ? 99 : entry.actor_id };
    previous = createHash("sha256").update(hashedText(line)).digest("hex");
    return { ...line, hash: previous };
  });
}

describe("a chain of entries", () => {
  const whole = chainOf(6);

  test("is whole as it was written", () => expect(verdict(whole)).toBe("whole"));

  test("shows a change of any field of an entry", () => {
    const changes: Partial<AuditEntry>[] = [
      { at: new Date(7).toISOString() },
      { event: "user.unbanned" },
      { actor_id: 2 },
      { session_id: null },
      { ip: null },
      { target: "user:7" },
      { details: {} },
    ];
    for (const change of changes)
      expect(verdict(whole.map((e) => (e.seq === 3 ? { ...e, ...change } : e)))).toBe("Entry 3 was changed.");
  });

  test("shows a gap, an entry in another's place and one that was put in", () => {
    expect(verdict(whole.filter(({ seq }) => seq !== 4))).toMatch(/gap: after entry 3 comes 5/);
    expect(verdict(whole.slice(1))).toMatch(/gap/);
    const renumbered = whole.filter(({ seq }) => seq !== 4).map((e, i) => ({ ...e, seq: i + 1 }));
    expect(verdict(renumbered)).toMatch(/Entry 4 does not follow entry 3/);
    expect(verdict([...whole, whole[5]!])).toMatch(/gap/);
  });

  test("that was written anew from an entry on, or cut off, is found by an entry noted elsewhere", () => {
    const { seq, hash } = whole[4]!;
    const noted = () => new AuditChain({ seq, hash });
    expect(verdict(whole, noted())).toBe("whole");
    expect(verdict(rewritten(whole, 2))).toBe("whole"); // by itself it can't tell
    expect(verdict(rewritten(whole, 2), noted())).toMatch(/Entry 5 is another/);
    expect(verdict(whole.slice(0, 4), noted())).toMatch(/ends at entry 4/);
  });
});

/** What admins only look at; and what the accounts tell of themselves, in the same transaction. */
const looks = new Set([
  "users.auditLog",
  "users.list",
  "users.sessionsOf",
  "users.invitations",
  "users.find",
  "api.overview",
  "api.settings",
  "chat.takenIn",
  "chat.holds",
  "notifications.webhooks",
  "notifications.webhookFailures",
  "notifications.deadLetters",
]);
/** A page of what chat.takeInConversation then opens, and tells of. */
const parts = new Set(["chat.takeInMessages"]);

test("every action of admins is told of, or changes nothing", () => {
  const untold = Object.entries(actions).filter(
    ([name, { access, audit }]) => access === "admin" && !audit && !name.startsWith("users."),
  );
  const names = untold.map(([name]) => name);
  expect(names.filter((name) => !looks.has(name) && !parts.has(name))).toEqual([]);
});

test("what is told of names parameters that there are", () => {
  for (const { audit, params } of Object.values(actions)) {
    if (!audit) continue;
    const told = [audit.target, audit.unless, ...(audit.details ?? [])].filter((name) => name !== undefined);
    for (const name of told) expect(Object.keys(params.fields ?? {})).toContain(name);
  }
});
