/** What a client's event may look like before any contract is asked: one plain JSON object. */
import { fail } from "../../../../contracts/errors";
import { refuseHostileKeys } from "../../../../platform/hostile";
import { withoutAliases } from "../../aliases";

export type Payload = Record<string, unknown>;

/**
 * The payload of an event from its arguments; an event that needs none may come without.
 * @throws BAD_REQUEST
 */
export function payloadOf(args: readonly unknown[]): Payload {
  const [payload = {}] = args;
  if (args.length > 1 || typeof payload !== "object" || payload === null || Array.isArray(payload))
    throw fail("BAD_REQUEST", "An event takes one JSON object.", [{ field: "", rule: "object" }]);
  refuseHostileKeys(payload);
  return withoutAliases(payload as Payload);
}
