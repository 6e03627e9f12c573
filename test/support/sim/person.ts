/** Someone who uses the client in a simulated world: lives, dies, lives again on the same storage. */
import {
  type Chat,
  type ChatStorage,
  createChat,
  type Message,
  type Outgoing,
  type TimelineMessage,
} from "../../../client/src";
import { type SimClock } from "./clock";
import { type Life, type SimNetwork } from "./network";
import { CONVERSATION } from "./server";

/** What it was told of in one life, as `seq`, and which of that it had time to confirm. */
export interface Told {
  readonly heard: number[];
  /** It could not read where it stood: it began from what there was then. */
  forgot: boolean;
}

export class Person {
  chat!: Chat;
  life: Life = { dead: true };
  readonly lives: Told[] = [];
  readonly kept = new Map<string, unknown>();
  readonly sent: { readonly content: string; readonly outgoing: Outgoing; stored: boolean }[] = [];
  storageFails = false;
  /** Called at every step of the storage. */
  crossing: (what: string) => void = () => undefined;

  constructor(
    readonly userId: number,
    private readonly net: SimNetwork,
    private readonly clock: SimClock,
    private readonly confirms: boolean,
  ) {}

  live(): void {
    const life = { dead: false };
    this.life = life;
    const told: Told = { heard: [], forgot: false };
    this.lives.push(told);
    this.chat = createChat({
      url: "http://sim",
      token: "opaque",
      clock: this.clock.ofLife(life),
      sockets: this.net.sockets(this.userId, life),
      fetch: this.net.fetch(this.userId, life),
      storage: this.storage(life),
    });
    this.chat.on("message:created", ({ seq }: Message) => {
      if (life.dead) return undefined;
      told.heard.push(seq);
      return this.confirms ? Promise.resolve() : undefined;
    });
    void this.chat.connect().catch(() => undefined); // told by the state
  }

  /** Ends without a word, as a process that is killed. */
  die(): void {
    this.life.dead = true;
    this.net.cut(this.userId);
  }

  say(content: string): void {
    const conversation = this.chat.conversation(CONVERSATION);
    if (!conversation) return; // not known yet
    const entry = { content, outgoing: conversation.send(content), stored: false };
    this.sent.push(entry);
    const { life } = this;
    void entry.outgoing.stored.then((stored) => (entry.stored ||= stored && !life.dead));
  }

  /** All that a screen would show, from the first message on. */
  async screen(): Promise<readonly TimelineMessage[]> {
    const messages = this.chat.conversation(CONVERSATION)?.messages;
    if (!messages) return [];
    const stop = messages.subscribe(() => undefined);
    await this.clock.pass(60_000);
    for (let i = 0; messages.status.value.hasOlder && i < 50; i++) {
      messages.loadOlder().catch(() => undefined);
      await this.clock.pass(10_000);
    }
    stop();
    return messages.value;
  }

  /** Each step may fail, and each takes its time; a dead process takes none. */
  private storage(life: Life): ChatStorage {
    const step = <T>(what: string, work: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        if (life.dead) return;
        this.crossing(`before ${what}`);
        if (life.dead) return;
        if (this.storageFails) {
          const told = this.lives.at(-1);
          if (told && /^(get|keys)/.test(what)) told.forgot = true;
          return reject(new Error("The storage fails."));
        }
        const result = work();
        this.crossing(`after ${what}`);
        if (!life.dead) resolve(result);
      });
    return {
      keepsFiles: true,
      get: (key) => step(`get ${key}`, () => structuredClone(this.kept.get(key))),
      set: (key, value) => step(`set ${key}`, () => void this.kept.set(key, structuredClone(value))),
      delete: (key) => step(`delete ${key}`, () => void this.kept.delete(key)),
      keys: () => step("keys", () => [...this.kept.keys()]),
    };
  }
}
