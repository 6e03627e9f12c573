/** Pages of the log for who reads it by a cursor; and the wait for what comes next. */
import { type ServiceBroker } from "moleculer";
import { type Params } from "../../../contracts/actions";
import { type FactKind, type FactPage } from "../../../contracts/facts";
import { type FactDoc } from "./documents";
import { type FactLog } from "./log";
import { tell } from "./teller";

/** Facts looked at in one step, and steps of one page that wants only few of them. */
const STEP = 500;
const STEPS = 10;
/** As much as a page carries, beyond one fact; so is a stream's memory bounded. */
const PAGE_BYTES = 512 * 1024;

type Asked = Pick<Params<"notifications.facts">, "from" | "limit" | "types">;

export class Pages {
  private readonly stopping = new AbortController();

  constructor(
    private readonly broker: ServiceBroker,
    private readonly log: FactLog,
  ) {}

  stop(): void {
    this.stopping.abort();
  }

  /** @throws NOTFOUND, BAD_REQUEST where one can't go on from there; UNAVAILABLE */
  async page({ from, limit, types: named }: Asked): Promise<FactPage> {
    const types = named?.length ? named : undefined;
    const ends = await this.log.endsFor(from);
    const { docs, position } = await this.look(from, limit, types);
    const facts = await tell(this.broker, docs);
    const fit = fitting(facts);
    return {
      facts: facts.slice(0, fit),
      position: fit < facts.length ? (facts[fit - 1]?.position ?? from) : position,
      ...ends,
    };
  }

  /** The same; where there is nothing it waits. */
  async next(asked: Asked, waitMs: number): Promise<FactPage> {
    const came = this.coming(waitMs);
    const page = await this.page(asked);
    if (page.facts.length || page.position < page.last) return (came.cancel(), page);
    return (await came.promise) ? this.page({ ...asked, from: page.position }) : page;
  }

  /** What is wanted of what follows, and up to where all was looked at. */
  private async look(
    from: number,
    limit: number,
    types?: readonly FactKind[],
  ): Promise<{ docs: FactDoc[]; position: number }> {
    const docs: FactDoc[] = [];
    let position = from;
    for (let step = 0; step < STEPS; step++) {
      const rows = await this.log.after(position, types ? STEP : limit);
      for (const row of rows) {
        position = row.position;
        if (!types || types.includes(row.type)) docs.push(row);
        if (docs.length === limit) return { docs, position };
      }
      if (!types || rows.length < STEP) break;
    }
    return { docs, position };
  }

  /** False: nothing came in time. */
  private coming(waitMs: number): { promise: Promise<boolean>; cancel: () => void } {
    let end: (came: boolean) => void = () => undefined;
    const promise = new Promise<boolean>((resolve) => (end = resolve));
    const timer = setTimeout(() => end(false), waitMs);
    const stopped = (): void => end(false);
    this.stopping.signal.addEventListener("abort", stopped);
    const forget = this.log.onAppend(() => end(true));
    const settled = promise.finally(() => {
      clearTimeout(timer);
      forget();
      this.stopping.signal.removeEventListener("abort", stopped);
    });
    return { promise: settled, cancel: () => end(false) };
  }
}

/** How many of them fit into a page; one does always. */
function fitting(facts: readonly object[]): number {
  let bytes = 0;
  for (const [i, fact] of facts.entries()) {
    bytes += JSON.stringify(fact).length;
    if (bytes > PAGE_BYTES && i > 0) return i;
  }
  return facts.length;
}
