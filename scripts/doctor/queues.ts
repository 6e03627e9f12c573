/** The queues of durable facts: has each somebody who takes from it, does it grow, and what died in it. */
import { setTimeout as sleep } from "node:timers/promises";
import { type ChannelModel } from "amqplib";
import { doubtful, fine, type Finding, wrong } from "./finding";

/** What the notifications service takes; of each there is a queue, and one for what could not be digested. */
export const takenFacts = [
  "message.created",
  "message.changed",
  "group_invite.created",
  "reminder.due",
  "system.broadcast",
] as const;
const BETWEEN_MS = 2_000;
/** As many wait for a moment in a burst. */
const BURST = 1_000;
/** So many are late by minutes, whether they become more or not. */
const MANY = 50_000;

export interface Queue {
  readonly messageCount: number;
  readonly consumerCount: number;
}
/** By their names; none where there is no such queue. */
export type Queues = ReadonlyMap<string, Queue | undefined>;

export const namesOf = (namespace: string): string[] =>
  takenFacts.flatMap((fact) => [`${namespace}.${fact}.notifications`, `${namespace}.${fact}.notifications.dead`]);

/** Asking for one that is not there ends the channel. */
async function look(link: ChannelModel, name: string): Promise<Queue | undefined> {
  const channel = await link.createChannel();
  channel.on("error", () => undefined);
  try {
    return await channel.checkQueue(name);
  } catch (error) {
    if ((error as { code?: number }).code === 404) return undefined;
    throw error;
  } finally {
    await channel.close().catch(() => undefined);
  }
}

async function lookAt(link: ChannelModel, names: readonly string[]): Promise<Queues> {
  const found = new Map<string, Queue | undefined>();
  for (const name of names) found.set(name, await look(link, name));
  return found;
}

/** @param later the same queues a moment later */
export function* inQueues(first: Queues, later: Queues): Generator<Finding> {
  const all = [...first];
  const missing = all.filter(([, queue]) => !queue).map(([name]) => name);
  if (missing.length === all.length) {
    yield fine("RabbitMQ: no queues of facts yet, made at the first start");
    return;
  }
  if (missing.length)
    yield doubtful(`queues are missing: ${missing.join(", ")}`, "start a node with notifications, which makes them");
  for (const [name, queue] of all) {
    if (!queue) continue;
    const { messageCount: now = 0 } = later.get(name) ?? queue;
    if (name.endsWith(".dead")) {
      if (now > 0)
        yield doubtful(
          `${now} facts died in ${name}`,
          "npm run chat -- dead-letters shows why; replay hands them back",
        );
    } else if (queue.consumerCount === 0)
      yield now > 0
        ? wrong(`nobody takes from ${name}, and ${now} facts wait in it`, "start a node with notifications")
        : doubtful(`nobody takes from ${name}`, "start a node with notifications");
    else if (now > MANY || (now > BURST && now > queue.messageCount))
      yield doubtful(
        `${now} facts wait in ${name}${now > queue.messageCount ? ", and it grows" : ""}`,
        "start another node with notifications, and see that the stores are quick",
      );
  }
}

export async function* queues(link: ChannelModel, namespace: string): AsyncGenerator<Finding> {
  const names = namesOf(namespace);
  const first = await lookAt(link, names);
  const isLong = [...first.values()].some((queue) => (queue?.messageCount ?? 0) > BURST);
  if (isLong) await sleep(BETWEEN_MS);
  yield* inQueues(first, isLong ? await lookAt(link, names) : first);
}
