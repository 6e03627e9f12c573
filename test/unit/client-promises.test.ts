/** The client's promises in a simulated world, against a model of the server: whatever happens, in whatever order. */
import fc from "fast-check";
import { type TimelineMessage } from "../../client/src";
import { randomOf, SimClock } from "../support/sim/clock";
import { SimNetwork } from "../support/sim/network";
import { Person } from "../support/sim/person";
import { SimServer } from "../support/sim/server";

type Step =
  | { readonly do: "say"; readonly who: number }
  | { readonly do: "edit" | "delete" | "react" | "unreact"; readonly who: number; readonly which: number }
  | { readonly do: "cut" | "kill" | "read" | "storage"; readonly who: number }
  | { readonly do: "server" }
  | { readonly do: "wait"; readonly ms: number };

const PEOPLE = 3;
const who = fc.nat(PEOPLE - 1);
const which = fc.nat(1000);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("say" as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("edit", "delete", "react", "unreact"), who, which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("cut", "kill", "read", "storage"), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("server" as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(3_000) }) },
);
const weather = fc.record({
  delay: fc.constantFrom(1, 200, 3_000),
  loss: fc.constantFrom(0, 0, 0.1),
  doubles: fc.constantFrom(0, 0.2),
});

interface World {
  readonly clock: SimClock;
  readonly server: SimServer;
  readonly net: SimNetwork;
  readonly people: Person[];
}

function worldOf(seed: number, sky: { delay: number; loss: number; doubles: number }): World {
  const random = randomOf(seed);
  const clock = new SimClock(random);
  const ids = [...Array(PEOPLE).keys()].map((i) => i + 1);
  const server = new SimServer(ids, () => clock.now());
  const net = new SimNetwork(clock, server, { ...sky }, random);
  const people = ids.map((id) => new Person(id, net, clock, id % 2 === 0));
  return { clock, server, net, people };
}

let said = 0;
async function take({ clock, server, net, people }: World, s: Step): Promise<void> {
  const person = "who" in s ? people[s.who] : undefined;
  switch (s.do) {
    case "wait":
      return clock.pass(s.ms);
    case "server":
      net.reachable = !net.reachable;
      return net.reachable ? undefined : net.cutAll();
    case "say":
      return person?.say(`words ${++said}`);
    case "cut":
      return person && net.cut(person.userId);
    case "read":
      return person?.chat.conversation(server.view(1)._id)?.read();
    case "storage":
      if (person) person.storageFails = !person.storageFails;
      return;
    case "kill":
      person?.die();
      return person?.live();
    default: {
      const message = server.messages[s.which % Math.max(1, server.messages.length)];
      const own = message && people[message.sender_id - 1];
      const conversation = (s.do === "edit" || s.do === "delete" ? own : person)?.chat.conversation(server.view(1)._id);
      if (!message || !conversation) return;
      const done: Promise<unknown> =
        s.do === "edit"
          ? conversation.edit(message, `${message.content}!`)
          : s.do === "delete"
            ? conversation.delete(message)
            : conversation[s.do](message, "👍");
      done.catch(() => undefined); // refused, or the connection failed: nothing is promised of it
    }
  }
}

const essence = ({ seq, version, content, reactions, deleted_at }: any): unknown => ({
  seq,
  version,
  content,
  deleted: deleted_at !== null,
  reactions: Object.fromEntries(Object.entries(reactions).map(([k, users]) => [k, [...(users as number[])].sort()])),
});
/** Reactions are told without a version: what is shown is the same, its number may be one that was. */
const shownAs = (message: any): unknown => ({ ...(essence(message) as object), version: undefined });

/** In each life without a hole; a new life begins at most where the last one stood, if it could read where that was. */
function expectOnceInOrder(person: Person, last: number): void {
  let known: number | undefined;
  for (const { heard, forgot } of person.lives) {
    const [first] = heard;
    if (first === undefined) continue;
    expect(heard).toEqual(heard.map((_seq, i) => first + i));
    if (known !== undefined && !forgot) expect(first).toBeLessThanOrEqual(known + 1);
    known = Math.max(known ?? 0, heard.at(-1) ?? 0);
  }
  if (known !== undefined) expect(known).toBe(last);
}

async function run(seed: number, sky: { delay: number; loss: number; doubles: number }, steps: readonly Step[]) {
  const world = worldOf(seed, sky);
  const { clock, server, net, people } = world;
  for (const person of people) person.live();
  await clock.pass(15_000);
  for (const s of steps) await take(world, s);
  // The weather clears.
  net.reachable = true;
  Object.assign(net.weather, { delay: 1, loss: 0, doubles: 0 });
  for (const person of people) person.storageFails = false;
  await clock.pass(15 * 60_000);
  const { messages } = server;
  for (const person of people) {
    expect(person.chat.state).toBe("online");
    const screen = await person.screen();
    expect(screen.filter((m: TimelineMessage) => m.state !== "sent")).toEqual([]);
    expect(screen.map(shownAs)).toEqual(messages.map(shownAs));
    expectOnceInOrder(person, messages.length);
    for (const { content, outgoing, stored } of person.sent) {
      const times = messages.filter((m) => m.clientId === outgoing.clientId);
      expect(times.length).toBeLessThanOrEqual(1);
      if (stored) expect([content, times.length]).toEqual([content, 1]);
    }
    expect([...person.kept.keys()].filter((key) => key.startsWith("o/"))).toEqual([]);
    await person.chat.close();
  }
}

test("every message once and in order, on the screen and in the feed, whatever happens", async () => {
  await fc.assert(fc.asyncProperty(fc.nat(2 ** 31), weather, fc.array(step, { maxLength: 60 }), run), {
    numRuns: Number(process.env.CLIENT_RUNS ?? 40),
    interruptAfterTimeLimit: 20_000,
  });
});
