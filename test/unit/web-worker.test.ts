/** The page's worker: two pages of one origin, each with its own, in a browser that keeps windows and notifications by origin. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, Script } from "node:vm";
import { projectRoot } from "../../platform/root";

const script = new Script(readFileSync(join(projectRoot, "web/sw.js"), "utf8"));
const ORIGIN = "https://chat.example.com";

interface Shown {
  readonly tag: string | undefined;
  readonly data: { readonly relatedId: string | null };
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
  click = (relatedId: string | null) =>
    this.tell("notificationclick", { notification: { close: () => undefined, data: { relatedId } } });
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
