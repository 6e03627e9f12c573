/** One message for one reader, by 200 generated circumstances: what socket, push and mail do is what a small model says. */
import fc from "fast-check";
import { generateVAPIDKeys } from "web-push";
import { type Preferences } from "../../contracts/notifications";
import { mailTimes } from "../../contracts/unread-mail";
import { newId } from "../../mixins/documents";
import { publishFact } from "../../platform/facts";
import { contextOf } from "../../services/notifications/context";
import { type Outcome } from "../../services/notifications/push/provider";
import { clockAt, clockOn } from "../support/clock";
import { asideKey, fact, message, type Node, notificationsNode } from "../support/notifications";
import { MailCatcher } from "../support/smtp";

const CASES = 200;
/** The same ones each time; MODEL_SEED=n makes others. */
const SEED = Number(process.env.MODEL_SEED ?? 20);
const MINUTE = 60_000;
const NOON = Date.parse("2026-03-02T12:00:00Z");
const at = (minutes: number): number => NOON + minutes * MINUTE;
const DAY = 1_440;

const circumstances = fc.record({
  sockets: fc.constantFrom("none", "chat", "bell"),
  staysOnline: fc.boolean(),
  muted: fc.boolean(),
  level: fc.constantFrom(undefined, "all", "mentions", "none"),
  named: fc.boolean(),
  large: fc.boolean(),
  typeOff: fc.boolean(),
  /** Minutes after noon, of every day. */
  dnd: fc.constantFrom(null, null, null, [-60, 5], [5, 40], [0, 0]),
  blocked: fc.boolean(),
  pending: fc.boolean(),
  read: fc.constantFrom("never", "never", "never", "before", "before the push", "before the mail"),
  mail: fc.constantFrom(...mailTimes, "soon" as const),
  verified: fc.boolean(),
});
/** Most of what is generated would be silent for one of many reasons: two of three times each of them is off. */
const rarely = fc.record({ ...{ it: circumstances }, keeps: fc.array(fc.nat(2), { minLength: 7, maxLength: 7 }) });
type Case = typeof circumstances extends fc.Arbitrary<infer C> ? C : never;
function mild({ it, keeps }: { it: Case; keeps: number[] }): Case {
  const keep = (i: number, value: boolean): boolean => value && keeps[i] === 0;
  return {
    ...it,
    muted: keep(0, it.muted),
    typeOff: keep(1, it.typeOff),
    blocked: keep(2, it.blocked),
    pending: keep(3, it.pending),
    large: keep(4, it.large),
    level: keeps[5] === 0 ? it.level : undefined,
    verified: it.verified || keeps[6] !== 0,
  };
}

interface Told {
  readonly socket: boolean;
  readonly push: boolean;
  /** Minutes after noon; undefined where there is none. */
  readonly mail: number | undefined;
}

const within = ([from = 0, to = 0]: readonly number[], minute: number): boolean => {
  const [now, start, end] = [minute, from, to].map((m) => (m + DAY) % DAY) as [number, number, number];
  if (start === end) return true;
  return start < end ? now >= start && now < end : now >= start || now < end;
};

/** The rules, as docs/notifications.md has them. */
function model(c: Case): Told {
  const isMade =
    !c.pending &&
    !c.blocked &&
    !c.typeOff &&
    !c.muted &&
    c.level !== "none" &&
    (c.named || c.level === "all" || (c.level !== "mentions" && !c.large)) &&
    c.read !== "before";
  const isQuiet = c.dnd !== null && within(c.dnd, 0);
  const socket = isMade && !isQuiet && c.sockets === "bell";
  const push = isMade && !isQuiet && c.read !== "before the push";
  const isMailed = isMade && c.mail !== "off" && c.verified && c.read === "never";
  if (!isMailed || (c.sockets !== "none" && c.staysOnline)) return { socket, push, mail: undefined };
  let mail = { soon: 10, hourly: 60, daily: DAY }[c.mail as "soon"];
  if (c.dnd && within(c.dnd, mail)) {
    if (c.dnd[0] === c.dnd[1]) return { socket, push, mail: undefined };
    mail += ((c.dnd[1] ?? 0) - (mail % DAY) + DAY) % DAY;
  }
  return { socket, push, mail };
}

let catcher: MailCatcher;
let node: Node;
beforeAll(async () => {
  catcher = await MailCatcher.start();
  const { publicKey, privateKey } = generateVAPIDKeys();
  node = await notificationsNode({
    SMTP_URL: catcher.url,
    VAPID_PUBLIC_KEY: publicKey,
    VAPID_PRIVATE_KEY: privateKey,
    OUTGOING_PRIVATE: "on",
  });
});
afterAll(async () => {
  clockOn();
  await node.broker.stop();
  catcher.stop();
});

interface Running {
  readonly c: Case;
  readonly reader: number;
  readonly writer: number;
  readonly room: string;
  readonly seq: number;
}
const clock = (minutes: number): string => new Date(at(minutes)).toISOString().slice(11, 16);
const attend = ({ reader, room, seq }: Running): Promise<void> =>
  node.broker.broadcast("conversation.attended", {
    conversationId: room,
    read: [{ userId: reader, seq, runs: [] }],
    gone: [],
    dropped: [],
    ended: false,
  });

async function prepare({ c, reader, writer, room }: Running): Promise<void> {
  const { world } = node;
  if (c.verified) world.addresses.set(reader, `${reader}@example.org`);
  if (c.blocked) world.blocks.set(reader, writer);
  if (c.muted || c.pending) world.aside.set(asideKey(reader, room), { muted: c.muted, pending: c.pending });
  const [from = 0, to = 0] = c.dnd ?? [];
  const dnd: Preferences["dnd"] = c.dnd && { from: clock(from), to: clock(to), timezone: "UTC" };
  const set = {
    dnd,
    mail: { when: c.mail },
    types: { message: !c.typeOff },
    ...(c.level ? { conversations: { [room]: c.level as "all" } } : {}),
  };
  await node.as(reader, "notifications.preferences", { set });
  const keys = { p256dh: "A".repeat(87), auth: "A".repeat(22) };
  await node.as(reader, "notifications.subscribe", { endpoint: `http://127.0.0.1:9/${reader}`, keys });
}

/** The mentioned ones of a crowd of others who want nothing of it. */
async function tell({ c, reader, writer, room, seq }: Running): Promise<void> {
  const crowd = c.large ? Array.from({ length: 60 }, (_, i) => 900_000 + i) : [];
  await publishFact(
    node.broker,
    "message.created",
    fact({
      type: "group",
      name: "Crew",
      conversationId: room,
      recipients: [writer, ...(c.pending ? [] : [reader]), ...crowd],
      muted: c.muted ? [reader] : [],
      messages: [
        message({
          conversation_id: room,
          sender_id: writer,
          seq,
          mentions: c.named ? [reader] : [],
          created_at: new Date(NOON - 2_000).toISOString(), // whoever reads along has had their moment
        }),
      ],
    }),
  );
}

test("each of them does exactly what the rules say", async () => {
  const context = contextOf(node.broker.getLocalService("notifications"));
  const pushed: number[] = [];
  const send = (address: { endpoint: string }): Promise<Outcome> => {
    pushed.push(Number(address.endpoint.split("/").at(-1)));
    return Promise.resolve("sent");
  };
  Object.assign(context.pushServices, { web: { send } });
  const push = (context as unknown as { push: { work(): Promise<void>; inHand: Set<Promise<void>> } }).push;
  const cases = fc.sample(rarely, { numRuns: CASES, seed: SEED }).map(mild);
  const running = cases.map((c, i): Running => {
    return { c, reader: 1_000 + i, writer: 2_000 + i, room: newId(), seq: 1_000 + i };
  });
  const online = running.filter(({ c }) => c.sockets !== "none");
  const placed = async (those: readonly Running[]): Promise<void> => {
    const ids = (of: readonly Running[]): number[] => of.map(({ reader }) => reader);
    const about = { node: node.broker.nodeID, epoch: "model", snapshot: true, removed: [], version: 1_000 };
    const hearing = ids(those.filter(({ c }) => c.sockets === "bell"));
    await node.broker.call("notifications.located", { ...about, added: ids(those), hearing });
  };

  clockAt(NOON);
  await placed(online);
  for (const one of running) await prepare(one);
  for (const one of running) if (one.c.read === "before") await attend(one);
  await Promise.all(running.map(tell));
  for (const one of running) if (one.c.read === "before the push") await attend(one);
  // A destination that nobody knows yet is given a few at first, and then the others.
  for (let second = 1; second < 60 && (await context.stores.pushJobs.count({})) > 0; second++) {
    clockAt(NOON + second * 1_000);
    for (let looks = 0; looks < 2; looks++) await push.work();
    await Promise.all(push.inHand);
  }
  for (const one of running) if (one.c.read === "before the mail") await attend(one);
  await placed(online.filter(({ c }) => c.staysOnline));

  const mailedAt = new Map<string, number[]>();
  for (const minute of [9, 10, 11, 39, 40, 59, 60, 61, DAY - 1, DAY, DAY + 5, DAY + 40, DAY + 60]) {
    clockAt(at(minute) + 900); // after what came at noon by the clock of the test
    for (let looks = 0; looks < 2; looks++) await context.mail?.dispatcher.work();
    for (const { to } of catcher.mails.splice(0)) mailedAt.set(to, [...(mailedAt.get(to) ?? []), minute]);
  }

  const count = { socket: 0, push: 0, mail: 0 };
  for (const { c, reader } of running) {
    const expected = model(c);
    const mails = mailedAt.get(`${reader}@example.org`) ?? [];
    const did = {
      socket: node.events(reader, "notification:created").length,
      push: pushed.filter((id) => id === reader).length,
      mails,
    };
    expect({ c, ...did }).toEqual({
      c,
      socket: Number(expected.socket),
      push: Number(expected.push),
      mails: expected.mail === undefined ? [] : [expected.mail],
    });
    for (const way of ["socket", "push"] as const) count[way] += did[way];
    count.mail += mails.length;
  }
  // A model that says no to everything would agree as well.
  for (const way of ["socket", "push", "mail"] as const) expect(count[way]).toBeGreaterThan(CASES / 20);
});
