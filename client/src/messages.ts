/** The messages of one conversation as a screen shows them: a run without a hole, and behind it what is on its way. */
import { Computed, type Readable, sameItems, Writable } from "./observable";
import { type PendingMessage } from "./outgoing";
import { type Message } from "./protocol";
import { type Room } from "./room";
import { type Core, oldestFirst } from "./wire";

/** A message that the server has. */
export type SentMessage = Message & { readonly state: "sent"; readonly key: string };
/** `key` stays the same from the first sight of a message of one's own until it is read. */
export type TimelineMessage = SentMessage | PendingMessage;

/** Whether there are more than are shown, and whether they are on their way. */
export interface MessagesStatus {
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  readonly loading: boolean;
}

const PAGE = 40;
/** However far one pages, no more than so many are held around where one looks; the others are loaded again. */
const MOST = 600;
const HELD = 400;
/** A view takes what was added first, and what was taken away after that: then neither makes it jump. */
const FORGETS_AFTER_MS = 100;

const shown = new WeakMap<Message, SentMessage>();
/** One object for one version, so that what did not change need not be rendered anew. */
function asSent(message: Message, me: number): SentMessage {
  const known = shown.get(message);
  if (known) return known;
  const own = message.sender_id === me ? message.clientId : undefined;
  const made: SentMessage = { ...message, state: "sent", key: own ?? message._id };
  shown.set(message, made);
  return made;
}

/** What is shown of a conversation: a run of messages without a hole, then what is on its way. */
export class Messages implements Readable<readonly TimelineMessage[]> {
  private readonly list: Computed<readonly TimelineMessage[]>;
  /** Whether there are more. */
  readonly status = new Writable<MessagesStatus>({ hasOlder: false, hasNewer: false, loading: false });
  /** In the run that is shown; undefined until something is loaded. */
  private anchor: number | undefined;
  private detached = false;
  private watched = false;
  private loading: Promise<void> | undefined;

  constructor(
    private readonly room: Room,
    private readonly core: Core,
  ) {
    if (room.timeline.covered.around(room.frontier)) this.anchor = room.frontier;
    this.list = new Computed(
      () => this.compute(),
      sameItems,
      (watched) => {
        this.watched = watched;
        if (watched) this.load();
      },
    );
    room.events.on("messages", () => this.changed());
    this.tellStatus();
  }

  /** Those that are shown. */
  get value(): readonly TimelineMessage[] {
    return this.list.value;
  }

  /** The newest page is loaded when somebody looks for the first time. */
  subscribe(run: (messages: readonly TimelineMessage[]) => void): () => void {
    return this.list.subscribe(run);
  }

  /** Something of it is other than before. */
  changed(): void {
    const { frontier, timeline } = this.room;
    // Nothing was there when one looked, or nobody has looked yet.
    if (!this.run && !this.detached && timeline.covered.around(frontier)) this.anchor = frontier;
    this.list.invalidate();
    this.tellStatus();
  }

  /** One page further into the past. @throws AnyChatError */
  loadOlder(): Promise<void> {
    const run = this.run;
    if (!run) return this.latest();
    if (run[0] <= 1) return Promise.resolve();
    this.room.keepsAll = true;
    return this.once(async () => {
      await this.before(run[0]);
      this.forgetSoon("newer");
    });
  }

  /** One page nearer to the present, where one looks at the past. @throws AnyChatError */
  loadNewer(): Promise<void> {
    const run = this.run;
    if (!run || run[1] >= this.room.head) return Promise.resolve();
    return this.once(async () => {
      await this.after(run[1]);
      this.forgetSoon("older");
    });
  }

  /** Shows the messages around this one. @throws AnyChatError */
  async around(seq: number): Promise<void> {
    this.room.keepsAll = true;
    await this.once(async () => {
      if (!this.room.timeline.covered.around(seq)) await this.before(seq + PAGE / 2);
      this.anchor = seq;
      this.detached = true;
    });
  }

  /** Shows the newest ones. @throws AnyChatError */
  latest(): Promise<void> {
    this.room.keepsAll = this.detached = false;
    const { frontier, timeline, head } = this.room;
    if (timeline.covered.around(frontier) && frontier >= head) {
      this.anchor = frontier;
      this.changed();
      return Promise.resolve();
    }
    return this.once(async () => {
      this.anchor = await this.before(undefined);
      this.detached = false;
    });
  }

  /** After a reset: what is shown is loaded anew. */
  reload(): void {
    if (this.anchor === undefined) return;
    this.anchor = undefined;
    this.load();
  }

  /** After a connection came back: what could not be loaded while there was none. */
  resume(): void {
    if (this.watched) this.load();
  }

  /** The first page, where less than that is known. */
  private load(): void {
    const run = this.run;
    if (run && (run[0] <= 1 || run[1] - run[0] >= PAGE / 2)) return;
    // Who looks sees what there is for now; the next connection tries again.
    (run ? this.once(() => this.before(run[0])) : this.latest()).catch(() => undefined);
  }

  /** A page that ends before a message, or the newest. @returns its last `seq` */
  private async before(seq: number | undefined): Promise<number> {
    const { head } = this.room;
    const params = { conversationId: this.room.id, limit: PAGE, ...(seq === undefined ? {} : { before: seq }) };
    const page = oldestFirst(await this.core.ask("message:list", params));
    for (const message of page) this.room.apply(message);
    const to = Math.max(page.at(-1)?.seq ?? 0, seq === undefined ? head : Math.min(seq - 1, head));
    this.room.timeline.covered.add(page.length < PAGE ? 1 : (page[0]?.seq ?? to), to);
    return to;
  }

  private async after(seq: number): Promise<void> {
    const { head } = this.room;
    const params = { conversationId: this.room.id, limit: PAGE, after: seq };
    const page = oldestFirst(await this.core.ask("message:list", params));
    for (const message of page) this.room.apply(message);
    const last = page.at(-1)?.seq ?? seq;
    this.room.timeline.covered.add(seq + 1, page.length < PAGE ? Math.max(last, head) : last);
  }

  private forgetSoon(which: "older" | "newer"): void {
    this.core.clock.after(FORGETS_AFTER_MS, () => this.forgetFar(which));
  }

  /** Of a run that grew too long the end that is out of sight. */
  private forgetFar(which: "older" | "newer"): void {
    const run = this.run;
    if (!run || run[1] - run[0] < MOST) return;
    if (which === "older") {
      this.anchor = run[1];
      this.room.forgetStretch(run[0], run[1] - HELD);
    } else {
      this.anchor = run[0];
      this.detached = true;
      this.room.forgetStretch(run[0] + HELD, run[1]);
    }
    this.changed();
  }

  private once(work: () => Promise<unknown>): Promise<void> {
    this.loading ??= (async () => {
      this.tellStatus(true);
      try {
        await work();
      } finally {
        this.loading = undefined;
        this.tellStatus(false);
        this.changed();
      }
    })();
    return this.loading;
  }

  private get run(): readonly [number, number] | undefined {
    return this.anchor === undefined ? undefined : this.room.timeline.covered.around(this.anchor);
  }

  private compute(): readonly TimelineMessage[] {
    const me = this.core.me();
    const { room } = this;
    const sent = this.anchor === undefined ? [] : room.timeline.run(this.anchor).map((m) => asSent(m, me));
    if (this.detached && (this.run?.[1] ?? 0) < room.head) return sent;
    return [...sent, ...this.core.outbox.pendingOf(room.id)];
  }

  private tellStatus(loading = this.loading !== undefined): void {
    const run = this.run;
    const next = { hasOlder: !run || run[0] > 1, hasNewer: this.detached && !!run && run[1] < this.room.head, loading };
    const { value } = this.status;
    const same = value.hasOlder === next.hasOlder && value.hasNewer === next.hasNewer && value.loading === next.loading;
    if (!same) this.status.set(next);
  }
}
