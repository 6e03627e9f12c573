/** The client's types are what the contracts say. */
import { execFileSync } from "node:child_process";
import type * as client from "../../client/src/protocol";
import { type ActionName, type Params, type Result } from "../../contracts/actions";
import { type ErrorCode } from "../../contracts/errors";
import type * as shapes from "../../contracts/shapes";
import { type clientEvents, type ServerEvents } from "../../contracts/sockets";
import { projectRoot } from "../../platform/root";

const node = (...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd: projectRoot, encoding: "utf8", maxBuffer: 2 ** 24 });

test("what is generated from the contracts is up to date (else: npm run specs)", () => {
  expect(node("--import", "tsx", "scripts/specs.ts", "--check")).toBe("");
});

/** True only where both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Plain<T> = T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
/** Events whose payloads are not the same type. */
type Differing<A, B> = {
  [E in keyof A | keyof B]: E extends keyof A & keyof B ? (Same<Plain<A[E]>, Plain<B[E]>> extends true ? never : E) : E;
}[keyof A | keyof B];
const holds = <T extends true>(): T => true as T;

type Space = keyof typeof clientEvents;
type Action<N extends Space, E> = E extends keyof (typeof clientEvents)[N]
  ? (typeof clientEvents)[N][E] extends { action: infer A extends ActionName }
    ? A
    : never
  : never;
/** Events whose generated params or result are not those of their action. */
type Off<N extends Space> = {
  [E in keyof client.ClientEvents[N]]: [Action<N, E>] extends [never]
    ? never
    : client.ClientEvents[N][E] extends { result: Result<Action<N, E>> }
      ? never
      : E;
}[keyof client.ClientEvents[N]];

test("the generated types are those of the contracts, for the compiler too", () => {
  holds<Same<Plain<client.Message>, Plain<shapes.Message>>>();
  holds<Same<Plain<client.Conversation>, Plain<shapes.Conversation>>>();
  holds<Same<Plain<client.Member>, Plain<shapes.Member>>>();
  holds<Same<Plain<client.Notification>, Plain<shapes.Notification>>>();
  holds<Same<Plain<client.User>, Plain<shapes.User>>>();
  holds<Same<Plain<client.UploadedFile>, Plain<shapes.UploadedFile>>>();
  holds<Same<Differing<client.ServerEvents["/chat"], ServerEvents>, never>>();
  holds<Same<Differing<client.ServerEvents["/notifications"], ServerEvents<"/notifications">>, never>>();
  holds<Same<client.ErrorCode, ErrorCode>>();
  holds<Same<Off<"/chat">, never>>();
  holds<Same<Off<"/notifications">, never>>();
  const sent: client.ClientEvents["/chat"]["message:send"]["params"] = { conversationId: "c", content: "x" };
  const asked: Params<"chat.send"> = sent;
  expect(asked).toBe(sent);
});
