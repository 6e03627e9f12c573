/** Several tabs of one real browser: what they share, and what one of them does to the others. */
import { type Browser, type BrowserContext, type Page } from "playwright-core";
import { type Chat, createChat } from "../../client/src";
import { contextOf as socketsOf } from "../../services/api/sockets/sockets";
import { browserPath, launchBrowser, PATIENCE } from "../support/browser";
import { type Account, register } from "../support/client";
import { eventually } from "../support/eventually";
import { startSystem, type System } from "../support/system";

/** What the pages' scripts below keep at their window. */
interface Held {
  chat: Chat;
  heard: string[];
}
declare const window: Held;
interface Begin {
  readonly token: string;
  readonly storage: string;
  readonly shared: boolean;
  readonly script: string | undefined;
  readonly connects: boolean;
}

/** As text: what the tests' compiler makes of `import()` is nothing for a browser. */
const BEGIN = `async ({ token, storage, shared, script, connects }) => {
  const { createChat, indexedDb, sharedSockets } = await import("/app/chat-client.js");
  const sockets = shared ? { sockets: sharedSockets(script === undefined ? {} : { script }) } : {};
  window.chat = createChat({ url: location.origin, token: token || (() => window.freshToken()), storage: indexedDb(storage), ...sockets });
  window.heard = [];
  window.chat.on("message:created", ({ content }) => void window.heard.push(content));
  await window.chat.open();
  if (connects) await window.chat.connect();
}`;

const suite = browserPath === undefined ? describe.skip : describe;
const title = browserPath === undefined ? "tabs (skipped: no Chromium here)" : "tabs";

/** As a browser ends a worker that crashed. */
async function endWorkers(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  const { targetInfos } = await session.send("Target.getTargets");
  for (const { type, targetId } of targetInfos)
    if (type === "shared_worker") await session.send("Target.closeTarget", { targetId });
  await session.detach();
}

/** The keys of what a database of the page holds. */
const keysOf = (page: Page | undefined, name: string): Promise<string[]> =>
  page?.evaluate<string[]>(
    `new Promise((resolve, reject) => {
      const opening = indexedDB.open(${JSON.stringify(name)});
      opening.onerror = reject;
      opening.onsuccess = () => {
        const asked = opening.result.transaction("chat").objectStore("chat").getAllKeys();
        asked.onsuccess = () => (opening.result.close(), resolve(asked.result));
      };
    })`,
  ) ?? Promise.resolve([]);

suite(title, () => {
  jest.setTimeout(3 * PATIENCE);
  let system: System;
  let browser: Browser;
  let context: BrowserContext;
  let ann: Account;
  let bob: Account;
  let bobs: Chat;

  beforeAll(async () => {
    [system, browser] = await Promise.all([startSystem(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    context.setDefaultTimeout(PATIENCE);
    [ann, bob] = [await register(system.url), await register(system.url)];
    bobs = createChat({ url: system.url, token: bob.token });
    await bobs.connect();
  });
  afterEach(async () => {
    await bobs.close();
    await context.close();
  });

  const socketCount = ({ id }: Account): number =>
    [...socketsOf(system.broker.getLocalService("api")).hub.peersOf(id)].length;

  /** A page of the server's own origin with a client in it. */
  async function tab(account: Account, options: Partial<Begin> = {}): Promise<Page> {
    const page = await context.newPage();
    await page.goto(system.url);
    await begin(page, account, options);
    return page;
  }

  async function begin(page: Page, account: Account, options: Partial<Begin> = {}): Promise<void> {
    const how: Begin = {
      ...{ token: account.token, storage: `of-${account.id}`, shared: true, script: undefined, connects: true },
      ...options,
    };
    await page.evaluate(`(${BEGIN})(${JSON.stringify(how)})`);
  }

  const heardIn = (page: Page): Promise<string[]> => page.evaluate(() => window.heard);
  const texts = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `${from + i}`);
  const say = (id: string, said: readonly string[]): void => {
    for (const text of said) bobs.conversation(id)?.send(text);
  };
  const group = async (): Promise<string> => (await bobs.group({ name: "tabs", members: [ann.id] })).id;

  test("three tabs have one connection, and each hears every message once and in order, also when the first is closed", async () => {
    const id = await group();
    const tabs = [await tab(ann), await tab(ann), await tab(ann)];
    expect(socketCount(ann)).toBe(1);
    say(id, texts(0, 30));
    for (const page of tabs) await eventually(async () => expect(await heardIn(page)).toEqual(texts(0, 30)));
    await tabs[0]?.close();
    say(id, texts(30, 40));
    for (const page of tabs.slice(1)) await eventually(async () => expect(await heardIn(page)).toEqual(texts(0, 40)));
    expect(socketCount(ann)).toBe(1);
    expect(await Promise.all(tabs.slice(1).map((page) => page.evaluate(() => window.chat.state)))).toEqual([
      "online",
      "online",
    ]);
  });

  test("a tab that is reloaded joins the others again, and hears what it missed", async () => {
    const id = await group();
    const [first, second] = [await tab(ann), await tab(ann)];
    say(id, ["before"]);
    for (const page of [first, second]) await eventually(async () => expect(await heardIn(page)).toEqual(["before"]));
    await first.reload();
    say(id, ["meanwhile"]);
    await eventually(async () => expect(await heardIn(second)).toEqual(["before", "meanwhile"]));
    await begin(first, ann);
    say(id, ["after"]);
    const known = (page: Page): Promise<string[]> =>
      page.evaluate((of) => {
        const { messages } = window.chat.conversation(of) ?? {};
        messages?.subscribe(() => undefined);
        return (messages?.value ?? []).map(({ content }) => content);
      }, id);
    await eventually(async () => expect(await known(first)).toEqual(["before", "meanwhile", "after"]));
    await eventually(async () => expect(await heardIn(second)).toEqual(["before", "meanwhile", "after"]));
    expect(socketCount(ann)).toBe(1);
  });

  test("what one tab sends the others see; another account in another tab has a connection of its own", async () => {
    const id = await group();
    const [first, second, other] = [await tab(ann), await tab(ann), await tab(bob)];
    expect([socketCount(ann), socketCount(bob)]).toEqual([1, 2]);
    await first.evaluate((of) => window.chat.conversation(of)?.send("from a tab").sent, id);
    for (const page of [first, second, other])
      await eventually(async () => expect(await heardIn(page)).toEqual(["from a tab"]));
    await first.evaluate(() => window.chat.close());
    await second.evaluate(() => window.chat.close());
    await eventually(() => expect([socketCount(ann), socketCount(bob)]).toEqual([0, 2]));
    expect(await other.evaluate(() => window.chat.state)).toBe("online");
  });

  test("a page that may not or can't have the worker has a connection of its own", async () => {
    const id = await group();
    const script = `${system.url}/app/there-is-none.js`;
    const pages = [await tab(ann, { script }), await tab(ann, { shared: false })];
    expect(socketCount(ann)).toBe(2);
    say(id, ["heard"]);
    for (const page of pages) await eventually(async () => expect(await heardIn(page)).toEqual(["heard"]));
  });

  test("when the worker dies each tab goes on with a connection of its own, and misses nothing", async () => {
    const id = await group();
    const tabs = [await tab(ann), await tab(ann)];
    expect(socketCount(ann)).toBe(1);
    await endWorkers(browser);
    say(id, texts(0, 10));
    for (const page of tabs) await eventually(async () => expect(await heardIn(page)).toEqual(texts(0, 10)));
    await eventually(() => expect(socketCount(ann)).toBe(2)); // that of the worker may end a moment later
  });

  test("signing out in one tab ends the others, and leaves nothing in the storage", async () => {
    const id = await group();
    const tabs = [await tab(ann), await tab(ann)];
    say(id, ["a secret"]);
    for (const page of tabs) await eventually(async () => expect(await heardIn(page)).toEqual(["a secret"]));
    await tabs[0]?.evaluate(() => window.chat.signOut());
    await eventually(() => expect(socketCount(ann)).toBe(0));
    for (const page of tabs) {
      await eventually(async () => expect(await page.evaluate(() => window.chat.state)).toBe("offline"));
      await eventually(async () => expect(await page.evaluate(() => window.chat.conversations.value.length)).toBe(0));
    }
    await eventually(async () => expect(await keysOf(tabs[1], `of-${ann.id}`)).toEqual([]));
  });

  test("while one tab fetches a token the others wait for it", async () => {
    let asked = 0;
    let give = (): void => undefined;
    const given = new Promise<void>((resolve) => (give = resolve));
    await context.exposeFunction("freshToken", async () => {
      asked++;
      await given;
      return ann.token;
    });
    const tabs: Page[] = [];
    for (let i = 0; i < 3; i++) tabs.push(await tab(ann, { token: "", connects: false }));
    for (const page of tabs) await page.evaluate(() => void window.chat.connect());
    const waiting = (): Promise<number> =>
      tabs[0]?.evaluate<number>(
        `navigator.locks.query().then(({ pending }) => pending.filter(({ name }) => name.endsWith(":token")).length)`,
      ) ?? Promise.resolve(0);
    await eventually(async () => expect(await waiting()).toBe(2));
    expect(asked).toBe(1);
    give();
    for (const page of tabs)
      await eventually(async () => expect(await page.evaluate(() => window.chat.state)).toBe("online"));
    expect(socketCount(ann)).toBe(1);
  });

  test.each([true, false])("what waits is sent once by all tabs that have it (shared: %p)", async (shared) => {
    const id = await group();
    const first = await tab(ann, { shared });
    await first.evaluate(() => window.chat.close());
    await begin(first, ann, { shared, connects: false });
    const write = (page: Page, said: readonly string[]): Promise<unknown> =>
      page.evaluate(
        async ([of, all]) => {
          for (const text of all) await window.chat.conversation(of)?.send(text).stored;
        },
        [id, said] as const,
      );
    await write(first, [...texts(0, 5), "taken back"]);
    const second = await tab(ann, { shared, connects: false });
    await second.evaluate((of) => {
      const conversation = window.chat.conversation(of);
      conversation?.outgoing(conversation.messages.value.at(-1)?.clientId ?? "")?.discard();
    }, id);
    const pending = (page: Page): Promise<number> =>
      page.evaluate(
        (of) => (window.chat.conversation(of)?.messages.value ?? []).filter(({ state }) => state !== "sent").length,
        id,
      );
    for (const page of [first, second]) await eventually(async () => expect(await pending(page)).toBe(5));
    await Promise.all([first, second].map((page) => page.evaluate(() => window.chat.connect())));
    for (const page of [first, second]) await eventually(async () => expect(await pending(page)).toBe(0));
    const stored = await bobs.ask("message:list", { conversationId: id, limit: 20 });
    expect(stored.sort((a, b) => a.seq - b.seq).map(({ content }) => content)).toEqual(texts(0, 5));
    await eventually(async () =>
      expect((await keysOf(first, `of-${ann.id}`)).filter((key) => key.startsWith("o/"))).toEqual([]),
    );
  });
});
