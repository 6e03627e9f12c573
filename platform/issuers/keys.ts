/** The keys of one issuer, kept: those that are known go on whatever its server does, and nobody waits long for others. */
import { setTimeout as sleep } from "node:timers/promises";
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { type LoggerInstance } from "moleculer";
import { fail } from "../../contracts/errors";
import { get } from "../outgoing";
import { KEYS_MS } from "../patience";
import { type Issuer } from "./config";

/** Known keys are looked at again after this, by nobody who waits. */
const FRESH = 600_000;
/** Whoever keeps the server from answering does not keep a withdrawn key alive for longer. */
const LONGEST = 86_400_000;
/** Between two looks, whatever keys tokens name. */
const BETWEEN = 10_000;
/** A slow server may still answer; nobody waits for it that long. */
const DEADLINE = 10_000;
const MOST_BYTES = 262_144;
const MOST_KEYS = 100;

type Remote = Extract<Issuer["source"], { url: string }>;
type Local = ReturnType<typeof createLocalJWKSet>;

const cannotTell = (): Error => fail("UNAVAILABLE", "The keys of this token's issuer can't be had at the moment.");
const noSuchKey = (error: unknown): boolean => error instanceof errors.JWKSNoMatchingKey;

function keySet(body: string): Local {
  const set = JSON.parse(body) as JSONWebKeySet;
  if (!Array.isArray(set.keys) || set.keys.length > MOST_KEYS) throw new Error("no list of at most 100 keys");
  return createLocalJWKSet(set);
}

export class RemoteKeys {
  private known: Local | undefined;
  private loadedAt = -Infinity;
  private triedAt = -Infinity;
  private loading: Promise<void> | undefined;
  private readonly stopped = new AbortController();

  constructor(
    private readonly source: Remote,
    private readonly logger: Pick<LoggerInstance, "warn">,
    private readonly now: () => number = () => performance.now(),
    private readonly patience = KEYS_MS,
  ) {}

  /** @throws UNAVAILABLE where it can't be told whether there is such a key; JWKSNoMatchingKey where there is none */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.now() - this.loadedAt > FRESH) void this.load();
    const known = await this.look(header, token);
    if (known) return known;
    await Promise.race([this.load(), sleep(this.patience, undefined, { ref: false })]);
    const found = await this.look(header, token);
    if (found) return found;
    if (this.loading || this.loadedAt < this.triedAt) throw cannotTell();
    throw new errors.JWKSNoMatchingKey();
  };

  /** Never rejects, and is at once where it was done a moment ago. */
  load(): Promise<void> {
    if (!this.loading && this.now() - this.triedAt >= BETWEEN && !this.stopped.signal.aborted) {
      this.triedAt = this.now();
      this.loading = this.fetch().finally(() => (this.loading = undefined));
    }
    return this.loading ?? Promise.resolve();
  }

  stop(): void {
    this.stopped.abort();
  }

  private async look(...asked: Parameters<JWTVerifyGetKey>): Promise<Awaited<ReturnType<Local>> | undefined> {
    if (!this.known || this.now() - this.loadedAt > LONGEST) return undefined;
    try {
      return await this.known(...asked);
    } catch (error) {
      if (noSuchKey(error)) return undefined;
      throw error;
    }
  }

  private async fetch(): Promise<void> {
    const { url, allowInward } = this.source;
    const { signal } = this.stopped;
    try {
      const headers = { accept: "application/json" };
      this.known = keySet(await get({ url, headers, allowInward, signal, deadline: DEADLINE }, MOST_BYTES));
      this.loadedAt = this.now();
    } catch (error) {
      if (!signal.aborted) this.logger.warn(`No keys from ${url}: ${(error as Error).message}`);
    }
  }
}
