/** Builders for tests of the accounts: a node with the users service alone, and callers to speak as. */
import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { type ServiceBroker } from "moleculer";
import { type ActionName, type Params, type Result } from "../../contracts/actions";
import { type Caller, type Role } from "../../contracts/caller";
import { readEnv } from "../../contracts/env";
import { codeOf } from "../../contracts/errors";
import { type EventName } from "../../contracts/events";
import { call } from "../../platform/bus";
import { tokensOf } from "../../platform/tokens";
import { createNode } from "../../services/node";
import { readyDataDir } from "./pglite-template";

export const PASSWORD = "a long walk by the river";

type Vars = Record<string, string | undefined>;

function usersEnv(vars: Vars = {}) {
  return readEnv({
    NODE_ENV: "test",
    SERVICES: "users",
    LOG_LEVEL: "fatal",
    PASSWORD_COST: "4",
    AUTH_RATE_LIMIT: "100000",
    RATE_LIMIT_WINDOW: "1h", // what a test counts is within one, however long it takes
    ...vars,
  });
}

export interface Heard {
  readonly name: EventName;
  readonly payload: any;
}
export interface Accounts {
  readonly broker: ServiceBroker;
  /** Events that were published, oldest first. */
  readonly heard: Heard[];
  /** What chat was told of blocks and of accounts; `down` makes it refuse. */
  readonly blocks: object[];
  readonly changed: number[];
  readonly chat: { down: boolean };
  as<N extends ActionName>(caller: Caller | undefined, name: N, params: Params<N>): Promise<Result<N>>;
  /** The code that an action refuses with, or "accepted". */
  refusal<N extends ActionName>(caller: Caller | undefined, name: N, params: Params<N>): Promise<string>;
  person(over?: Partial<Params<"users.register">>): Promise<Person>;
  callerOf(accessToken: string): Caller;
  stop(): Promise<void>;
}
export type Person = Result<"users.register"> & { caller: Caller; email: string };

let people = 0;

export async function openAccounts(vars: Vars = {}): Promise<Accounts> {
  const broker = createNode(usersEnv({ DATA_DIR: await readyDataDir(), ...vars }));
  const heard: Heard[] = [];
  const blocks: object[] = [];
  const changed: number[] = [];
  const chat = { down: false };
  const listen = (name: EventName) => ({ [name]: (ctx: any) => void heard.push({ name, payload: ctx.params }) });
  broker.createService({
    name: "listener",
    events: { ...listen("users.revoked"), ...listen("users.changed"), ...listen("users.blockChanged") },
  });
  broker.createService({
    name: "chat",
    actions: {
      applyBlock(ctx: any) {
        if (chat.down) throw Object.assign(new Error("down"), { type: "SERVICE_NOT_AVAILABLE" });
        blocks.push(ctx.params);
        return {};
      },
      accountChanged(ctx: any) {
        if (chat.down) throw Object.assign(new Error("down"), { type: "SERVICE_NOT_AVAILABLE" });
        changed.push(ctx.params.userId);
        return {};
      },
    },
  });
  await broker.start();

  const callerOf = (token: string): Caller => tokensOf(broker).verifyAccess(token).caller;
  const as: Accounts["as"] = (caller, name, params) => call(broker, name, params, caller ? { meta: { caller } } : {});
  return {
    broker,
    heard,
    blocks,
    changed,
    chat,
    callerOf,
    as,
    async refusal(caller, name, params) {
      try {
        await as(caller, name, params);
        return "accepted";
      } catch (error) {
        return codeOf(error);
      }
    },
    async person(over = {}) {
      people += 1;
      const email = `person${people}@example.org`;
      const made = await as(undefined, "users.register", {
        username: `Person ${people}`,
        email,
        password: PASSWORD,
        ...over,
      });
      return { ...made, email: over.email ?? email, caller: callerOf(made.accessToken) };
    },
    stop: () => broker.stop(),
  };
}

/** A database of its own on a PostgreSQL that is there, so that test files do not meet. */
async function ownDatabase(server: string): Promise<string> {
  const name = `chat_${randomBytes(6).toString("hex")}`;
  const client = new Client(server);
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}

type Open = (vars?: Vars) => Promise<Accounts>;

/** The same facts on the embedded store always, and on PostgreSQL where `npm test` found one. */
export function onEachStore(facts: (open: Open) => void): void {
  const server = process.env.TEST_POSTGRES_URL;
  describe("on the embedded store", () => facts(openAccounts));
  (server ? describe : describe.skip)("on PostgreSQL", () =>
    facts(async (vars) => openAccounts({ POSTGRES_URL: await ownDatabase(server ?? ""), ...vars })),
  );
}

/** A caller with these roles, as the door would make it from a token. */
export const withRoles = (person: Person, ...roles: Role[]): Caller => ({ ...person.caller, roles });
