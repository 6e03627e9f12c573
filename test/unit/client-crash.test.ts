/** A client that is killed between any two steps of a send: exactly one message, once it would survive the end. */
import { randomOf, SimClock } from "../support/sim/clock";
import { SimNetwork } from "../support/sim/network";
import { Person } from "../support/sim/person";
import { SimServer } from "../support/sim/server";

/** One send, killed at the `at`-th step of storage or server. @returns the step's name, or undefined when there was none */
async function killedAt(at: number): Promise<string | undefined> {
  const random = randomOf(7);
  const clock = new SimClock(random);
  const server = new SimServer([1, 2], () => clock.now());
  const net = new SimNetwork(clock, server, { delay: 20, loss: 0, doubles: 0 }, random);
  const person = new Person(1, net, clock, true);
  person.live();
  await clock.pass(5_000);
  let steps = 0;
  let name: string | undefined;
  const crossing = (what: string): void => {
    if (++steps !== at) return;
    name = what;
    person.die();
  };
  Object.assign(person, { crossing });
  net.crossing = crossing;
  person.say("once");
  const entry = person.sent[0];
  await clock.pass(5_000);
  const inStorage = [...person.kept.keys()].some((key) => key.startsWith("o/"));
  if (name === undefined) return undefined;
  Object.assign(person, { crossing: () => undefined });
  net.crossing = () => undefined;
  person.live();
  await clock.pass(60_000);
  const sent = server.messages.filter((m) => m.clientId === entry?.outgoing.clientId);
  const screen = await person.screen();
  // Before the first write has happened there is nothing that could survive.
  const expected = name === "before set o/" + entry?.outgoing.clientId && !inStorage ? 0 : 1;
  expect([name, sent.length, screen.length]).toEqual([name, expected, expected]);
  if (entry?.stored) expect(sent).toHaveLength(1);
  expect([...person.kept.keys()].filter((key) => key.startsWith("o/"))).toEqual([]);
  const heard = person.lives.flatMap((life) => life.heard);
  expect(new Set(heard).size).toBe(expected);
  await person.chat.close();
  return name;
}

test("killed at every step, it ends with exactly one message, shown once", async () => {
  const names: string[] = [];
  for (let at = 1; at < 200; at++) {
    const name = await killedAt(at);
    if (name === undefined) break;
    names.push(name.replace(/[0-9a-f]{20,}/, "*"));
  }
  // The steps that matter were met: kept, sent, known to the server, forgotten.
  for (const step of [
    "before set o/*",
    "after set o/*",
    "before message:send",
    "after message:send",
    "before delete o/*",
  ])
    expect(names).toContain(step);
});
