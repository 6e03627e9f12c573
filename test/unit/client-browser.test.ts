/** What browsers do to a client: several tabs, hidden ones, machines that sleep, clocks that are wrong, events that get lost. */
import { type Chat, createChat, memory } from "../../client/src";
import { environment } from "../../client/src/environment";
import { randomOf, SimClock } from "../support/sim/clock";
import { SimNetwork } from "../support/sim/network";
import { CONVERSATION, SimServer } from "../support/sim/server";

const HOUR = 3_600_000;
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** One lock of a name at a time, as Web Locks give it, and the page's own events. */
class Browser {
  hidden = false;
  private readonly listeners = new Map<string, Set<() => void>>();
  private readonly held = new Map<string, Promise<unknown>>();

  readonly navigator = {
    locks: {
      request: <T>(name: string, work: () => Promise<T>): Promise<T> => {
        const turn = (this.held.get(name) ?? Promise.resolve()).catch(() => undefined).then(work);
        this.held.set(name, turn);
        return turn;
      },
    },
  };
  readonly page = {
    addEventListener: (event: string, run: () => void) =>
      void this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(run)),
    removeEventListener: (event: string, run: () => void) => void this.listeners.get(event)?.delete(run),
  };

  happens(event: string): void {
    for (const run of [...(this.listeners.get(event) ?? [])]) run();
  }

  get listening(): number {
    return [...this.listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

/** What is told to one tab is told to the others, in a later turn. */
class TabsChannel {
  static readonly all = new Set<TabsChannel>();
  onmessage: ((event: { data: unknown }) => void) | null = null;
  constructor(private readonly name: string) {
    TabsChannel.all.add(this);
  }
  postMessage(data: unknown): void {
    for (const other of TabsChannel.all)
      if (other !== this && other.name === this.name) queueMicrotask(() => other.onmessage?.({ data }));
  }
  close(): void {
    TabsChannel.all.delete(this);
  }
}

let browser: Browser;
const before = {
  ...Object.fromEntries(["navigator", "window", "document", "BroadcastChannel"].map((k) => [k, undefined])),
};
const set = (values: Record<string, unknown>): void => {
  for (const [key, value] of Object.entries(values))
    Object.defineProperty(environment, key, { value, configurable: true, writable: true });
};
beforeEach(() => {
  browser = new Browser();
  const document = Object.defineProperty({ ...browser.page }, "hidden", { get: () => browser.hidden });
  set({ navigator: browser.navigator, window: browser.page, document, BroadcastChannel: TabsChannel });
});
const open: Chat[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((chat) => chat.close()));
  set(before);
});

function worldOf() {
  const random = randomOf(7);
  const clock = new SimClock(random);
  const server = new SimServer([1, 2], () => clock.now());
  const net = new SimNetwork(clock, server, { delay: 5, loss: 0, doubles: 0 }, random);
  const life = { dead: false };
  /** @param skew of this device's clock */
  const tab = (token: () => string, { name = "tab", skew = 0 } = {}): Chat => {
    const own = clock.ofLife(life);
    const storage = { ...memory(), name };
    const [sockets, fetch] = [net.sockets(1, life), net.fetch(1, life)];
    const device = { ...own, now: () => clock.now() + skew };
    const chat = createChat({ url: "http://sim", token, storage, clock: device, sockets, fetch });
    open.push(chat);
    void chat.connect().catch(() => undefined);
    return chat;
  };
  let given = 0;
  /** Tokens of ten minutes, by the server's clock. */
  const token = (): string => {
    const iat = Math.floor(clock.now() / 1000);
    return ["e30", part({ sub: "1", iat, exp: iat + 600, n: ++given }), "x"].join(".");
  };
  return { clock, server, net, tab, token, given: () => given };
}

describe("tokens", () => {
  test("three tabs renew one token for all of them, again and again", async () => {
    const { clock, tab, token, given } = worldOf();
    const tabs = [tab(token), tab(token), tab(token)];
    await clock.pass(HOUR);
    expect(tabs.map(({ state }) => state)).toEqual(["online", "online", "online"]);
    // One in nine minutes; three tabs that each ask for themselves would take eighteen and more.
    expect(given()).toBeGreaterThanOrEqual(6);
    expect(given()).toBeLessThanOrEqual(9);
  });

  test("a tab of another account takes nothing of it", async () => {
    const { clock, tab, token, given } = worldOf();
    let asked = 0;
    const other = (): string => {
      asked++;
      return ["e30", part({ sub: "2", iat: 1, exp: 10_000_000_000 }), "x"].join(".");
    };
    tab(token);
    tab(other);
    await clock.pass(HOUR);
    expect(asked).toBe(1);
    expect(given()).toBeGreaterThanOrEqual(6); // the other's token, which lasts for ever, is none of its own
  });

  test.each([-5 * HOUR, -60_000, 60_000, 5 * HOUR])("a clock that is %d ms off asks no more often", async (skew) => {
    const { clock, tab, token, given } = worldOf();
    const chat = tab(token, { skew });
    await clock.pass(HOUR);
    expect(chat.state).toBe("online");
    expect(given()).toBeGreaterThanOrEqual(6);
    expect(given()).toBeLessThanOrEqual(9);
  });

  test("signing out in one tab signs out the others", async () => {
    const { clock, tab, token } = worldOf();
    const [one, two] = [tab(token), tab(token)];
    await clock.pass(5_000);
    await one.signOut();
    await clock.pass(1_000);
    expect([one.state, two.state]).toEqual(["offline", "offline"]);
    expect(two.conversations.value).toEqual([]);
  });
});

/** What the application was told of, as `seq`. */
function heardBy(chat: Chat): number[] {
  const heard: number[] = [];
  chat.on("message:created", ({ seq }) => void heard.push(seq));
  return heard;
}

describe("gaps", () => {
  test("a message that got lost on a living connection is there as soon as the next one comes, and before it", async () => {
    const { clock, server, net, tab, token } = worldOf();
    const heard = heardBy(tab(token));
    await clock.pass(5_000);
    const say = (content: string) =>
      server.answer(2, "message:send", { conversationId: CONVERSATION, content, clientId: content });
    say("one");
    await clock.pass(100);
    net.weather.loss = 1;
    say("two");
    await clock.pass(100);
    net.weather.loss = 0;
    expect(heard).toEqual([1]);
    say("three");
    await clock.pass(500);
    expect(heard).toEqual([1, 2, 3]);
  });
});

describe("the machine and the page", () => {
  test("a connection that died while the machine slept is found dead within seconds after it woke", async () => {
    const { clock, server, net, tab, token } = worldOf();
    const chat = tab(token);
    const heard = heardBy(chat);
    await clock.pass(5_000);
    net.silence();
    server.answer(2, "message:send", { conversationId: CONVERSATION, content: "meanwhile", clientId: "m" });
    clock.sleep(2 * 60_000);
    await clock.pass(1);
    await clock.pass(20_000);
    expect(chat.state).toBe("online");
    expect(heard).toEqual([1]);
  });

  test("a hidden page tries seldom while the server is away, and at once when it is seen again", async () => {
    const { clock, net, tab, token } = worldOf();
    const chat = tab(token);
    await clock.pass(5_000);
    let attempts = 0;
    chat.connection.subscribe(({ state }) => (attempts += state === "connecting" ? 1 : 0));
    const during = async (hidden: boolean): Promise<number> => {
      browser.hidden = hidden;
      attempts = 0;
      await clock.pass(HOUR);
      return attempts;
    };
    net.reachable = false;
    net.cutAll();
    const [seen, hidden] = [await during(false), await during(true)];
    expect(hidden).toBeLessThan(seen / 2);
    expect(hidden).toBeGreaterThan(20);
    net.reachable = true;
    expect(chat.state).toBe("offline");
    browser.hidden = false;
    browser.happens("visibilitychange");
    await clock.pass(200);
    expect(chat.state).toBe("online");
  });

  test("offline is believed at once, and online tried at once", async () => {
    const { clock, tab, token } = worldOf();
    const chat = tab(token);
    await clock.pass(5_000);
    browser.happens("offline");
    expect(chat.state).not.toBe("online");
    await clock.pass(1);
    browser.happens("online");
    await clock.pass(200);
    expect(chat.state).toBe("online");
  });

  test("who gets no answer hears of it in seconds, and is connected anew in a few more", async () => {
    const { clock, net, server, tab, token } = worldOf();
    const chat = tab(token);
    await clock.pass(5_000);
    net.silence();
    chat.conversation(CONVERSATION)?.send("anybody there?");
    await clock.pass(2_900);
    expect(chat.connection.value).toEqual({ state: "online" });
    await clock.pass(200);
    expect(chat.connection.value).toEqual({ state: "online", silent: true });
    await clock.pass(5_100);
    expect(chat.connection.value.state).not.toBe("online");
    await clock.pass(2_000);
    expect(chat.connection.value).toEqual({ state: "online" });
    expect(server.messages.filter(({ content }) => content === "anybody there?").length).toBe(1);
  });

  test("one answer that is late costs nobody a connection whose gateway is there", async () => {
    const { clock, net, tab, token } = worldOf();
    const chat = tab(token);
    await clock.pass(5_000);
    const states = new Set<string>();
    const silent: boolean[] = [];
    chat.connection.subscribe((now) => {
      states.add(now.state);
      silent.push(now.silent === true);
    });
    net.unanswered.add("message:send");
    const { sent } = chat.conversation(CONVERSATION)!.send("slowly");
    await clock.pass(15_000);
    expect([[...states], silent.includes(true), silent.at(-1)]).toEqual([["online"], true, false]);
    net.unanswered.clear();
    await clock.pass(30_000);
    expect((await sent).content).toBe("slowly");
  });

  test("a gateway that takes connections and hangs is tried again, and again, until it answers", async () => {
    const { clock, net, tab, token } = worldOf();
    net.hanging = true;
    const chat = tab(token);
    await clock.pass(60_000);
    expect(chat.state).not.toBe("online");
    net.hanging = false;
    await clock.pass(60_000);
    expect(chat.state).toBe("online");
  });

  test("a client that was closed listens to nothing any more", async () => {
    const { clock, tab, token } = worldOf();
    const chat = tab(token);
    await clock.pass(1_000);
    expect(browser.listening).toBeGreaterThan(0);
    await chat.close();
    expect(browser.listening).toBe(0);
    expect(TabsChannel.all.size).toBe(0);
  });
});
