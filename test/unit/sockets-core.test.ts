/** The gateway's plain parts: limits, deadlines, audiences, revocations, announcements. */
import { Announcer } from "../../services/api/sockets/connection/announcer";
import { Audiences } from "../../services/api/sockets/outbound/audiences";
import { elsewhereOf, sessionIdIn } from "../../services/api/sockets/connection/elsewhere";
import { Deadlines } from "../../services/api/sockets/connection/deadlines";
import { type Namespace } from "../../contracts/sockets";
import { Hub, Joining } from "../../services/api/sockets/connection/hub";
import { Limiter } from "../../platform/limiter";
import { type Peer } from "../../services/api/sockets/connection/peer";
import { Revocations } from "../../services/api/sockets/connection/revocations";

describe("the limiter", () => {
  it("lets a burst of twice the rate through, then the rate", () => {
    const limiter = new Limiter(10);
    const bucket = limiter.full(0);
    expect([...Array(20)].every(() => limiter.take(bucket, 0) === 0)).toBe(true);
    expect(limiter.take(bucket, 0)).toBe(100);
    expect(limiter.take(bucket, 50)).toBeGreaterThanOrEqual(50);
    expect(limiter.take(bucket, 101)).toBe(0);
    expect(limiter.take(bucket, 101)).toBeGreaterThan(0);
  });

  it("saves up no more than a burst", () => {
    const limiter = new Limiter(1);
    const bucket = limiter.full(0);
    for (let i = 0; i < 2; i++) expect(limiter.take(bucket, 1_000_000)).toBe(0);
    expect(limiter.take(bucket, 1_000_000)).toBeGreaterThan(0);
  });
});

describe("deadlines", () => {
  beforeEach(() => jest.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => jest.useRealTimers());

  it("come once, never early and less than half a second late", () => {
    const due: [string, number][] = [];
    const deadlines = new Deadlines<string>((item) => due.push([item, Date.now()]));
    deadlines.set("a", 1_001_010);
    deadlines.set("b", 1_002_000);
    deadlines.set("past", 999_000);
    jest.advanceTimersByTime(10_000);
    expect(due.map(([item]) => item)).toEqual(["past", "a", "b"]);
    expect(due[1]![1]).toBeGreaterThanOrEqual(1_001_010);
    expect(due[1]![1]).toBeLessThan(1_001_510);
  });

  it("that are cleared never come, and leave no timer", () => {
    const deadlines = new Deadlines<string>(() => {
      throw new Error("came");
    });
    deadlines.set("a", 1_001_000);
    deadlines.clear("a", 1_001_000);
    expect(jest.getTimerCount()).toBe(0);
  });

  it("may lie further ahead than any timer of Node", () => {
    const due: string[] = [];
    const deadlines = new Deadlines<string>((item) => due.push(item));
    const far = 1_000_000 + 30 * 86_400_000;
    deadlines.set("far", far);
    jest.setSystemTime(1_000_000);
    jest.advanceTimersByTime(29 * 86_400_000);
    expect(due).toEqual([]);
    jest.advanceTimersByTime(86_400_001);
    expect(due).toEqual(["far"]);
  });
});

const silent = { changed: () => Promise.resolve() };
function arrive(
  hub: Hub,
  audiences: Audiences,
  userId: number,
  joinedOnly = false,
  namespace: Namespace = "/chat",
): Peer {
  const peer = { userId, namespace, open: true, wishes: { joinedOnly } } as Peer;
  const present = hub.arrive(userId, namespace);
  hub.attach(present, peer);
  hub.arrived(present, namespace);
  audiences.arrived(peer);
  return peer;
}

describe("an audience", () => {
  const fresh = (budget?: number): { hub: Hub; audiences: Audiences } => {
    const hub = new Hub(new Limiter(1), silent);
    return { hub, audiences: new Audiences(hub, budget) };
  };

  it("holds each socket once, however they come and go", () => {
    const { hub, audiences } = fresh();
    const early = arrive(hub, audiences, 1);
    audiences.set("c", "1", [1, 2]);
    const late = [arrive(hub, audiences, 2), arrive(hub, audiences, 1)];
    arrive(hub, audiences, 3);
    expect(new Set(audiences.get("c", "1")?.peers)).toEqual(new Set([early, ...late]));
    expect(audiences.get("c", "1")?.peers).toHaveLength(3);
    hub.detach(early);
    audiences.left();
    expect(new Set(audiences.get("c", "1")?.peers)).toEqual(new Set(late));
    expect(audiences.get("c", "1")?.peers).toHaveLength(2);
  });

  it("takes in whom it is for of those who come, and looks at nobody else again", () => {
    const { hub, audiences } = fresh();
    const early = arrive(hub, audiences, 1);
    audiences.set("c", "1", [1, 2, 3, 4, 5, 6]);
    const looks = jest.spyOn(hub, "peersOf");
    const late = arrive(hub, audiences, 2);
    arrive(hub, audiences, 7); // no member
    arrive(hub, audiences, 3, false, "/notifications");
    hub.detach(arrive(hub, audiences, 4)); // gone again
    audiences.left();
    expect(audiences.get("c", "1")).toMatchObject({ peers: [early, late], choosy: false });
    const choosy = arrive(hub, audiences, 5, true);
    for (let i = 0; i < 2; i++)
      expect(audiences.get("c", "1")).toMatchObject({ peers: [early, late, choosy], choosy: true });
    expect(looks).not.toHaveBeenCalled();
  });

  it("remembers no more arrivals than a bound, however many come", () => {
    const { audiences } = fresh();
    for (let i = 0; i < 20_000; i++) audiences.arrived({ userId: i } as Peer);
    expect(audiences["arrivals"].length).toBeLessThan(4096);
  });

  it("is built anew when it has missed more arrivals than are kept", () => {
    const { hub, audiences } = fresh();
    audiences.set(
      "c",
      "1",
      [...Array(9000).keys()].map((n) => n + 1),
    );
    for (let user = 1; user <= 5000; user++) arrive(hub, audiences, user);
    expect(new Set(audiences.get("c", "1")?.peers).size).toBe(5000);
    expect(audiences.get("c", "1")?.peers).toHaveLength(5000);
  });

  it("is unknown in another version", () => {
    const { audiences } = fresh();
    audiences.set("c", "1", [1]);
    expect(audiences.get("c", "2")).toBeUndefined();
    audiences.set("c", "2", [1]);
    expect(audiences.get("c", "1")).toBeUndefined();
  });

  it("makes room for others within the budget, quiet ones first", () => {
    const { audiences } = fresh(1000);
    for (let i = 0; i < 500; i++) {
      audiences.set(`c${i}`, "1", [1, 2, 3, 4]);
      audiences.get("c0", "1");
    }
    const left = [...Array(500).keys()].filter((i) => audiences.get(`c${i}`, "1"));
    expect(left.length).toBeLessThanOrEqual(50);
    expect(left).toContain(499);
  });

  it("counts sockets into the budget that come later, and out of it when they go", () => {
    const { hub, audiences } = fresh(80);
    audiences.set(
      "large",
      "1",
      [...Array(30).keys()].map((n) => n + 1),
    );
    audiences.set("small", "1", [31]);
    const many = Array.from({ length: 10 }, () => arrive(hub, audiences, 1));
    audiences.get("large", "1");
    for (const peer of many) hub.detach(peer);
    audiences.left();
    audiences.sweep();
    audiences.set("third", "1", [32]); // it fits to the last one
    expect(audiences.active()).toEqual(["large", "small", "third"]);
    arrive(hub, audiences, 1);
    audiences.get("large", "1");
    audiences.set("third", "2", [32]); // it does not fit any more, and what is quiet goes
    expect(audiences.active()).toEqual(["third", "large"]);
  });

  it("without traffic is forgotten after some minutes, and its closed sockets before", () => {
    const { hub, audiences } = fresh();
    const peer = arrive(hub, audiences, 1);
    audiences.set("c", "1", [1]);
    audiences.get("c", "1")!.lastSeq = 1;
    hub.detach(peer);
    audiences.left();
    for (let minute = 0; minute < 10; minute++) audiences.sweep();
    expect([audiences.lastSeq("c"), audiences.active()]).toEqual([1, ["c"]]);
    audiences.sweep();
    expect(audiences.active()).toEqual([]);
  });
});

describe("the hub", () => {
  /** What is told of each user when something changes: there, there and hearing notifications, or gone. */
  function watched(): { hub: Hub; said: string[]; audiences: Audiences } {
    const said: string[] = [];
    const changed = async (userId: number): Promise<void> => {
      await Promise.resolve(); // as the announcer, which looks at the end of the turn
      const present = hub.get(userId);
      said.push(`${userId} ${present ? (present.hears ? "hears" : "here") : "gone"}`);
    };
    const hub: Hub = new Hub(new Limiter(1), { changed });
    return { hub, said, audiences: new Audiences(hub) };
  }
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it("says once that a user came, and once that the last socket went", async () => {
    const { hub, said, audiences } = watched();
    const [a, b] = [arrive(hub, audiences, 1), arrive(hub, audiences, 1)];
    await turn();
    hub.detach(a);
    hub.detach(a);
    hub.detach(b);
    await turn();
    expect(said).toEqual(["1 here", "1 gone"]);
  });

  it("says when the first socket into notifications comes and when the last one goes, whatever else stays", async () => {
    const { hub, said, audiences } = watched();
    arrive(hub, audiences, 1);
    await turn();
    const [a, b] = [0, 1].map(() => arrive(hub, audiences, 1, false, "/notifications")) as [Peer, Peer];
    await turn();
    hub.detach(a);
    await turn();
    hub.detach(b);
    await turn();
    expect(said).toEqual(["1 here", "1 hears", "1 here"]);
  });

  it("lets nobody into notifications before it is known that they hear them", async () => {
    const answers: (() => void)[] = [];
    const hub = new Hub(new Limiter(1), { changed: () => new Promise((resolve) => answers.push(resolve)) });
    const present = hub.arrive(1, "/chat");
    answers[0]?.();
    await present.known;
    let known = false;
    void hub.arrive(1, "/notifications").known.then(() => (known = true));
    await turn();
    expect(known).toBe(false);
    answers[1]?.();
    await turn();
    expect(known).toBe(true);
  });

  it("forgets a handshake that led to nothing", async () => {
    const { hub, said } = watched();
    const present = hub.arrive(4, "/notifications");
    await turn();
    hub.arrived(present, "/notifications");
    await turn();
    expect([...new Set(said)]).toEqual(["4 hears", "4 gone"]);
    expect([...hub.everyone()]).toEqual([]);
  });
});

it("joining goes by what changed meanwhile", () => {
  const joining = new Joining();
  joining.change("lost", false);
  joining.change("gained", true);
  joining.change("back", false);
  joining.change("back", true);
  expect(joining.outcome(["kept", "lost", "back"])).toEqual(["kept", "back", "gained"]);
});

describe("revocations", () => {
  const now = 1_700_000_000_000;
  const iso = (ms: number): string => new Date(ms).toISOString();
  const holder = (sessionId: string, issuedAt: number): any => ({
    caller: { userId: 1, sessionId, roles: [] },
    issuedAt,
  });

  it("of a session hold whenever its tokens were issued", () => {
    const revocations = new Revocations(900_000, now);
    revocations.revoke({ userId: 1, sessionId: "a", at: iso(now) });
    expect(revocations.isRevoked(holder("a", now + 5))).toBe(true);
    expect(revocations.isRevoked(holder("b", now - 5))).toBe(false);
  });

  it("of a user hold for tokens issued before, but for the session they spare, also when learnt again", () => {
    const revocations = new Revocations(900_000, now);
    revocations.revoke({ userId: 1, except: "a", at: iso(now) });
    revocations.learn({ at: iso(now), sessions: {}, users: { 1: iso(now) } });
    expect(["a", "b"].map((s) => revocations.isRevoked(holder(s, now - 1)))).toEqual([false, true]);
    expect(revocations.isRevoked(holder("b", now))).toBe(false);
  });

  it("are forgotten when no such token can live any more", () => {
    const revocations = new Revocations(900_000, now);
    revocations.revoke({ userId: 1, sessionId: "a", at: iso(now) });
    revocations.learn({ at: iso(now + 2_000_000), sessions: {}, users: {} });
    expect(revocations.isRevoked(holder("a", now))).toBe(false);
  });
});

describe("a session of Engine.IO", () => {
  const group = { index: 1, size: 30, dir: "", name: "", startedAt: 0 };

  it("names the gateway that it lives in, and its name can't be guessed", () => {
    const [a, b] = [sessionIdIn(2), sessionIdIn(2)];
    expect(elsewhereOf(group, `/socket.io/?EIO=4&sid=${a}`)).toBe(2);
    expect(a).not.toBe(b);
    expect(a.length).toBeGreaterThanOrEqual(22);
  });

  it.each([
    ["of this gateway", "/socket.io/?sid=1.abc"],
    ["of the process that holds the stores, which has no sessions", "/socket.io/?sid=0.abc"],
    ["of a gateway that there is not", "/socket.io/?sid=30.abc"],
    ["with a number that is too long", "/socket.io/?sid=123.abc"],
    ["with a number that is not at its beginning", "/socket.io/?sid=a2.abc"],
    ["with a number alone", "/socket.io/?sid=2"],
    ["without a number", "/socket.io/?sid=abc"],
    ["that is empty", "/socket.io/?sid="],
    ["that is not named", "/socket.io/?EIO=4"],
    ["of no question", "/socket.io/sid=2.abc"],
    ["of no address", undefined],
  ])("is served here where its name is one %s", (_which, url) => expect(elsewhereOf(group, url)).toBeUndefined());

  it.each([
    ["/socket.io/?sid=29.abc", 29],
    ["/socket.io/?EIO=4&transport=polling&sid=2.abc", 2],
    ["/socket.io/?sid=2.abc?sid=3.abc", 2],
  ])("is served elsewhere: %s", (url, index) => expect(elsewhereOf(group, url)).toBe(index));
});

describe("the announcer", () => {
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
  type Told = { version: number; snapshot: boolean; added: number[]; hearing: number[]; removed: number[] };
  function make(answer: (told: Told) => Promise<{ gap: boolean }> = () => Promise.resolve({ gap: false })): {
    told: Told[];
    /** Who is here, and whether they hear notifications. */
    users: Map<number, boolean>;
    announcer: Announcer;
  } {
    const told: Told[] = [];
    const users = new Map<number, boolean>();
    const find = (userId: number) => (users.has(userId) ? { userId, hears: users.get(userId) ?? false } : undefined);
    const announcer = new Announcer("n", "e", {
      tell: (_listener, _node, { version, snapshot, added, hearing, removed }) => {
        const said = { version, snapshot, added, hearing, removed };
        told.push(said);
        return answer(said);
      },
      everyone: () => [...users.keys()].flatMap((userId) => find(userId) ?? []),
      find,
    });
    return { told, users, announcer };
  }

  it("says all to a node that appears, then what changes in a turn together, numbered without a gap", async () => {
    const { told, users, announcer } = make();
    users.set(1, true);
    announcer.offered("chat", ["a"]);
    await settle();
    users.set(2, false).set(3, true);
    await Promise.all([announcer.changed(2), announcer.changed(3)]);
    users.delete(2);
    users.set(3, false);
    await Promise.all([announcer.changed(2), announcer.changed(3)]);
    expect(told).toEqual([
      { version: 1, snapshot: true, added: [1], hearing: [1], removed: [] },
      { version: 2, snapshot: false, added: [2, 3], hearing: [3], removed: [] },
      { version: 3, snapshot: false, added: [3], hearing: [], removed: [2] },
    ]);
    announcer.stop();
  });

  it("says all again after a call that failed", async () => {
    let fails = 1;
    const { told, users, announcer } = make(() =>
      fails-- > 0 ? Promise.reject(new Error("down")) : Promise.resolve({ gap: false }),
    );
    announcer.offered("chat", ["a"]);
    await settle();
    users.set(1, false);
    await announcer.changed(1); // waits for the retry
    expect(told.at(-1)).toEqual({ version: 2, snapshot: true, added: [1], hearing: [], removed: [] });
    announcer.stop();
  });

  it("says all at once to one that has missed some, and then what changes again", async () => {
    let misses = true;
    const { told, users, announcer } = make(({ snapshot }) => Promise.resolve({ gap: misses && !snapshot }));
    users.set(1, false);
    announcer.offered("chat", ["a"]);
    await settle();
    users.set(2, false);
    await announcer.changed(2);
    misses = false;
    users.set(3, false);
    await announcer.changed(3);
    expect(told.map(({ version, snapshot, added }) => ({ version, snapshot, added }))).toEqual([
      { version: 1, snapshot: true, added: [1] },
      { version: 2, snapshot: false, added: [2] },
      { version: 3, snapshot: true, added: [1, 2] },
      { version: 4, snapshot: false, added: [3] },
    ]);
    announcer.stop();
  });

  it("says all to a node that came back, and nothing more to one that went", async () => {
    const { told, announcer } = make();
    announcer.offered("chat", ["a"]);
    await settle();
    announcer.gone("a");
    await announcer.changed(1);
    expect(told).toHaveLength(1);
    announcer.offered("chat", ["a"]);
    await settle();
    expect(told[1]).toMatchObject({ snapshot: true });
    announcer.stop();
  });

  it("says all to everybody after an outage, in which they may have forgotten it", async () => {
    const { told, users, announcer } = make();
    users.set(1, false);
    announcer.offered("chat", ["a", "b"]);
    await settle();
    announcer.resync();
    await settle();
    const all = { snapshot: true, added: [1], hearing: [], removed: [] };
    expect(told.slice(2)).toEqual([
      { version: 2, ...all },
      { version: 2, ...all },
    ]);
    announcer.stop();
  });

  it("tries again once for all whom it could not tell, until it stops", async () => {
    jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick"] });
    try {
      const { told, announcer } = make(() => Promise.reject(new Error("down")));
      announcer.offered("chat", ["a", "b", "c"]);
      for (const rounds of [1, 2, 3]) {
        await jest.advanceTimersByTimeAsync(rounds === 1 ? 0 : 500);
        expect(told).toHaveLength(3 * rounds);
      }
      announcer.stop();
      await jest.advanceTimersByTimeAsync(5_000);
      expect(told).toHaveLength(9);
    } finally {
      jest.useRealTimers();
    }
  });

  it("lets a socket in after two seconds when nobody answers", async () => {
    jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick"] });
    const { announcer } = make(() => new Promise(() => undefined));
    announcer.offered("chat", ["a"]);
    const came = announcer.changed(1);
    await new Promise((resolve) => setImmediate(resolve));
    jest.advanceTimersByTime(2_000);
    await came;
    announcer.stop();
    jest.useRealTimers();
  });
});
