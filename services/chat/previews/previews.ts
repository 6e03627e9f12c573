/**
 * Previews of links, made after the message: nobody waits for one, and none is promised. A site has its own queue and rests
 * when it fails; a sender's links take turns with everybody else's; what was asked for is remembered for a while.
 */
import { LRUCache } from "lru-cache";
import { type ServiceBroker } from "moleculer";
import { codeOf } from "../../../contracts/errors";
import { atMost } from "../../../platform/caches";
import { call } from "../../../platform/bus";
import { Destinations } from "../../../platform/destinations";
import { type Bounds, FairSlots } from "../../../platform/fair-slots";
import { linkToPreview } from "../conversation/rules/previews";
import { type Turn } from "../conversation/turn";
import { load } from "./load";
import { type PageWords } from "./page";

const SENDERS: Bounds = { atOnce: 32, atOnceEach: 2, waitingEach: 10, waiting: 200, patience: 10_000 };
/** So few of one site that it can't take all the places there are. */
const SITES = { atOnce: 4, mayWait: 8, patience: 5_000, failures: 3, rest: 10_000, longestRest: 600_000 };
const REMEMBERED = 1_000;
const FRESH_MS = 30 * 60_000;
/** What had no preview may have one soon. */
const NONE_MS = 60_000;

type Found = PageWords | undefined;

export class Previews {
  private readonly sites = new Destinations(SITES);
  private readonly slots = new FairSlots(SENDERS);
  private readonly known = new LRUCache<string, { readonly found: Promise<Found> }>({
    ...atMost(REMEMBERED),
    ttl: FRESH_MS,
  });
  private readonly stopping = new AbortController();

  constructor(
    private readonly broker: ServiceBroker,
    private readonly hasPictures: boolean,
  ) {}

  /** Looks for links in what a turn has stored. */
  follow({ inserts, rewritten, state: { conversation } }: Turn): void {
    for (const doc of [...inserts, ...rewritten.keys()]) {
      const link = linkToPreview(conversation, doc);
      if (link !== undefined) void this.make(conversation._id, doc._id, doc.sender_id, link);
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  private async make(conversationId: string, messageId: string, sender: number, url: string): Promise<void> {
    try {
      const found = await this.find(sender, url);
      if (!found || this.stopping.signal.aborted) return;
      const preview = { url, ...found, image: this.hasPictures ? found.image : null };
      await call(this.broker, "chat.run", { conversationId, command: { kind: "preview", messageId, preview } });
    } catch (error) {
      this.broker.logger.debug(`no preview in ${conversationId}: ${codeOf(error)}`);
    }
  }

  private find(sender: number, url: string): Promise<Found> {
    const known = this.known.get(url);
    if (known) return known.found;
    const found = this.ask(sender, url);
    this.known.set(url, { found });
    void found.then((words) => words ?? this.known.set(url, { found }, { ttl: NONE_MS }));
    return found;
  }

  /** Never fails: a site that can't be asked has no preview. */
  private async ask(sender: number, url: string): Promise<Found> {
    const { signal } = this.stopping;
    const asked = (): Promise<Found | "failed"> => load(url, signal).catch(() => "failed" as const);
    const result = await this.slots
      .run(sender, () => this.sites.run(url, asked, (got) => got === "failed"))
      .catch(() => "full" as const);
    return typeof result === "object" ? result : undefined;
  }
}
