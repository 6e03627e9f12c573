/** Durable facts over RabbitMQ: confirmed when published, acknowledged when digested, dead letters kept per consumer. */
import { type Channel, type ConsumeMessage, type GetMessage } from "amqplib";
import { setTimeout as sleep } from "node:timers/promises";
import { fail } from "../../contracts/errors";
import { type Consumer, type DeadLetter, FactsAdapter } from "./adapter";
import { RabbitLink } from "./rabbit-link";
import { type GivenUp } from "./retry";

const RECONNECT_DELAYS = [100, 250, 500, 1_000, 2_000];
/** How long a fact published while the first connection is still being made waits for it. */
const FIRST_CONNECT = 5_000;

type DeadHeaders = Pick<DeadLetter, "error" | "attempts" | "diedAt">;
interface Open {
  readonly channel: Channel;
  readonly consumerTag: string;
}

/**
 * Takes the place of the AMQP adapter of @moleculer/channels, whose publishing is unconfirmed, whose consumers die
 * with a connection and whose dead letters mix and vanish. Queues: `<exchange>.<group>` and `<exchange>.<group>.dead`.
 */
export class RabbitFacts extends FactsAdapter {
  private link: RabbitLink | undefined;
  private connecting: Promise<void> | undefined;
  private readonly consumers = new Map<string, Consumer>();
  private readonly opened = new Map<string, Open>();

  constructor(private readonly url: string) {
    super();
  }

  override connect(): Promise<void> {
    return (this.connecting ??= this.connectAtLast());
  }

  override async disconnect(): Promise<void> {
    this.stopping = true;
    await this.link?.close();
  }

  override async deadLetters(limit: number): Promise<DeadLetter[]> {
    const found: DeadLetter[] = [];
    for (const consumer of this.consumers.values())
      await this.living().aside((channel) =>
        this.eachDead(channel, consumer, limit - found.length, (message) => {
          found.push(this.letterOf(consumer, message));
          return Promise.resolve(); // unacknowledged: it goes back when the channel closes
        }),
      );
    return found;
  }

  override async replay(ids: readonly string[] | undefined, limit: number): Promise<number> {
    let replayed = 0;
    const link = this.living();
    for (const consumer of this.consumers.values())
      await link.aside((channel) =>
        this.eachDead(channel, consumer, limit - replayed, async (message) => {
          const { messageId } = message.properties as { messageId: string };
          if (ids && !ids.includes(messageId)) return;
          await link.send("", this.queueOf(consumer), message.content, { messageId });
          channel.ack(message);
          replayed++;
        }),
      );
    return replayed;
  }

  protected override async carry(exchange: string, payload: unknown, trace: string | undefined): Promise<void> {
    if (!this.link && !this.connected) await this.firstLink();
    const link = this.living();
    await link.exchange(exchange).catch(() => Promise.reject(fail("UNAVAILABLE", "RabbitMQ did not answer.")));
    const options = trace === undefined ? {} : { headers: { trace } };
    await link.send(exchange, "", this.serializer.serialize(payload as object, "channel"), options);
  }

  protected override async open(consumer: Consumer): Promise<void> {
    this.consumers.set(consumer.id, consumer);
    // Without a link, or when it dies meanwhile, the next one opens all consumers.
    if (this.link) await this.openOn(this.link, consumer).catch((error: Error) => this.link?.fail(error.message));
  }

  protected override async shut(consumer: Consumer): Promise<void> {
    const open = this.opened.get(consumer.id);
    this.consumers.delete(consumer.id);
    this.opened.delete(consumer.id);
    if (open && this.link) await open.channel.cancel(open.consumerTag).catch(() => undefined);
  }

  private queueOf(consumer: Consumer): string {
    return `${this.exchangeOf(consumer)}.${consumer.group}`;
  }

  private living(): RabbitLink {
    if (!this.link) throw fail("UNAVAILABLE", "RabbitMQ can't be reached.");
    return this.link;
  }

  private async firstLink(): Promise<void> {
    const enough = new AbortController();
    const tooLong = sleep(FIRST_CONNECT, undefined, { signal: enough.signal }).catch(() => undefined);
    await Promise.race([this.connect(), tooLong]);
    enough.abort();
  }

  private async connectAtLast(): Promise<void> {
    for (let tries = 0; !this.stopping; tries++) {
      try {
        await this.connectOnce();
        return;
      } catch (error) {
        const wait = RECONNECT_DELAYS[Math.min(tries, RECONNECT_DELAYS.length - 1)] ?? 0;
        this.logger.warn(`RabbitMQ can't be reached (${String(error)}); trying again in ${wait} ms.`);
        await sleep(wait);
      }
    }
  }

  private async connectOnce(): Promise<void> {
    const link = await RabbitLink.open(this.url, (why) => this.onDown(link, why));
    try {
      for (const consumer of this.consumers.values()) await this.openOn(link, consumer);
    } catch (error) {
      await link.close();
      throw error;
    }
    if (this.stopping) return link.close();
    this.link = link;
    this.connected = true;
    // What subscribed while the consumers above were being opened.
    for (const consumer of this.consumers.values())
      if (!this.opened.has(consumer.id)) await this.openOn(link, consumer);
    this.logger.info("Durable facts: connected to RabbitMQ.");
  }

  private onDown(link: RabbitLink, why: string): void {
    if (this.link !== link) return;
    this.link = undefined;
    this.opened.clear();
    this.letGo();
    if (this.stopping) return;
    this.logger.warn(`RabbitMQ is gone (${why}); facts wait in their outbox.`);
    this.connecting = this.connectAtLast();
  }

  private async openOn(link: RabbitLink, consumer: Consumer): Promise<void> {
    const channel = await link.channel();
    const queue = this.queueOf(consumer);
    await channel.assertExchange(this.exchangeOf(consumer), "fanout");
    await channel.assertQueue(queue);
    await channel.assertQueue(`${queue}.dead`);
    await channel.bindQueue(queue, this.exchangeOf(consumer), "");
    await channel.prefetch(consumer.maxInFlight);
    const { consumerTag } = await channel.consume(queue, (message) => {
      if (message) void this.take(link, channel, consumer, message);
      else link.fail("the broker ended a consumer"); // its queue was deleted: the next link declares it anew
    });
    this.opened.set(consumer.id, { channel, consumerTag });
  }

  private async take(link: RabbitLink, channel: Channel, consumer: Consumer, message: ConsumeMessage): Promise<void> {
    const settle = async (givenUp: GivenUp | undefined): Promise<void> => {
      if (givenUp) await this.bury(link, consumer, message, givenUp);
      if (!link.ended.aborted) channel.ack(message); // on a dead link the broker delivers it again
    };
    try {
      const payload: unknown = this.serializer.deserialize(message.content, "channel");
      const { trace } = (message.properties.headers ?? {}) as { trace?: unknown };
      await this.digest(consumer, payload, typeof trace === "string" ? trace : undefined, settle);
    } catch (error) {
      if (link.ended.aborted) return;
      if (error instanceof SyntaxError) await settle({ error: error.message, attempts: 1 }).catch(() => undefined);
      else channel.nack(message);
    }
  }

  private bury(link: RabbitLink, consumer: Consumer, message: ConsumeMessage, givenUp: GivenUp): Promise<void> {
    const { messageId } = message.properties as { messageId?: string };
    const headers = {
      error: givenUp.error.slice(0, 500),
      attempts: givenUp.attempts,
      diedAt: new Date().toISOString(),
    };
    return link.send("", `${this.queueOf(consumer)}.dead`, message.content, {
      headers,
      ...(messageId === undefined ? {} : { messageId }),
    });
  }

  private async eachDead(
    channel: Channel,
    consumer: Consumer,
    limit: number,
    visit: (message: GetMessage) => Promise<void>,
  ): Promise<void> {
    for (let n = 0; n < limit; n++) {
      const message = await channel.get(`${this.queueOf(consumer)}.dead`);
      if (!message) return;
      await visit(message);
    }
  }

  private letterOf({ fact, group }: Consumer, { properties, content }: GetMessage): DeadLetter {
    const { error, attempts, diedAt } = properties.headers as unknown as DeadHeaders;
    const payload = this.readable(content);
    return { id: String(properties.messageId), fact, group, error, attempts, diedAt, payload };
  }

  private readable(content: Buffer): unknown {
    try {
      return this.serializer.deserialize(content, "channel");
    } catch {
      return content.toString("utf8"); // what made it a dead letter may be that it is no JSON
    }
  }
}
