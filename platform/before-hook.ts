/**
 * Asks the product before something is said or made (HOOK_BEFORE_SEND: a URL, or an action). It has 1.5 s for all of it;
 * what it does not answer in time, or not as agreed, is decided by HOOK_ON_FAILURE. A bounded number is asked at once, and a
 * hook that fails in a row is not asked for a while: it can make nobody wait but those it is asked about.
 */
import Validator from "fastest-validator";
import { randomUUID } from "node:crypto";
import { type ServiceBroker } from "moleculer";
import { type Env } from "../contracts/env";
import { fail } from "../contracts/errors";
import { HookAnswer, type HookKind, type HookQuestion } from "../contracts/hook";
import { params } from "../contracts/schema";
import { Destination } from "./destinations";
import { envOf } from "./env";
import { postForAnswer } from "./outgoing";
import { HOOK_MS, HOOK_REST_MS } from "./patience";
import { signed } from "./signature";

const MOST_BYTES = 256 * 1024;
const LIMITS = { atOnce: 64, mayWait: 500, patience: HOOK_MS, failures: 5, rest: HOOK_REST_MS, longestRest: 60_000 };

/** What is to be done instead of what was asked for, and how it is marked. */
export interface Verdict {
  readonly change: NonNullable<HookAnswer["change"]>;
  readonly marks: readonly string[];
}
const nothing: Verdict = { change: {}, marks: [] };

const check = new Validator({ useNewCustomCheckerFunction: true, haltOnFirstError: true }).compile(params(HookAnswer));

/** @throws where it is no answer */
function answerIn(given: unknown): HookAnswer {
  if (check(given) !== true) throw new Error("not an answer as agreed");
  return given as HookAnswer;
}

export class BeforeHook {
  private readonly destination = new Destination(LIMITS);
  private readonly stopping = new AbortController();
  private toldOf = false;

  constructor(
    private readonly broker: ServiceBroker,
    private readonly target: string,
    private readonly env: Pick<Env, "HOOK_ON_FAILURE" | "HOOK_SECRET" | "HOOK_EVENTS">,
  ) {}

  asks(kind: HookKind): boolean {
    return this.env.HOOK_EVENTS.includes(kind);
  }

  /** @throws FORBIDDEN with its reason; UNAVAILABLE where it can't say and HOOK_ON_FAILURE is `closed` */
  async ask(kind: HookKind, data: Record<string, unknown>): Promise<Verdict> {
    if (!this.asks(kind)) return nothing;
    const question = { id: `hook:${randomUUID()}`, type: kind, timestamp: new Date().toISOString(), data };
    const answer = await this.answered(question);
    if (!answer) {
      if (this.env.HOOK_ON_FAILURE === "open") return nothing;
      throw fail("UNAVAILABLE", "This can't be checked now; try again.");
    }
    if (answer.allow === false) throw fail("FORBIDDEN", answer.reason ?? "This was refused.", { refusedBy: "hook" });
    return { change: answer.change ?? {}, marks: answer.marks ?? [] };
  }

  stop(): void {
    this.stopping.abort();
  }

  /** Undefined where it did not answer, or not as agreed, or was not asked. */
  private async answered(question: HookQuestion): Promise<HookAnswer | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), HOOK_MS)));
    const work = this.destination.run(
      () => this.exchange(question).catch((error: unknown) => this.failed(error)),
      (result) => result === undefined,
    );
    try {
      const result = await Promise.race([work, late]);
      return typeof result === "object" ? result : undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  private async exchange(question: HookQuestion): Promise<HookAnswer> {
    if (!/^https?:/.test(this.target)) {
      const options = { timeout: HOOK_MS, retries: 0 };
      return answerIn(await this.broker.call<unknown, HookQuestion>(this.target, question, options));
    }
    const body = JSON.stringify(question);
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      ...(this.env.HOOK_SECRET === undefined ? {} : signed(this.env.HOOK_SECRET, question.id, body, new Date())),
    };
    const { signal } = this.stopping;
    // Its address is the operator's own.
    const outgoing = { url: this.target, headers, body, allowInward: true, signal, deadline: HOOK_MS };
    return answerIn(JSON.parse(await postForAnswer(outgoing, MOST_BYTES)));
  }

  private failed(error: unknown): undefined {
    const told = this.toldOf ? "debug" : "warn";
    this.toldOf = true;
    this.broker.logger[told](`The hook before sending did not answer as agreed: ${String(error)}`);
    return undefined;
  }
}

const hooks = new WeakMap<ServiceBroker, BeforeHook>();

/** The hook of this node, if there is one. */
export function beforeHookOf(broker: ServiceBroker): BeforeHook | undefined {
  const env = envOf(broker);
  if (env.HOOK_BEFORE_SEND === undefined) return undefined;
  let hook = hooks.get(broker);
  if (!hook) hooks.set(broker, (hook = new BeforeHook(broker, env.HOOK_BEFORE_SEND, env)));
  return hook;
}
