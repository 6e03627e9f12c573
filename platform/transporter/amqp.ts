/**
 * Moleculer over RabbitMQ, made for a chat: no waiting for acknowledgements, a dead peer found within a second, and
 * back by itself after every kind of broker trouble. Packets are at most once; what must not be lost is in the store.
 */
import { type Channel, connect, type ConsumeMessage, type Message, type Options } from "amqplib";
import { Errors, type LoggerInstance, type ServiceBroker, Transporters } from "moleculer";
import { setTimeout as sleep } from "node:timers/promises";
import { Bundles, pack, unpack } from "./bundles";
import { framed, Frames } from "./frames";
import { CALLERS_WAIT, isTerse, type Packet, type Spoken, TYPES } from "./packets";
import { PeerWatch } from "./peer-watch";

type Connection = Awaited<ReturnType<typeof connect>>;
interface Link {
  readonly connection: Connection;
  readonly channel: Channel;
  readonly consumed: Set<string>;
}
/** The parts of Moleculer's transit that its type file leaves out or words too narrowly. */
interface Transit {
  makeSubscriptions(): Promise<unknown>;
  removePendingRequestByNodeID(nodeID: string): void;
  sendPing(nodeID: string): Promise<void>;
  discoverNode(nodeID: string): Promise<void>;
}
interface Node {
  readonly id: string;
  readonly local: boolean;
  readonly available: boolean;
  readonly metadata?: Spoken;
}
interface Nodes {
  get(id: string): Node | undefined;
  toArray(): Node[];
  disconnected(id: string, unexpected: boolean): void;
}

const PROBE_MS = 500;
const RETRY_MS = 1_000;
const CONNECT_MS = 5_000;
/** Seconds; two missed ones end the connection. RabbitMQ's own default of 60 leaves a half-open one for minutes. */
const HEARTBEAT_S = 10;
/** No caller waits longer than the request timeout: what a hung node has not taken by then is of no use. */
const PACKET_TTL_MS = 10_000;
/** What may wait in this process for a bus that reads too slowly; beyond it callers hear UNAVAILABLE. */
const MAX_BACKLOG = 64 * 2 ** 20;
const CLOSE_MS = 1_000;
/** Answers and farewells wait in queues of their own, and nobody waits for an answer after a farewell. */
const LAST_WORDS_MS = 20;
/** After an outage all nodes come back within this; until then a missing queue does not mean a dead peer. */
const GRACE_MS = 3_000;

/**
 * Gone with its connection, so that a packet for a dead node is returned at once; and never shared with another
 * process that was given the same NODE_ID.
 */
const QUEUE: Options.AssertQueue = { exclusive: true, autoDelete: true, durable: false, messageTtl: PACKET_TTL_MS };
/** Packets whose sender or receiver counts on an answer: that their queue is gone means that the peer is. */
const TARGETED = new Set(["REQ", "RES", "EVENT", "PING"]);
/** What there are many of; all others leave at once. */
const BUNDLED = new Set(["REQ", "RES", "EVENT"]);
/** Say, as the type of a message, that it holds several packets of one type, and packets each with its type. */
const BUNDLE = "bundle";
const FRAMES = "frames";

const disconnected = (): Error =>
  new Errors.MoleculerRetryableError("The bus takes no messages at the moment.", 503, "BROKER_DISCONNECTED", undefined);

const withHeartbeat = (raw: string): string => {
  const url = new URL(raw);
  if (!url.searchParams.has("heartbeat")) url.searchParams.set("heartbeat", String(HEARTBEAT_S));
  return url.href;
};

export class AmqpTransporter extends Transporters.Base {
  declare broker: ServiceBroker;
  declare logger: LoggerInstance;
  declare transit: Transit;
  declare nodeID: string;
  declare prefix: string;
  declare connected: boolean;
  declare receive: (packetType: string, data: Buffer) => Promise<void>;
  declare getTopicName: (packetType: string, nodeID?: string) => string;
  declare onConnected: (wasReconnect: boolean) => Promise<void>;

  private readonly urls: readonly string[];
  private readonly watch = new PeerWatch(PROBE_MS);
  private link: Link | undefined;
  private probe: NodeJS.Timeout | undefined;
  private attempts = 0;
  private wasConnected = false;
  private connecting = false;
  private stopped = false;
  private graceUntil = 0;
  /** Bytes given to amqplib since it last said that its buffer is full. */
  private backlog = 0;
  /** For nodes of this version: all that leaves for one of them, in its order. */
  private readonly frames = new Bundles((topic, packets) => this.try(topic, Buffer.concat(packets), FRAMES));
  /** For those of earlier ones. */
  private readonly bundles = new Bundles((topic, packets) => {
    if (packets.length > 1) this.try(topic, pack(packets), BUNDLE);
    else for (const packet of packets) this.try(topic, packet);
  });

  /** @param url of the bus; several, separated by `;`, are tried in turn */
  constructor(url: string) {
    super({});
    this.urls = url.split(";").filter(Boolean).map(withHeartbeat);
  }

  /** Resolves when connected, however long that takes; later losses are mended without anyone's asking. */
  override async connect(): Promise<void> {
    this.stopped = false;
    this.connecting = true;
    this.startProbe();
    for (let failures = 0; this.connecting && !this.stopped; failures++) {
      try {
        await this.open();
        this.connecting = false;
      } catch (error) {
        if (failures % 10 === 0) this.explain(error);
        await sleep(RETRY_MS * (0.5 + Math.random())); // not all nodes at once
      }
    }
  }

  override async disconnect(): Promise<void> {
    this.stopped = true;
    this.stopProbe();
    this.flush();
    const { link } = this;
    this.link = undefined;
    this.connected = false;
    this.wasConnected = false;
    if (!link) return;
    // The farewell packet is flushed by the closing handshake; a bus that doesn't read must not hold up the exit.
    const closing = link.channel.close().then(() => link.connection.close());
    await Promise.race([closing, sleep(CLOSE_MS, undefined, { ref: false })]).catch(() => undefined);
    this.sever(link.connection);
  }

  override async subscribe(packetType: string, nodeID?: string): Promise<void> {
    if (!this.link) throw disconnected();
    const { channel, consumed } = this.link;
    const queue = `${this.prefix}.${packetType}.${nodeID ?? this.nodeID}`;
    await channel.assertQueue(queue, QUEUE);
    if (nodeID === undefined) {
      const exchange = this.getTopicName(packetType);
      await channel.assertExchange(exchange, "fanout", { durable: true });
      await channel.bindQueue(queue, exchange, "");
    }
    if (consumed.has(queue)) return; // it takes both what is for this node and what is for all
    consumed.add(queue);
    const take = (message: ConsumeMessage | null): void => {
      if (message) this.take(packetType, message);
      else this.sever(this.link?.connection); // the broker cancelled the consumer: start afresh
    };
    await channel.consume(queue, take, { noAck: true });
  }

  private take(packetType: string, { content, properties }: ConsumeMessage): void {
    const form: unknown = properties.type;
    if (form !== BUNDLE && form !== FRAMES) return void this.receive(packetType, content);
    try {
      if (form === FRAMES)
        for (const { type, data } of new Frames().take(content)) void this.receive(TYPES[type] ?? "", data);
      else for (const packet of unpack(content)) void this.receive(packetType, packet);
    } catch (error) {
      this.logger.warn(`A bundle of packets could not be read to its end: ${String(error)}`);
    }
  }

  override send(topic: string, data: Buffer, { packet }: { packet: Packet }): Promise<void> {
    const { type, target } = packet;
    if (!this.link || this.backlog + this.bundles.bytes + this.frames.bytes > MAX_BACKLOG) return this.refuse(packet);
    const peer = target && BUNDLED.has(type) ? this.nodes.get(target) : undefined;
    if (peer?.metadata?.bundles) {
      // All of them through the queue that its requests have, for between two queues there is no order.
      if (isTerse(peer)) this.frames.add(this.getTopicName("REQ", peer.id), framed(TYPES.indexOf(type), data));
      else this.bundles.add(topic, data);
      return Promise.resolve();
    }
    this.flush();
    return type === "DISCONNECT"
      ? sleep(LAST_WORDS_MS).then(() => this.leave(topic, data, packet))
      : this.leave(topic, data, packet);
  }

  private leave(topic: string, data: Buffer, packet: Packet): Promise<void> {
    try {
      if (packet.target) this.put(topic, data);
      else if (this.link) this.count(this.link.channel.publish(topic, "", data), data);
      return Promise.resolve();
    } catch {
      return this.refuse(packet); // amqplib throws on a channel that is closing
    }
  }

  private flush(): void {
    this.bundles.flush();
    this.frames.flush();
  }

  private try(topic: string, data: Buffer, form?: string): void {
    try {
      this.put(topic, data, form);
    } catch {
      // The channel is closing, and whoever waits for an answer hears so when it is closed.
    }
  }

  private put(topic: string, data: Buffer, form?: string): void {
    if (!this.link) return;
    const options = { mandatory: true, ...(form === undefined ? {} : { type: form }) };
    this.count(this.link.channel.sendToQueue(topic, data, options), data);
  }

  private count(accepted: boolean, { length }: Buffer): void {
    if (!accepted || this.backlog > 0) this.backlog += length;
  }

  private refuse(packet: Packet): Promise<void> {
    return CALLERS_WAIT.has(packet.type) ? Promise.reject(disconnected()) : Promise.resolve();
  }

  private get nodes(): Nodes {
    return this.broker.registry.nodes as Nodes;
  }

  private async open(): Promise<void> {
    const url = this.urls[this.attempts++ % this.urls.length] ?? "";
    const connection = await connect(url, { noDelay: true, keepAlive: true, timeout: CONNECT_MS });
    connection.on("error", (error: Error) => this.logger.warn(`The connection to RabbitMQ failed: ${error.message}`));
    connection.on("close", () => this.lost(connection));
    connection.on("blocked", (reason: string) => this.pause(`RabbitMQ takes no messages: ${reason}`));
    connection.on("unblocked", () => this.resume());
    try {
      const channel = await connection.createChannel();
      channel.on("error", (error: Error) => this.logger.warn(`RabbitMQ closed the channel: ${error.message}`));
      channel.on("close", () => this.sever(connection)); // else we would stay connected and deaf
      channel.on("return", (message: Message) => this.returned(message));
      channel.on("drain", () => (this.backlog = 0));
      this.backlog = 0;
      this.link = { connection, channel, consumed: new Set() };
      if (this.wasConnected) {
        await this.transit.makeSubscriptions();
        this.graceUntil = performance.now() + GRACE_MS;
      }
      await this.onConnected(this.wasConnected);
      if (this.link?.connection !== connection) throw new Error("lost again at once");
      this.wasConnected = true;
      this.logger.info("Connected to RabbitMQ.");
    } catch (error) {
      this.link = undefined;
      this.connected = false;
      this.sever(connection);
      throw error;
    }
  }

  private lost(connection: Connection): void {
    if (this.link?.connection !== connection) return;
    this.link = undefined;
    this.bundles.clear();
    this.frames.clear();
    if (this.stopped) return;
    this.pause("The connection to RabbitMQ is lost.");
    if (!this.connecting) void this.connect();
  }

  /** Nobody waits for answers that can't come; peers stay known, for a silent bus says nothing about them. */
  private pause(why: string): void {
    this.connected = false;
    this.logger.warn(why);
    void this.broker.broadcastLocal("$transporter.disconnected", { graceFul: false });
    for (const node of this.nodes.toArray()) this.transit.removePendingRequestByNodeID(node.id);
  }

  private resume(): void {
    if (!this.link || this.stopped) return;
    this.logger.info("RabbitMQ takes messages again.");
    this.graceUntil = performance.now() + GRACE_MS;
    this.onConnected(true).catch((error: Error) => this.logger.error(error));
  }

  /** Ends a connection without the closing handshake, which a broken one never completes. */
  private sever(connection: Connection | undefined): void {
    (connection as { connection?: { stream?: { destroy(): void } } } | undefined)?.connection?.stream?.destroy();
  }

  private startProbe(): void {
    if (this.probe) return;
    this.broker.localBus.on("$node.pong", this.heard);
    this.probe = setInterval(() => this.look(), PROBE_MS).unref();
  }

  private stopProbe(): void {
    this.broker.localBus.off("$node.pong", this.heard);
    clearInterval(this.probe);
    this.probe = undefined;
  }

  private readonly heard = ({ nodeID }: { nodeID: string }): void => {
    this.watch.heardFrom(nodeID);
    if (this.nodes.get(nodeID)?.available === false) void this.transit.discoverNode(nodeID); // it was only stalled
  };

  private look(): void {
    const peers = this.connected ? this.nodes.toArray().filter((node) => !node.local && node.available) : [];
    const { ping, silent } = this.watch.tick(
      performance.now(),
      peers.map((node) => node.id),
    );
    for (const id of silent) this.down(id, "does not answer");
    for (const id of ping) this.transit.sendPing(id).catch(() => undefined); // transit has logged it
  }

  /** The bus had no queue for this packet. */
  private returned({ fields }: Message): void {
    const [packetType = "", ...rest] = fields.routingKey.slice(this.prefix.length + 1).split(".");
    const id = rest.join(".");
    if (fields.routingKey.startsWith(`${this.prefix}.`) && TARGETED.has(packetType)) this.down(id, "is gone");
  }

  private down(id: string, why: string): void {
    if (this.nodes.get(id)?.available && performance.now() > this.graceUntil) {
      this.logger.warn(`Node ${id} ${why}.`);
      this.nodes.disconnected(id, true);
    } else this.transit.removePendingRequestByNodeID(id);
  }

  private explain(error: unknown): void {
    const { code, message } = error as NodeJS.ErrnoException;
    const hosts = this.urls.map((url) => new URL(url).host).join(", ");
    const why = /RESOURCE.LOCKED/.test(message) ? `NODE_ID ${this.nodeID} is in use` : message || (code ?? "no answer");
    this.logger.warn(`Waiting for RabbitMQ at ${hosts}: ${why}`);
  }
}
