/** The pages of two tenants on one origin, in one browser: each whole below its path, and nothing of one in the other. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Locator, type Page } from "playwright-core";
import { type Browser, browserPath, openBrowser, PATIENCE } from "../support/browser";
import { register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { wav } from "../support/media-files";
import { OidcProvider, signInAtRealm } from "../support/oidc";
import { startTenants, type TenantSystem } from "../support/tenants";

const suite = browserPath === undefined ? describe.skip : describe;
const title = browserPath === undefined ? "pages of tenants (skipped: no Chromium here)" : "pages of tenants";
const NAMES = ["acme", "globex"] as const;
type Name = (typeof NAMES)[number];
/** What is said in each, and must be in no place of the other's. */
const WORDS = { acme: "kumquat", globex: "rutabaga" } as const;

/** All that an origin keeps, by the place it is kept in. */
const KEPT = `(async () => {
  const places = [localStorage, sessionStorage].flatMap((storage) =>
    Object.keys(storage).map((key) => [key, storage.getItem(key)]));
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((done, fail) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });
    const values = [...db.objectStoreNames].map((store) => new Promise((done, fail) => {
      const asked = db.transaction(store).objectStore(store).getAll();
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    }));
    places.push([name, JSON.stringify(await Promise.all(values))]);
    db.close();
  }
  return places;
})()`;

suite(title, () => {
  jest.setTimeout(6 * PATIENCE);
  let provider: OidcProvider;
  let system: TenantSystem;
  let browser: Browser;
  const ann = {} as Record<Name, Page>;
  const bob = {} as Record<Name, { id: number; token: string }>;
  const group = {} as Record<Name, string>;
  const both = async (run: (name: Name, other: Name) => Promise<void>): Promise<void> => {
    await run("acme", "globex");
    await run("globex", "acme");
  };

  const box = (page: Page): Locator => page.getByRole("textbox", { name: "Message", exact: true });
  const bubble = (page: Page, text: string): Locator => page.locator(".message").filter({ hasText: text }).last();
  async function ask(name: Name, method: string, path: string, body?: unknown): Promise<any> {
    const { token } = bob[name];
    const answer = await request(system.urlOf(name), method, path, { token, ...(body === undefined ? {} : { body }) });
    if (!answer.body.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body.error)}`);
    return answer.body.data;
  }
  const history = async (name: Name): Promise<string> =>
    JSON.stringify(await ask(name, "GET", `/conversations/${group[name]}/messages`));
  async function upload(name: Name, file: string, type: string, bytes: Buffer): Promise<string> {
    const form = new FormData();
    form.append("file", new Blob([new Uint8Array(bytes)], { type }), file);
    const headers = { authorization: `Bearer ${bob[name].token}` };
    const sent = await fetch(`${system.urlOf(name)}/upload/single`, { method: "POST", body: form, headers });
    return ((await sent.json()) as { data: { url: string } }).data.url;
  }

  beforeAll(async () => {
    provider = await OidcProvider.start();
    const entry = { id: "real", name: "Realm", issuer: provider.issuer, clientId: "chat", private: true };
    system = await startTenants(NAMES, {
      ACME__OIDC_PROVIDERS: JSON.stringify([{ ...entry, clientSecret: "the secret of the chat" }]),
    });
    await provider.expects(`${system.urlOf("acme")}/oidc/real/callback`);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    await provider?.stop();
  });

  test("one signs up in both with the same name and address, and stays signed in in each", async () => {
    await both(async (name) => {
      const page = await browser.visit(`${system.urlOf(name)}/`);
      await page.getByLabel("Your name").fill("Ann");
      await page.getByLabel("E-mail").fill("ann@example.com");
      await page.getByLabel("Password").fill("correct horse battery");
      await page.getByLabel("Stay signed in").check();
      await page.getByRole("button", { name: "Create account" }).click();
      await page.getByText("No conversations yet").waitFor();
      ann[name] = page;
      const { id, token } = await register(system.urlOf(name), "Bob");
      bob[name] = { id, token };
    });
    await ann.acme.reload(); // and is who one was, though somebody came after
    await ann.acme.getByText("No conversations yet").waitFor();
    expect(bob.acme.id).toBe(bob.globex.id);
  });

  test("what is written to one comes to its page, and what is written on it to its people", async () => {
    await both(async (name, other) => {
      const [me] = await ask(name, "GET", "/users/search?q=ann");
      const made = await ask(name, "POST", "/conversations", { participantIds: [me.user_id], name: `${name} crew` });
      group[name] = made._id;
      await ask(name, "POST", `/conversations/${made._id}/messages`, { content: `a ${WORDS[name]} for Ann` });
      const page = ann[name];
      await page.bringToFront();
      await page.locator(".row", { hasText: `${name} crew` }).click();
      await bubble(page, `a ${WORDS[name]} for Ann`).waitFor();
      await box(page).fill(`my ${WORDS[name]}`);
      await box(page).press("Enter");
      await bubble(page, `my ${WORDS[name]}`)
        .getByRole("img", { name: /^(Sent|Delivered|Read)$/ })
        .waitFor();
      expect(await ann[other].locator(".row", { hasText: `${name} crew` }).count()).toBe(0);
    });
    await both(async (name, other) => {
      expect(await history(name)).toContain(`my ${WORDS[name]}`);
      expect(await history(name)).not.toContain(WORDS[other]);
    });
  });

  test("pictures, sounds and emoji come from below the path", async () => {
    const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const asked: string[] = [];
    ann.acme.on("request", (one) => asked.push(one.url()));
    const attachments = [
      await upload("acme", "dot.png", "image/png", Buffer.from(PNG, "base64")),
      await upload("acme", "beep.wav", "audio/wav", wav()),
    ];
    for (const url of attachments)
      await ask("acme", "POST", `/conversations/${group.acme}/messages`, { content: "a file", attachments: [url] });
    await ann.acme.bringToFront();
    await ann.acme.locator(".message .picture img").waitFor();
    const sound = ann.acme.locator(".message audio");
    await sound.waitFor();
    expect(await sound.getAttribute("src")).toMatch(`${system.urlOf("acme")}/files/`);
    await bubble(ann.acme, `a ${WORDS.acme}`).hover();
    await bubble(ann.acme, `a ${WORDS.acme}`).getByRole("button", { name: "React" }).click();
    await ann.acme.getByRole("searchbox", { name: "Find an emoji" }).or(ann.acme.locator(".emoji")).first().waitFor();
    await ann.acme.keyboard.press("Escape");
    expect(asked.length).toBeGreaterThan(1);
    for (const url of asked) expect(url).toMatch(new RegExp(`^(blob:|${system.urlOf("acme")}/)`));
  });

  test("links that are shared lead back below the path, also in a tab that was in the other just before", async () => {
    await both(async (name, other) => {
      const tab = await browser.visit(`${system.urlOf(other)}/`);
      await tab.locator(".row", { hasText: `${other} crew` }).waitFor();
      await tab.goto(`${system.urlOf(name)}/#/c/${group[name]}/2`);
      await bubble(tab, `a ${WORDS[name]} for Ann`).waitFor();
      expect(await tab.locator("body").innerText()).not.toContain(WORDS[other]);
      await tab.close();
    });
    const { link } = await ask("acme", "POST", `/conversations/${group.acme}/links`, {});
    await ann.globex.goto(`${system.urlOf("globex")}/#/join/${link}`);
    await ann.globex.getByText("This link leads nowhere").waitFor();
  });

  test("what is typed and what waits to be sent stays with its own", async () => {
    await both(async (name) => {
      await ann[name].bringToFront();
      await ann[name].goto(`${system.urlOf(name)}/#/c/${group[name]}`);
      await bubble(ann[name], `my ${WORDS[name]}`).waitFor();
    });
    await ann.acme.context().setOffline(true);
    await both(async (name) => {
      const page = ann[name];
      await page.bringToFront();
      await page.locator(".status.offline", { hasText: "Offline" }).waitFor();
      await box(page).fill(`${WORDS[name]} from the tunnel`);
      await box(page).press("Enter");
      await bubble(page, "from the tunnel").waitFor();
      await box(page).fill(`half a ${WORDS[name]}`);
    });
    let places: [string, string][] = [];
    await eventually(async () => {
      places = await ann.acme.evaluate<[string, string][]>(KEPT);
      for (const name of NAMES) {
        const waits = places.filter(([, text]) => text.includes(`${WORDS[name]} from the tunnel`));
        expect(waits.length).toBeGreaterThan(0);
      }
    });
    const mixed = places.filter(([, text]) => text.includes(WORDS.acme) && text.includes(WORDS.globex));
    expect(mixed).toEqual([]);
    const nobodys = places.map(([place]) => place).filter((place) => !/ \/t\/(acme|globex)$/.test(place));
    expect(nobodys).toEqual([]);
    await ann.acme.context().setOffline(false);
    await both(async (name, other) => {
      await ann[name].reload();
      await bubble(ann[name], "from the tunnel")
        .getByRole("img", { name: /^(Sent|Delivered|Read)$/ })
        .waitFor();
      expect(await box(ann[name]).inputValue()).toBe(`half a ${WORDS[name]}`);
      expect(await ann[name].locator("body").innerText()).not.toContain(WORDS[other]);
      expect(await history(name)).not.toContain(WORDS[other]);
    });
  });

  test("a mailed link opens the page of whoever mailed it", async () => {
    await request(system.urlOf("globex"), "POST", "/auth/password/forgot", { body: { email: "ann@example.com" } });
    const mailed = (): string[] => {
      const folder = join(system.dataDirOf("globex"), "mail");
      const mails = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8").replace(/=\r?\n/g, ""));
      return mails.flatMap((mail) => /http:\/\/localhost:\d+(\/\S*#reset=)(?:3D)?([\w-]+)/.exec(mail)?.slice(1) ?? []);
    };
    await eventually(() => expect(mailed()).toHaveLength(2));
    const path = mailed().join("");
    expect(path).toMatch(/^\/t\/globex\/#reset=/);
    const page = await browser.visit(system.url + path);
    await page.getByLabel("New password").fill("another horse entirely");
    await page.getByRole("button", { name: "Save" }).click();
    await page
      .getByRole("heading", { name: "Create account" })
      .or(page.getByRole("heading", { name: "Sign in" }))
      .waitFor();
    await page.close();
  });

  test("of that, and of signing out, the other hears nothing", async () => {
    await ann.globex.getByRole("button", { name: "Create account" }).waitFor(); // all its sessions are over
    await ann.acme.reload();
    await bubble(ann.acme, `my ${WORDS.acme}`).waitFor();
  });

  test("one signs in elsewhere and comes back below the path", async () => {
    const page = await browser.visit(`${system.urlOf("globex")}/`);
    expect(await page.getByRole("link", { name: "Sign in with Realm" }).count()).toBe(0);
    await page.goto(`${system.urlOf("acme")}/`);
    await page.evaluate("localStorage.clear()");
    await page.reload();
    await signInAtRealm(page);
    await page.getByText("No conversations yet").waitFor();
    expect(page.url()).toMatch(`${system.urlOf("acme")}/#`);
  });

  test("the worker that shows pushes is each one's own, and has no say over the other", async () => {
    const scopes = "navigator.serviceWorker.getRegistrations().then((all) => all.map(({ scope }) => scope).sort())";
    await both(async (name) => {
      await ann[name].evaluate("navigator.serviceWorker.register('./sw.js').then(() => navigator.serviceWorker.ready)");
    });
    expect(await ann.acme.evaluate(scopes)).toEqual(NAMES.map((name) => `${system.urlOf(name)}/`));
  });

  test("nothing on the way threw or was refused by the content security policy", () => {
    const expected = /net::ERR_|status of (401|404)|WebSocket|socket\.io/;
    expect(browser.problems.filter((problem) => !expected.test(problem))).toEqual([]);
  });
});
