/**
 * Five people use everything at once while connections are cut, pages reloaded and the server killed. Few times by
 * default; STORM=1000,100,50 says how many cuts, reloads and kills.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Chat, createChat, memory, type Message, type SentMessage } from "../../client/src";
import { startChat, type TestChat } from "../../testing";
import { eventually } from "../support/eventually";

const [cuts = 0, reloads = 0, kills = 0] = (process.env.STORM ?? "12,4,1").split(",").map(Number);
const PEOPLE = ["ann", "bob", "cem", "dan", "eve"];
const troubles = { cut: cuts, reload: reloads, kill: kills };
type Trouble = keyof typeof troubles;

/** Pages over their whole life: what each told its application, over all its reloads. */
class Page {
  readonly heard = new Map<number, string>();
  readonly wrong: string[] = [];
  chat!: Chat;
  private readonly storage = memory();

  constructor(
    private readonly backend: TestChat,
    readonly name: string,
  ) {}

  async begin(): Promise<void> {
    let last: number | undefined;
    this.chat = createChat({
      url: this.backend.url,
      token: () => this.backend.token(this.name),
      storage: this.storage,
    });
    this.chat.on("message:created", ({ seq, content, type }) => {
      if (last !== undefined && seq !== last + 1) this.wrong.push(`${this.name}: ${seq} after ${last}`);
      const before = this.heard.get(seq);
      if (before !== undefined && before !== content) this.wrong.push(`${this.name}: ${seq} is two messages`);
      last = seq;
      this.heard.set(seq, type === "system" ? "" : content);
    });
    await this.chat.open();
    void this.chat.connect().catch(() => undefined); // told by the state
  }

  async reload(): Promise<void> {
    await this.chat.close();
    await this.begin();
  }

  async left(): Promise<string[]> {
    return [...(await this.storage.keys())].filter((key) => key.startsWith("o/"));
  }
}

/** All troubles in an order by chance. */
function shuffled(): Trouble[] {
  const all = Object.entries(troubles).flatMap(([trouble, times]) => Array<Trouble>(times).fill(trouble as Trouble));
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [all[i], all[j]] = [all[j] as Trouble, all[i] as Trouble];
  }
  return all;
}
const anyOf = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;

/** What the server has of a message that a screen shows. */
const shown = ({ seq, content, version, reactions, deleted_at }: Message) => ({
  seq,
  content,
  version,
  reactions,
  deleted: deleted_at !== null,
});

it("nothing is lost, doubled or out of order where people see it, and no outbox keeps anything", async () => {
  const backend = await startChat();
  const pages = PEOPLE.map((name) => new Page(backend, name));
  const said = new Map(PEOPLE.map((name) => [name, [] as string[]]));
  try {
    const ids = await Promise.all(PEOPLE.map(async (name) => (await backend.user(name)).me?.user_id ?? 0));
    const { id } = await (await backend.user("ann")).group({ name: "storm", members: ids.slice(1) });
    for (const page of pages) await page.begin();
    await eventually(() => expect(pages.every(({ chat }) => chat.conversation(id))).toBe(true));

    const talk = async (page: Page): Promise<void> => {
      const room = page.chat.conversation(id);
      const mine = said.get(page.name) ?? [];
      const text = `${page.name} ${mine.length + 1}`;
      await room?.send(text).stored;
      if (room) mine.push(text);
      const sent = room?.messages.value.filter((m): m is SentMessage => m.state === "sent" && m.type === "text") ?? [];
      if (!room || sent.length === 0) return;
      room.read();
      room.writing();
      const own = sent.filter(({ sender_id }) => sender_id === page.chat.me?.user_id);
      // These may be refused while there is no connection: only what is sent waits for one.
      void room.react(anyOf(sent), anyOf(["👍", "🎉"])).catch(() => undefined);
      const mended = own.at(-1);
      if (mended && !mended.content.endsWith("!")) void room.edit(mended, `${mended.content}!`).catch(() => undefined);
    };
    let restarted: Promise<void> = Promise.resolve();
    const happen: Record<Trouble, (page: Page) => Promise<void>> = {
      cut: async ({ name }) => backend.cut(name).catch(() => undefined),
      reload: (page) => page.reload(),
      kill: async () => {
        await restarted;
        restarted = backend.restart({ crash: true });
      },
    };
    for (const trouble of shuffled()) {
      await talk(anyOf(pages));
      await happen[trouble](anyOf(pages));
      await talk(anyOf(pages));
      await sleep(20);
    }
    await restarted;
    const total = [...said.values()].flat().length;
    // What waits is sent one by one for each of them; on a machine with other things to do that takes its time.
    await eventually(
      () => {
        for (const { chat } of pages) expect(chat.state).toBe("online");
        const waiting = pages.flatMap(({ name, chat }) =>
          (chat.conversation(id)?.messages.value ?? []).flatMap((m) =>
            m.state === "sent" ? [] : [`${name}: ${m.content} ${m.state} ${m.error?.code ?? ""}`],
          ),
        );
        expect(waiting).toEqual([]);
        for (const { chat } of pages) expect(chat.conversation(id)?.info.value.last_seq).toBe(total);
      },
      60_000 + total * 300,
    );
    await eventually(async () => {
      for (const page of pages) expect(await page.left()).toEqual([]);
    });

    const stored: Message[] = [];
    while (stored.length < total) {
      const before = stored.at(-1)?.seq;
      const page = await pages[0]!.chat.ask("message:list", {
        conversationId: id,
        limit: 100,
        ...(before === undefined ? {} : { before }),
      });
      stored.push(...page.sort((a, b) => b.seq - a.seq));
      if (page.length === 0) break;
    }
    stored.reverse();
    expect(stored.map(({ seq }) => seq)).toEqual([...Array(total).keys()].map((n) => n + 1));
    const plain = (text: string): string => text.replace(/!$/, "");
    for (const [i, name] of PEOPLE.entries())
      expect(stored.filter((m) => m.sender_id === ids[i]).map((m) => plain(m.content))).toEqual(said.get(name));
    for (const page of pages) {
      expect(page.wrong).toEqual([]);
      await eventually(() =>
        expect([...page.heard.keys()].sort((a, b) => a - b)).toEqual(stored.map(({ seq }) => seq)),
      );
      expect([...page.heard].sort(([a], [b]) => a - b).map(([, text]) => plain(text))).toEqual(
        stored.map(({ content }) => plain(content)),
      );
      const room = page.chat.conversation(id);
      const stop = room?.messages.subscribe(() => undefined);
      await eventually(() => {
        const screen = room?.messages.value.filter((m): m is SentMessage => m.state === "sent") ?? [];
        expect(screen.length).toBeGreaterThan(0);
        expect(screen.map(shown)).toEqual(stored.slice(-screen.length).map(shown));
      });
      stop?.();
    }
  } finally {
    for (const { chat } of pages) await chat?.close();
    await backend.stop();
  }
}, 1_800_000);
