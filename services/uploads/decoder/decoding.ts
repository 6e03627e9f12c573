/** The decoders of a node: its own, or, among tenants, two for all of them, which no tenant takes both of. */
import { FairSlots } from "../../../platform/fair-slots";
import { type SharedResources } from "../../../platform/shared-resources";
import { BOUNDS, Decoders } from ".";

const NAME = "decoders";
/** A tenant's users take turns before: of those, two at most come this far. */
const AMONG_TENANTS = { ...BOUNDS, atOnceEach: 1, waiting: Infinity };

export type Decoding = Pick<Decoders, "decode" | "close" | "pids">;

export function decodersOf(resources: SharedResources, tenant: string | undefined): Decoding {
  if (tenant === undefined) return new Decoders();
  const users = new FairSlots(BOUNDS);
  const decoders = resources.take(NAME, () => new Decoders(undefined, AMONG_TENANTS));
  return {
    get pids() {
      return decoders.pids;
    },
    decode: (owner, task) => users.run(owner, () => decoders.decode(tenant, task)),
    close: () => void resources.leave<Decoders>(NAME, (last) => last.close()),
  };
}
