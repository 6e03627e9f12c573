/** Whether other nodes write what this one keeps copies of. */
import { type Service } from "moleculer";

const FRESH_MS = 1_000;

/** Missing from Moleculer's type file. */
interface Registry {
  readonly services: { list(options: { onlyAvailable: boolean }): readonly { name: string }[] };
}

export class Siblings {
  private known = false;
  private at = -Infinity;

  constructor(private readonly service: Service) {}

  /** Asked with every message, and looked up once a second. */
  exist(): boolean {
    const now = performance.now();
    if (now - this.at < FRESH_MS) return this.known;
    const { services } = this.service.broker.registry as Registry;
    const own = services.list({ onlyAvailable: true }).filter(({ name }) => name === this.service.name);
    this.at = now;
    return (this.known = own.length > 1);
  }
}
