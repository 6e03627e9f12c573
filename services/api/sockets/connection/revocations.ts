/**
 * Sessions and users that were cut although their tokens still verify. Told by events, and asked for now and then
 * because an event may be lost; kept for as long as such a token lives.
 */
import { type ServiceBroker } from "moleculer";
import { type Result } from "../../../../contracts/actions";
import { type Caller } from "../../../../contracts/caller";
import { type Payload } from "../../../../contracts/events";
import { envOf } from "../../../../platform/env";

/** What a token says that a revocation is compared with. */
export interface Holder {
  readonly caller: Caller;
  readonly issuedAt: number;
}
interface UserCut {
  readonly before: number;
  /** The one session that stays. */
  readonly except?: string;
}

/** Clocks of nodes differ, and an answer may miss what was written while it was made. */
const OVERLAP_MS = 10_000;

export class Revocations {
  private readonly sessions = new Map<string, number>();
  private readonly users = new Map<number, UserCut>();
  private asked: number;
  /** False until the first answer: of who was cut before this node started no event tells. */
  known = false;

  constructor(
    private readonly tokenLife: number,
    now = Date.now(),
  ) {
    this.asked = now - tokenLife;
  }

  isRevoked({ caller, issuedAt }: Holder): boolean {
    if (this.sessions.has(caller.sessionId)) return true;
    const cut = this.users.get(caller.userId);
    return cut !== undefined && issuedAt < cut.before && caller.sessionId !== cut.except;
  }

  /** One session, or all of a user's sessions but one. */
  revoke({ userId, sessionId, except, at }: Payload<"users.revoked">): void {
    const time = Date.parse(at);
    if (sessionId !== undefined) this.sessions.set(sessionId, time);
    else this.cutUser(userId, { before: time, ...(except === undefined ? {} : { except }) });
  }

  /** From when on to ask for revocations. */
  get since(): string {
    return new Date(this.asked - OVERLAP_MS).toISOString();
  }

  learn({ at, sessions, users }: Result<"users.revocations">): void {
    for (const [id, time] of Object.entries(sessions)) this.sessions.set(id, Date.parse(time));
    for (const [id, time] of Object.entries(users)) this.cutUser(Number(id), { before: Date.parse(time) });
    this.asked = Date.parse(at);
    this.known = true;
    this.forget(this.asked);
  }

  private cutUser(userId: number, cut: UserCut): void {
    const known = this.users.get(userId);
    // The same cut, read again from the database, does not say whom it spared.
    if (!known || cut.before > known.before) this.users.set(userId, cut);
  }

  /** What is older than any token that can still verify. */
  private forget(now: number): void {
    const limit = now - this.tokenLife - OVERLAP_MS;
    for (const [id, at] of this.sessions) if (at < limit) this.sessions.delete(id);
    for (const [id, cut] of this.users) if (cut.before < limit) this.users.delete(id);
  }
}

const ofBroker = new WeakMap<ServiceBroker, Revocations>();

export function revocationsOf(broker: ServiceBroker): Revocations {
  const known = ofBroker.get(broker) ?? new Revocations(envOf(broker).JWT_ACCESS_TTL);
  ofBroker.set(broker, known);
  return known;
}
