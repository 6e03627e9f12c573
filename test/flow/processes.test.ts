/** One system spread over three processes of this machine, whose processes are killed while people talk. */
import { rmSync } from "node:fs";
import { type Account, type Ack, Client, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { GroupOfProcesses, isAlive } from "../support/group";
import { readyDataDir } from "../support/pglite-template";

let dataDir: string;
let group: GroupOfProcesses;
const clients: Client[] = [];
beforeAll(async () => {
  dataDir = await readyDataDir();
  const limits = {
    ...{ AUTH_RATE_LIMIT: "1000", RATE_LIMIT: "60", RATE_LIMIT_WINDOW: "1h", ADDRESS_RATE_LIMIT: "300" },
    ...{ EVENT_RATE_LIMIT: "50", TRUST_PROXY: "1" },
  };
  group = await GroupOfProcesses.start({ DATA_DIR: dataDir, PROCESSES: "3", ...limits });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(async () => {
  await group.end();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

type Way = NonNullable<Parameters<typeof Client.connect>[2]>;
async function connect(account: Account, way: Way = {}): Promise<Client> {
  const client = await Client.connect(group.url, account.token, way);
  clients.push(client);
  return client;
}

async function ready(): Promise<void> {
  const { status } = await fetch(`${group.url}/health/ready`, { headers: { connection: "close" } });
  expect(status).toBe(200);
}

/** The gateway that a socket lives in, which its session's name tells. */
const placeOf = ({ socket }: Client): string => (socket.io.engine as unknown as { id: string }).id.split(".")[0] ?? "";

async function on(place: string, account: Account, way?: Way): Promise<Client> {
  for (;;) {
    const client = await connect(account, way);
    if (placeOf(client) === place) return client;
  }
}

async function roomOf(creator: Client, people: readonly Account[]): Promise<string> {
  const participantIds = people.map(({ id }) => id);
  return (await creator.ok("conversation:create", { participantIds, type: "group", name: "Crew" }))._id;
}

const seqs = (client: Client): number[] => client.all("message:created").map(({ seq }: { seq: number }) => seq);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

test("one port serves pages, REST and sockets of every kind, whichever process they come to", async () => {
  const ways: Way[] = [{}, { transports: ["polling"] }, { transports: ["polling", "websocket"] }];
  const people = await Promise.all(Array.from({ length: 6 }, () => register(group.url)));
  const sockets: Client[] = [];
  for (const [i, person] of people.entries()) sockets.push(await on(i % 2 ? "1" : "2", person, ways[i % 3]));
  await eventually(() =>
    expect(sockets.map(({ socket }) => socket.io.engine.transport.name)).toEqual([
      ...["websocket", "polling", "websocket", "websocket", "polling", "websocket"],
    ]),
  );
  const [first] = sockets as [Client];
  const conversationId = await roomOf(first, people.slice(1));
  for (const [i, socket] of sockets.entries()) {
    const message = { conversationId, content: `of ${i}`, clientId: `c${i}` };
    expect(await socket.ok("message:send", message)).toMatchObject({ seq: i + 1 });
  }
  for (const socket of sockets) {
    await eventually(() => expect(seqs(socket)).toHaveLength(6));
    expect(seqs(socket)).toEqual(upTo(6));
  }
  for (let i = 0; i < 4; i++) {
    const page = await fetch(`${group.url}/`, { headers: { connection: "close" } });
    expect(await page.text()).toContain("<!doctype html>");
    const list = await request(group.url, "GET", `/conversations/${conversationId}/messages`, {
      token: people[i]?.token ?? "",
    });
    expect(list.body.data).toHaveLength(6);
  }
});

const anew = { headers: { connection: "close" } };

test("health and metrics are of the whole, whichever process is asked", async () => {
  const ann = await register(group.url);
  await Promise.all([on("1", ann), on("2", ann)]);
  const sent = await connect(ann);
  await sent.ok("message:send", { conversationId: await roomOf(sent, []), content: "counted" });
  await eventually(async () => {
    for (let i = 0; i < 4; i++) {
      const health = await (await fetch(`${group.url}/health`, anew)).json();
      expect(health).toMatchObject({ data: { status: "up", processes: { running: 3, of: 3 } } });
      const metrics = await (await fetch(`${group.url}/metrics`, anew)).text();
      expect(metrics).toContain(`websocket_connections_active{namespace="/chat"} ${clients.length}\n`);
      expect(metrics).toMatch(/^chat_messages_created_total\{type="text"\} [1-9]/m);
      expect(metrics).toMatch(/^http_requests_total\{.*route="\/auth\/register",status="201"\} \d+$/m);
      for (const role of ["stores", "gateway-1", "gateway-2"])
        expect(metrics).toMatch(new RegExp(`^process_resident_memory_bytes\\{process="${role}"\\} \\d+$`, "m"));
      expect(metrics.match(/^# TYPE process_cpu_seconds_total /gm)).toHaveLength(1);
    }
  });
});

/** How many of these requests pass, a few at a time and each on a connection of its own; the rest must be refused for their number. */
async function passing(count: number, path: string, headers: Record<string, string>): Promise<number> {
  const left = upTo(count)[Symbol.iterator]();
  let passed = 0;
  const worker = async (): Promise<void> => {
    for (const _ of left) {
      const { status } = await fetch(group.url + path, { headers: { ...anew.headers, ...headers } });
      if (status !== 429) passed++;
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  return passed;
}

test("a limit is one over all processes: of a user's requests, of an address, of a user's events", async () => {
  const ann = await register(group.url);
  // A process that could not be asked in time counts by itself: hence a few more may pass, but not as many again.
  const few = 15;
  const authorization = `Bearer ${ann.token}`;
  const ofUser = await passing(90, "/users/me", { authorization, "x-forwarded-for": "203.0.113.6" });
  expect(ofUser).toBeGreaterThanOrEqual(60);
  expect(ofUser).toBeLessThan(60 + few);
  const ofAddress = await passing(80, "/conversations", { "x-forwarded-for": "203.0.113.7" });
  expect(ofAddress).toBeGreaterThanOrEqual(60);
  expect(ofAddress).toBeLessThan(60 + few);
  const underCeiling = await passing(340, "/", { "x-forwarded-for": "203.0.113.8" });
  expect(underCeiling).toBeGreaterThanOrEqual(300);
  expect(underCeiling).toBeLessThan(300 + few);

  const sockets = await Promise.all([on("1", ann), on("2", ann)]);
  const at = Date.now();
  const asked = (socket: Client): Promise<Ack>[] => upTo(100).map(() => socket.send("presence:get", { userIds: [] }));
  const acks = await Promise.all(sockets.flatMap(asked));
  const passed = acks.filter((ack) => ack.ok).length;
  expect(passed).toBeGreaterThanOrEqual(90); // a burst is of a hundred; to connect cost nothing of it
  expect(passed).toBeLessThanOrEqual(100 + ((Date.now() - at + 1_000) / 1000) * 50);
  expect(acks.find((ack) => !ack.ok)?.error.code ?? "RATE_LIMITED").toBe("RATE_LIMITED");
});

test("a gateway that is killed comes back, and its people go on: nothing is lost and nothing is there twice", async () => {
  const [ann, bob] = [await register(group.url), await register(group.url)];
  const killed = await on("1", ann, { reconnection: true, reconnectionDelay: 100 });
  const other = await on("2", bob);
  const conversationId = await roomOf(other, [ann]);
  const before = group.pid(1);
  const acked: string[] = [];
  const say = async (client: Client, clientId: string): Promise<void> => {
    const ack = await client
      .send("message:send", { conversationId, content: clientId, clientId })
      .catch(() => undefined);
    if (ack?.ok) acked.push(clientId);
  };
  const talking = Promise.all(upTo(20).flatMap((n) => [say(killed, `a${n}`), say(other, `b${n}`)]));
  await group.kill(1);
  await talking;
  await eventually(() => expect(killed.socket.connected).toBe(true));
  await eventually(() => expect(group.pid(1)).toBeGreaterThan(0));
  expect(group.pid(1)).not.toBe(before);
  for (const n of upTo(20)) await say(killed, `a${n}`); // as a client does of what has no ack
  const listed = (
    await killed.ok<{ content: string; seq: number }[]>("message:list", { conversationId, limit: 100 })
  ).reverse();
  expect(listed.map(({ seq }) => seq)).toEqual(upTo(40));
  expect(new Set(listed.map(({ content }) => content)).size).toBe(40);
  expect(listed.map(({ content }) => content)).toEqual(expect.arrayContaining(acked));
  await eventually(() => expect(seqs(other)).toEqual(upTo(40)));
  await on("1", bob); // the new one takes its share
});

test("the process with the stores is killed and comes back: sockets stay, what was acked is there, the rest is refused", async () => {
  const [ann, bob] = [await register(group.url), await register(group.url)];
  const [a, b] = [await on("1", ann), await on("2", bob)];
  const conversationId = await roomOf(a, [bob]);
  await a.ok("message:send", { conversationId, content: "first" });
  await b.next("message:created");
  const acked: string[] = [];
  const codes = new Set<string>();
  const say = async (clientId: string): Promise<void> => {
    const ack = await a.send("message:send", { conversationId, content: clientId, clientId });
    if (ack.ok) acked.push(clientId);
    else codes.add(ack.error.code);
  };
  const talking = Promise.all(upTo(20).map((n) => say(`m${n}`)));
  await group.kill(0);
  const meanwhile = await request(group.url, "GET", "/users/me", { token: ann.token });
  if (meanwhile.status !== 200)
    expect(meanwhile).toMatchObject({ status: 503, body: { error: { code: "UNAVAILABLE" } } });
  await talking;
  await say("meanwhile");
  expect([...codes].filter((code) => code !== "UNAVAILABLE")).toEqual([]);
  await eventually(async () => {
    await say("again");
    expect(acked).toContain("again");
  });
  for (const n of upTo(20)) await say(`m${n}`);
  const listed = (
    await b.ok<{ content: string; seq: number }[]>("message:list", { conversationId, limit: 100 })
  ).reverse();
  const contents = listed.map(({ content }) => content);
  expect(new Set(contents).size).toBe(contents.length);
  expect(contents).toEqual(expect.arrayContaining(acked));
  expect(listed.map(({ seq }) => seq)).toEqual(upTo(listed.length));
  expect([a.socket.connected, b.socket.connected]).toEqual([true, true]);
  await eventually(() => expect(seqs(b)).toEqual(upTo(listed.length)));
  await eventually(async () => {
    for (let i = 0; i < 4; i++) await ready();
  });
});

test("SIGTERM ends all of it within ten seconds, sockets open or not, with code 0 and nothing left behind", async () => {
  await connect(await register(group.url));
  await connect(await register(group.url), { transports: ["polling"] });
  const pids = group.pids();
  expect(pids).toHaveLength(4);
  const at = Date.now();
  group.signal("SIGTERM");
  await eventually(() => expect(group.exit).toBe(0));
  expect(Date.now() - at).toBeLessThan(30_000); // ten seconds, on a machine that has other things to do
  await eventually(() => expect(pids.filter(isAlive)).toEqual([]));
  await expect(fetch(group.url)).rejects.toThrow();
});
