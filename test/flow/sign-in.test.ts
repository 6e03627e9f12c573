/** Signing in where others get in the way: strangers who guess, tabs that race, a database that crashes. */
import workerThreads, { type Worker } from "node:worker_threads";
import { type Account, Client, login, request } from "../support/client";
import { eventually } from "../support/eventually";
import { readyDataDir } from "../support/pglite-template";
import { startSystem, type System } from "../support/system";

jest.unmock("../../platform/patience"); // how long is waited for what is away is what some of these are about

/** Every thread that the system starts, to be ended as a crash would. */
const threads: { worker: Worker; file: string }[] = [];
const RealWorker = workerThreads.Worker;
workerThreads.Worker = class extends RealWorker {
  constructor(...args: ConstructorParameters<typeof RealWorker>) {
    super(...args);
    threads.push({ worker: this, file: String(args[0]) });
  }
};

const LIMIT = 5;
let one: System;
let two: System;
const clients: Client[] = [];

beforeAll(async () => {
  const shared = {
    TRANSPORTER: "Fake",
    NAMESPACE: `sign-in-${process.pid}`,
    JWT_ACCESS_SECRET: "a".repeat(32),
    JWT_REFRESH_SECRET: "r".repeat(32),
    TRUST_PROXY: "1",
    AUTH_RATE_LIMIT: String(LIMIT),
  };
  one = await startSystem({ env: { ...shared, NODE_ID: "one", DATA_DIR: await readyDataDir() } });
  two = await startSystem({ env: { ...shared, NODE_ID: "two", SERVICES: "api" } });
  await two.broker.waitForServices(["users", "chat", "notifications"]);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await two?.stop();
  await one?.stop();
});

let addresses = 0;
const freshAddress = (): string => `10.0.${++addresses >> 8}.${addresses & 255}`;
const from = (address: string) => ({ headers: { "x-forwarded-for": address } });

/** An account made at this address. */
async function personAt(address: string): Promise<Account> {
  const email = `p${addresses}-${process.pid}@example.com`;
  const body = { username: "Somebody", email, password: "correct horse battery" };
  const { body: answer } = await request(one.url, "POST", "/auth/register", { body, ...from(address) });
  const { user, accessToken: token, refreshToken } = answer.data;
  return { id: user.user_id, username: user.username, email, password: body.password, token, refreshToken };
}
const signIn = (url: string, { email }: Account, password: string, address: string) =>
  request(url, "POST", "/auth/login", { body: { email, password }, ...from(address) });

describe("a stranger who guesses", () => {
  it("is refused before long, and the owner gets in from where they have been, on either gateway", async () => {
    const home = freshAddress();
    const owner = await personAt(home);
    const strange = freshAddress();
    const guesses: number[] = [];
    for (let n = 0; n < LIMIT + 3; n++)
      guesses.push((await signIn([one, two][n % 2]!.url, owner, "wrong password", strange)).status);
    expect(guesses).toEqual([...Array(LIMIT).fill(401), 429, 429, 429]);
    for (const { url } of [one, two]) expect((await signIn(url, owner, owner.password, home)).status).toBe(200);
  });

  it("is refused over many addresses, too, which the owner's own does not feel", async () => {
    const home = freshAddress();
    const owner = await personAt(home);
    const guesses: number[] = [];
    for (let n = 0; n < LIMIT * 2; n++)
      guesses.push((await signIn(one.url, owner, "wrong password", freshAddress())).status);
    expect(guesses).toEqual([...Array(LIMIT).fill(401), ...Array(LIMIT).fill(429)]);
    // The right one is no use to who is limited: else it would be told by the answer.
    expect((await signIn(one.url, owner, owner.password, freshAddress())).status).toBe(429);
    expect((await signIn(two.url, owner, owner.password, home)).status).toBe(200);
  });

  it("learns when to come back", async () => {
    const owner = await personAt(freshAddress());
    const strange = freshAddress();
    for (let n = 0; n < LIMIT; n++) await signIn(one.url, owner, "wrong password", strange);
    const { body, headers } = await signIn(one.url, owner, "wrong password", strange);
    expect(body.error).toMatchObject({ code: "RATE_LIMITED", details: { retryAfterMs: expect.any(Number) } });
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("twenty tabs that refresh at once, over two gateways", () => {
  const refresh = (url: string, refreshToken: string) =>
    request(url, "POST", "/auth/refresh", { body: { refreshToken }, ...from(freshAddress()) });

  it("have one live successor; the dead token, once that was used, ends the session and its sockets", async () => {
    const person = await personAt(freshAddress());
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => refresh([one, two][n % 2]!.url, person.refreshToken)),
    );
    expect(answers.map((a) => a.status)).toEqual(Array(20).fill(200));
    const successors = new Set(answers.map((a) => a.body.data.refreshToken as string));
    expect(successors.size).toBe(1);
    const [successor = ""] = successors;
    const next = (await refresh(two.url, successor)).body.data;
    const socket = await Client.connect(two.url, next.accessToken);
    clients.push(socket);
    const cut = socket.disconnected();
    expect((await refresh(one.url, person.refreshToken)).status).toBe(401);
    expect(await cut).toBe("io server disconnect");
    for (const dead of [successor, next.refreshToken]) expect((await refresh(two.url, dead)).status).toBe(401);
  });
});

describe("the embedded database crashes", () => {
  it("chats go on, sign-ins come back within seconds, and nothing is lost", async () => {
    const [ann, bob] = [await personAt(freshAddress()), await personAt(freshAddress())];
    const [a, b] = [await Client.connect(one.url, ann.token), await Client.connect(two.url, bob.token)];
    clients.push(a, b);
    const { _id } = await a.ok("conversation:create", { participantIds: [bob.id], name: "group" });
    const thread = threads.findLast(({ file }) => file.includes("pglite"));
    await thread?.worker.terminate();
    await a.ok("message:send", { conversationId: _id, content: "still here" });
    expect(await b.next("message:created")).toMatchObject({ content: "still here" });
    await eventually(async () => {
      expect((await signIn(one.url, ann, ann.password, freshAddress())).status).toBe(200);
    });
    expect(threads.findLast(({ file }) => file.includes("pglite"))).not.toBe(thread);
    const again = await login(one.url, bob);
    expect(again.id).toBe(bob.id);
  });
});
