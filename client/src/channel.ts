/** What tabs of one browser tell each other, and how they take turns; alone where there are no other tabs. */
import { environment } from "./environment";
import { safely } from "./observable";

export class Channel {
  private readonly runs = new Map<string, (payload: unknown) => unknown>();
  private readonly tabs: InstanceType<NonNullable<typeof environment.BroadcastChannel>> | undefined;

  /** @param name shared by the tabs of one account; none: this one is alone */
  constructor(private readonly name: string | undefined) {
    if (name === undefined || !environment.BroadcastChannel) return;
    this.tabs = new environment.BroadcastChannel(`moleculer-chat:${name}`);
    this.tabs.unref?.();
    this.tabs.onmessage = ({ data }) => {
      const { topic, payload } = (data ?? {}) as { topic?: string; payload?: unknown };
      safely(() => this.runs.get(topic ?? "")?.(payload));
    };
  }

  on(topic: string, run: (payload: unknown) => unknown): void {
    this.runs.set(topic, run);
  }

  tell(topic: string, payload: unknown): void {
    this.tabs?.postMessage({ topic, payload });
  }

  /** One tab at a time. */
  alone<T>(what: string, work: () => Promise<T>): Promise<T> {
    const locks = environment.navigator?.locks;
    return locks && this.tabs ? locks.request(`moleculer-chat:${this.name}:${what}`, work) : work();
  }

  close(): void {
    this.tabs?.close();
  }
}
