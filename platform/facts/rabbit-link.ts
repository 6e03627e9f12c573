/** One living connection to RabbitMQ: made whole, or not at all, and ended whole when any part of it dies. */
import { type Channel, type ChannelModel, type ConfirmChannel, connect, type Options } from "amqplib";
import { randomUUID } from "node:crypto";
import { fail } from "../../contracts/errors";

const CONFIRM_TIMEOUT = 5_000;
const CONNECT_TIMEOUT = 5_000;
/** Seconds. A broker that went without a word is noticed within twice that; the default takes two minutes. */
const HEARTBEAT = 5;

const withHeartbeat = (url: string): string => {
  const parsed = new URL(url);
  if (!parsed.searchParams.has("heartbeat")) parsed.searchParams.set("heartbeat", String(HEARTBEAT));
  return parsed.href;
};

export class RabbitLink {
  private readonly end = new AbortController();
  /** Aborted when the link is dead or closed. */
  readonly ended: AbortSignal = this.end.signal;
  private readonly declared = new Map<string, Promise<unknown>>();
  private readonly unroutable = new Set<string>();
  private readonly unconfirmed = new Set<(error: unknown) => void>();

  private constructor(
    private readonly connection: ChannelModel,
    private readonly publisher: ConfirmChannel,
  ) {}

  static async open(url: string, onDown: (why: string) => void): Promise<RabbitLink> {
    const connection = await connect(withHeartbeat(url), { noDelay: true, timeout: CONNECT_TIMEOUT });
    connection.on("error", () => undefined); // `close` follows and says why; unheard, it would end the process
    const link = new RabbitLink(connection, await connection.createConfirmChannel());
    link.ended.addEventListener("abort", () => onDown(String(link.ended.reason)));
    connection.on("close", (error?: Error) => link.fail(error?.message ?? "connection closed"));
    link.watch(link.publisher);
    link.publisher.on("return", (message: { properties: { messageId: string } }) =>
      link.unroutable.add(message.properties.messageId),
    );
    return link;
  }

  /** A channel of its own for one consumer, so that `prefetch` is its own, too. */
  async channel(): Promise<Channel> {
    const channel = await this.connection.createChannel();
    this.watch(channel);
    return channel;
  }

  /** A channel whose death concerns nobody else; closing it puts back what it took and did not acknowledge. */
  async aside<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await this.connection.createChannel();
    channel.on("error", () => undefined);
    try {
      return await work(channel);
    } finally {
      await channel.close().catch(() => undefined);
    }
  }

  /** An exchange nobody declared would kill the channel of whoever publishes to it first. */
  exchange(name: string): Promise<unknown> {
    let declared = this.declared.get(name);
    if (!declared) this.declared.set(name, (declared = this.publisher.assertExchange(name, "fanout")));
    return declared;
  }

  /** Resolves when RabbitMQ has it in a durable queue. @throws UNAVAILABLE */
  send(exchange: string, key: string, content: Buffer, options: Options.Publish = {}): Promise<void> {
    const messageId = options.messageId ?? randomUUID();
    return new Promise<void>((resolve, reject) => {
      const settle = (error?: unknown): void => {
        clearTimeout(timer);
        this.unconfirmed.delete(settle);
        if (this.unroutable.delete(messageId)) return reject(fail("UNAVAILABLE", "No queue takes this fact yet."));
        if (error) return reject(fail("UNAVAILABLE", "RabbitMQ did not take the fact."));
        resolve();
      };
      // A broker under memory or disk alarm confirms nothing and says nothing.
      const timer = setTimeout(() => settle("timeout"), CONFIRM_TIMEOUT);
      this.unconfirmed.add(settle);
      try {
        // `false` would only mean that the socket is busy: the frame is queued all the same.
        this.publisher.publish(
          exchange,
          key,
          content,
          { ...options, messageId, persistent: true, mandatory: true },
          settle,
        );
      } catch (error) {
        settle(error);
      }
    });
  }

  /** A dead channel takes the whole link with it: half a link looks alive and drops everything. */
  fail(why: string): void {
    if (this.ended.aborted) return;
    this.end.abort(why);
    for (const settle of this.unconfirmed) settle(why);
    this.connection.close().catch(() => undefined);
  }

  /** Says farewell properly; nothing is told to `onDown` but the end. */
  async close(): Promise<void> {
    this.end.abort("closed");
    await this.connection.close().catch(() => undefined);
  }

  private watch(channel: Channel): void {
    channel.on("error", (error: Error) => this.fail(error.message));
    channel.on("close", () => this.fail("channel closed"));
  }
}
