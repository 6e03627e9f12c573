/** What others do must not be felt by who just chats: fifty that sign in at once, forty that send rubbish. */
import { type Account, Client, register, request } from "../support/client";
import { rubbish, sendRubbish } from "../support/rubbish";
import { ackTimes, type Alone, startAlone, type Times } from "../support/neighbour";

jest.setTimeout(400_000);
const ROUNDS = 3;
/** A machine that others use, too, has hiccups of its own; hashes on the event loop would be felt by acks of every round. */
const HICCUP_MS = { p50: 20, p99: 250 };
let system: Alone;
let ann: Account;
let chatting: Client;
let conversationId: string;
const calm = () => ackTimes(chatting, conversationId, Promise.resolve(), 300);

beforeAll(async () => {
  // A sixteenth of the usual cost, so that three rounds take seconds; LOGIN_COST=12 for figures.
  system = await startAlone({ PASSWORD_COST: process.env.LOGIN_COST ?? "8" });
  ann = await register(system.url);
  const bob = await register(system.url);
  chatting = await Client.connect(system.url, ann.token);
  const group = await chatting.ok("conversation:create", { participantIds: [bob.id], name: "calm" });
  conversationId = group._id;
  await calm(); // what is compiled is compiled
});
afterAll(async () => {
  chatting?.close();
  await system?.stop();
});

interface Round {
  readonly calm: Times;
  readonly busy: Times;
}
const shown = ({ p50, p99 }: Times): string => `p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)} ms`;

/** The best of the rounds: acks take no longer than twice what they took just before. */
function expectUnfelt(rounds: readonly Round[]): void {
  if (process.env.LOGIN_COST) console.log(rounds.map((r) => `calm ${shown(r.calm)}; busy ${shown(r.busy)}`).join("\n"));
  for (const p of ["p50", "p99"] as const)
    expect(Math.min(...rounds.map(({ calm, busy }) => busy[p] - 2 * calm[p]))).toBeLessThan(HICCUP_MS[p]);
}

test("fifty logins at once all succeed, and acks come as before", async () => {
  const body = { email: ann.email, password: ann.password };
  const login = async () => (await request(system.url, "POST", "/auth/login", { body })).status;
  const rounds: Round[] = [];
  for (let n = 0; n < ROUNDS; n++) {
    const before = await calm();
    const logins = Promise.all(Array.from({ length: 50 }, login));
    rounds.push({ calm: before, busy: await ackTimes(chatting, conversationId, logins) });
    expect(await logins).toEqual(Array(50).fill(200));
  }
  expectUnfelt(rounds);
});

test("forty malformed or oversized packets on fresh sockets: nobody notices, the process least of all", async () => {
  expect(rubbish).toHaveLength(40);
  const { pid } = system.node;
  const rounds: Round[] = [];
  for (let n = 0; n < ROUNDS; n++) {
    const before = await calm();
    const attack = sendRubbish(system.url, ann.token);
    rounds.push({ calm: before, busy: await ackTimes(chatting, conversationId, attack) });
    await attack;
  }
  expectUnfelt(rounds);
  expect([system.node.exit, system.node.pid]).toEqual([undefined, pid]);
  expect(system.node.log).not.toMatch(/uncaught|unhandled|"level":"(error|fatal)"/i);
  // Whoever sent rubbish may come back and talk sense.
  const again = await Client.connect(system.url, ann.token);
  await again.ok("conversation:list");
  again.close();
});
