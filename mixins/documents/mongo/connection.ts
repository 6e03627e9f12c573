/** One connection to MongoDB per broker, made by the first service that needs it and closed by the last one. */
import { setTimeout as wait } from "node:timers/promises";
import { type ServiceBroker } from "moleculer";
import { type Connection, type ConnectOptions, createConnection } from "mongoose";
import { STORE_MS } from "../../../platform/patience";
import { isDown } from "./trouble";

const RETRY = 1_000;

/** The server named by the address, without the password in it. */
export const serverOf = (uri: string): string =>
  uri.replace(/^(mongodb(?:\+srv)?:\/\/)(?:[^@/]*@)?([^/?]*).*$/, "$1$2");
const namesDatabase = (uri: string): boolean => /^mongodb(\+srv)?:\/\/[^/]+\/[^?]/.test(uri);

/** Where on which server. */
export interface Place {
  readonly uri: string;
  /** Over the one that the address names. */
  readonly database: string | undefined;
}

const options = ({ uri, database }: Place): ConnectOptions => ({
  ...(database === undefined && namesDatabase(uri) ? {} : { dbName: database ?? "chat" }),
  serverSelectionTimeoutMS: 3_000,
  connectTimeoutMS: 3_000,
  waitQueueTimeoutMS: STORE_MS, // what nobody waits for any more is not asked
  heartbeatFrequencyMS: 2_000,
  bufferCommands: false,
  autoIndex: false,
  autoCreate: false,
  ignoreUndefined: true,
});

/** A connection of a command's own. @throws where the server can't be reached */
export const connectOnce = (place: Place): Promise<Connection> =>
  createConnection(place.uri, options(place)).asPromise();

export class SharedConnection {
  readonly connection: Connection = createConnection();
  users = 0;
  /** FerretDB finds first and writes then: of two updates of one document at once one is lost. */
  tears = false;
  private opening: Promise<void> | undefined;

  constructor(
    private readonly broker: ServiceBroker,
    private readonly place: Place,
  ) {
    const { logger } = broker;
    this.connection.on("disconnected", () => {
      if (this.users > 0) logger.warn("MongoDB is gone; what needs it answers UNAVAILABLE until it is back.");
    });
    this.connection.on("reconnected", () => logger.info("MongoDB is back."));
    this.connection.on("error", (error: Error) => logger.warn(`MongoDB: ${error.message}`));
  }

  opened(): Promise<void> {
    return (this.opening ??= this.patiently(() => this.open()));
  }

  /** What a start needs: a database that is down, or goes meanwhile, is waited for, not crashed over. */
  async patiently(work: () => Promise<void>): Promise<void> {
    while (this.users > 0) {
      try {
        return await work();
      } catch (error) {
        if (!isDown(error)) throw error;
        this.broker.logger.warn(`Waiting for MongoDB at ${serverOf(this.place.uri)}, which can't be reached.`);
        await wait(RETRY);
      }
    }
    throw new Error("stopped while waiting for MongoDB");
  }

  private async open(): Promise<void> {
    await this.connection.openUri(this.place.uri, options(this.place));
    const about = (await this.connection.db?.command({ buildInfo: 1 })) ?? {};
    this.tears = Object.keys(about).some((key) => key.toLowerCase().startsWith("ferretdb"));
  }
}

const connections = new WeakMap<ServiceBroker, SharedConnection>();

export function acquire(broker: ServiceBroker, place: Place): SharedConnection {
  const shared = connections.get(broker) ?? new SharedConnection(broker, place);
  connections.set(broker, shared);
  shared.users++;
  return shared;
}

export async function release(broker: ServiceBroker): Promise<void> {
  const shared = connections.get(broker);
  if (!shared || --shared.users > 0) return;
  connections.delete(broker);
  await shared.connection.close();
}
