/** Compiles the check of an action or event at its first call: hundreds of them at every start cost half a second. */
import { Validators } from "moleculer";

type Check = (value: unknown, options: unknown) => unknown;
type Compiles = new (options: object) => Omit<InstanceType<typeof Validators.Fastest>, "compile"> & {
  compile(schema: object): Check;
};

/** The library's types tell neither its options nor what it compiles. */
const Fastest = Validators.Fastest as unknown as Compiles;

export class LazyValidator extends Fastest {
  override compile(schema: object): Check {
    let check: Check | undefined;
    return (value, options) => (check ??= super.compile(schema))(value, options);
  }
}
