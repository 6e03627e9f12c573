/** The page's worker: two pages of one origin, each with its own, in a browser that keeps windows and notifications by origin. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, Script } from "node:vm";
import { projectRoot } from "../../platform/root";

const script = new Script(readFileSync(join(projectRoot, "web/sw.js"), "utf8"));
const ORIGIN = "https://chat.example.com";

interface Shown {
  readonly tag: string | undefined;
  readonly data: { readonly relatedId: string | null; readonly type?: string };
}

/** What the browser has of the origin, whichever worker asks. */
class Origin {
  readonly opened: string[] = [];
  readonly led: (readonly [from: string, to: string])[] = [];
  readonly claimed: string[] = [];
  readonly shown: (Shown & { readonly title: string })[] = [];
  constructor(private readonly windows: readonly string[]) {}

  worker(path: string): Worker {
    return new Worker(this, ORIGIN + path);
  }
  clients = (scope: string) => ({
    claim: () => Promise.resolve(this.claimed.push(scope)),
    openWindow: (url: string) => Promise.resolve(this.opened.push(url)),
    matchAll: () =>
      Promise.resolve(
        this.windows.map((path) => ({
          url: ORIGIN + path,
          focus: () => Promise.resolve(),
          navigate: (to: string) => Promise.resolve(this.led.push([path, to])),
        })),
      ),
  });
}

class Worker {
  private readonly heard = new Map<string, (event: object) => void>();

  constructor(origin: Origin, scope: string) {
    const showNotification = (title: string, { tag, data }: Shown) =>
      Promise.resolve(origin.shown.push({ title, tag, data }));
    const self = {
      registration: { scope, showNotification },
      clients: origin.clients(scope),
      addEventListener: (event: string, run: (event: object) => void) => this.heard.set(event, run),
    };
    script.runInContext(createContext({ self, URL }));
  }

  async tell(event: string, more: object = {}): Promise<void> {
    let until: unknown;
    this.heard.get(event)?.({ ...more, waitUntil: (done: unknown) => (until = done) });
    await until;
  }
  push = (payload?: object) => this.tell("push", { data: payload && { json: () => payload } });
  click = (relatedId: string | null, type = "message") =>
    this.tell("notificationclick", { notification: { close: () => undefined, data: { relatedId, type } } });
}

const ID = "5f5f5f5f5f5f5f5f5f5f5f5f";

test.each([
  ["/", ["/"], "/", `${ORIGIN}/#/c/${ID}`],
  ["/t/acme/", ["/t/globex/#/c/1", "/t/acme/?dir=rtl#/explore"], "/t/acme/?dir=rtl#/explore", `/t/acme/#/c/${ID}`],
  ["/t/acme/", ["/t/acme-2/", "/t/acme/index.html"], "/t/acme/index.html", `/t/acme/#/c/${ID}`],
])("of %s, with windows at %j, leads the one at %s to the conversation", async (path, windows, from, to) => {
  const origin = new Origin(windows);
  await origin.worker(path).click(ID);
  expect([origin.led, origin.opened]).toEqual([[[from, new URL(to, ORIGIN).href]], []]);
});

test.each([
  ["/t/acme/", ["/t/globex/", "/t/acme-2/", "/", "/api/docs", "/t/acme/api/docs"], ID, `/t/acme/#/c/${ID}`],
  ["/t/acme/", [], null, "/t/acme/"],
  ["/", ["/t/acme/"], null, "/"],
])("of %s opens a window of its own beside those at %j", async (path, windows, id, to) => {
  const origin = new Origin(windows);
  await origin.worker(path).click(id);
  expect([origin.led, origin.opened]).toEqual([[], [ORIGIN + to]]);
});

test("a reminder leads to its message, whose conversation its id does not say", async () => {
  const origin = new Origin([]);
  await origin.worker("/t/acme/").push({ title: "Reminder", relatedId: ID, type: "reminder" });
  expect(origin.shown[0]).toMatchObject({ data: { relatedId: ID, type: "reminder" } });
  await origin.worker("/t/acme/").click(ID, "reminder");
  expect(origin.opened).toEqual([`${ORIGIN}/t/acme/#/m/${ID}`]);
});

test("leads also a window that was open before there was a worker", async () => {
  const origin = new Origin(["/t/acme/"]);
  await origin.worker("/t/acme/").tell("activate");
  expect(origin.claimed).toEqual([`${ORIGIN}/t/acme/`]);
});

test("news of one conversation follow one another in one line, and never in the line of another page", async () => {
  const origin = new Origin([]);
  for (const path of ["/t/acme/", "/t/globex/"])
    for (const title of ["first", "second"]) await origin.worker(path).push({ title, relatedId: ID, topic: "t" });
  const [a, again, g] = origin.shown.map(({ tag }) => tag);
  expect(again).toBe(a);
  expect(g).not.toBe(a);
});

test("a push without words shows that there is something, in no line", async () => {
  const origin = new Origin([]);
  await origin.worker("/").push();
  expect(origin.shown).toEqual([{ title: "Chat", tag: undefined, data: { relatedId: null } }]);
});

/** What is answered by whom: the server, which may be away, and what the worker keeps. */
class Keeping {
  readonly asked: string[] = [];
  private readonly stores = new Map<string, Map<string, Response>>();
  private readonly heard = new Map<string, (event: object) => void>();
  /** A status, that nothing comes, or that nobody is there. */
  server: (url: string) => number | "silent" | "away" = () => 200;

  constructor(readonly scope: string) {
    const addEventListener = (event: string, run: (event: object) => void) => this.heard.set(event, run);
    const self = { registration: { scope }, addEventListener, skipWaiting: () => Promise.resolve() };
    const caches = { open: (name: string) => Promise.resolve(this.cache(name)) };
    const fetch = (request: string | { url: string }) =>
      this.answer(typeof request === "string" ? request : request.url);
    const soon = (run: () => void) => setTimeout(run, 20); // instead of seconds
    script.runInContext(createContext({ self, URL, caches, fetch, setTimeout: soon }));
  }

  private cache(name: string) {
    const store = this.stores.get(name) ?? new Map<string, Response>();
    this.stores.set(name, store);
    return {
      match: (key: string) => Promise.resolve(store.get(key)?.clone()),
      put: (key: string, response: Response) => Promise.resolve((store.delete(key), store.set(key, response))),
      keys: () => Promise.resolve([...store.keys()]),
      delete: (key: string) => Promise.resolve(store.delete(key)),
    };
  }
  private answer(url: string): Promise<Response> {
    this.asked.push(url);
    const how = this.server(url);
    if (how === "away") return Promise.reject(new TypeError("Failed to fetch"));
    if (how === "silent") return new Promise(() => undefined);
    return Promise.resolve(new Response(`${how} ${this.asked.length}`, { status: how }));
  }
  get kept(): string[] {
    return [...this.stores.values()].flatMap((store) => [...store.keys()]);
  }

  /** What the browser shows; undefined where the worker leaves it to the network. */
  async open(path: string, mode = "cors", method = "GET"): Promise<string | undefined> {
    let answer: Promise<Response> | undefined;
    const done: unknown[] = [];
    const request = { url: ORIGIN + path, mode, method };
    this.heard.get("fetch")?.({
      request,
      respondWith: (given: Promise<Response>) => (answer = given),
      waitUntil: (work: unknown) => done.push(work),
    });
    const text = await (await answer)?.text();
    await Promise.all(done);
    return text;
  }
  async name(parts: unknown): Promise<void> {
    let until: unknown;
    this.heard.get("message")?.({ data: { parts }, waitUntil: (work: unknown) => (until = work) });
    await until;
  }
}

describe.each(["/", "/t/acme/"])("of the page at %s", (base) => {
  const page = () => new Keeping(ORIGIN + base);

  test.each(["away", "silent", 502] as const)(
    "what it is made of opens from what is kept where the server is %s",
    async (how) => {
      const worker = page();
      const [first, script] = [
        await worker.open(`${base}?dir=rtl`, "navigate"),
        await worker.open(`${base}app/main.js`),
      ];
      expect([first, script]).toEqual(["200 1", "200 2"]);
      worker.server = () => how;
      expect(await worker.open(base, "navigate")).toBe("200 1");
      expect(await worker.open(`${base}app/main.js`)).toBe("200 2");
    },
  );

  test("the server comes first, and what it has new is kept", async () => {
    const worker = page();
    for (const text of ["200 1", "200 2"]) expect(await worker.open(`${base}app/main.js`)).toBe(text);
    worker.server = () => "away";
    expect(await worker.open(`${base}app/main.js`)).toBe("200 2");
    await expect(worker.open(`${base}app/never-seen.js`)).rejects.toThrow("Failed to fetch");
  });

  test.each([
    [`${base}users/me`, "cors", "GET"],
    [`${base}files/5f5f`, "no-cors", "GET"],
    [`${base}application`, "cors", "GET"],
    [`${base}api/docs`, "navigate", "GET"],
    [`${base}app/main.js`, "cors", "POST"],
    ["/t/other/app/main.js", "cors", "GET"],
    ["/t/other/", "navigate", "GET"],
    [base, "cors", "GET"],
  ])("%s (%s, %s) is no part of it, and never kept", async (path, mode, method) => {
    const worker = page();
    const isOwn = path === base && mode === "cors";
    expect(await worker.open(path, mode, method)).toBeUndefined();
    if (!isOwn) await worker.name([ORIGIN + path]);
    expect(worker.kept).toEqual(method === "POST" ? [ORIGIN + path] : []); // a part is named by its address alone
  });

  test("what was loaded before there was a worker is kept once named; of rubbish nothing is", async () => {
    const worker = page();
    await worker.name([ORIGIN + base, `${ORIGIN}${base}app/style.css`, "https://evil.example/app/x.js", "::", 7]);
    await worker.name(undefined);
    await worker.name([`${ORIGIN}${base}app/style.css`]); // is there
    expect(worker.kept).toEqual([ORIGIN + base, `${ORIGIN}${base}app/style.css`]);
    expect(worker.asked).toHaveLength(2);
  });

  test("what is kept is bounded: what was loaded longest ago goes", async () => {
    const worker = page();
    for (let i = 0; i < 40; i++) await worker.open(`${base}app/chunk-${i}.js`);
    expect(worker.kept).toHaveLength(24);
    expect(worker.kept[0]).toBe(`${ORIGIN}${base}app/chunk-16.js`);
  });
});
