/** The page in a real browser: two windows, two people and then three, through everything that people do. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Locator, type Page } from "playwright-core";
import { violations } from "../support/axe";
import { type Browser, browserPath, openBrowser, PATIENCE } from "../support/browser";
import { eventually } from "../support/eventually";
import { freePort } from "../support/servers";
import { startSystem, type System } from "../support/system";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** Of the page itself, its style, its program and what that is cut into: how many the worker keeps. */
const KEPT = `(async () => {
  const cache = await caches.open("page " + new URL(".", location.href).href);
  const kept = (await cache.keys()).map(({ url }) => new URL(url).pathname);
  return [/^\\/$/, /style\\.css$/, /main\\.js$/, /chunk-\\w+\\.js$/].map((part) => kept.filter((path) => part.test(path)).length);
})()`;

const suite = browserPath === undefined ? describe.skip : describe;
const title = browserPath === undefined ? "the page (skipped: no Chromium here)" : "the page";

suite(title, () => {
  jest.setTimeout(6 * PATIENCE);
  const dataDir = mkdtempSync(join(tmpdir(), "chat-web-"));
  let system: System;
  let browser: Browser;
  let ann: Page;
  let bob: Page;

  const box = (page: Page): Locator => page.getByRole("textbox", { name: "Message", exact: true });
  const bubble = (page: Page, text: string): Locator => page.locator(".message").filter({ hasText: text }).last();
  const row = (page: Page, name: string): Locator =>
    page.locator(".row").filter({ has: page.locator(".name", { hasText: name }) });
  async function write(page: Page, text: string): Promise<void> {
    await box(page).fill(text);
    await box(page).press("Enter");
  }
  async function onMessage(page: Page, text: string, ...path: string[]): Promise<void> {
    await page.bringToFront();
    await bubble(page, text).hover();
    for (const [i, name] of path.entries())
      await (i === 0 ? bubble(page, text) : page).getByRole(i === 0 ? "button" : "menuitem", { name }).click();
  }
  beforeAll(async () => {
    system = await startSystem({ env: { DATA_DIR: dataDir, PORT: String(await freePort()) } }); // it comes back there
    browser = await openBrowser();
    ann = await browser.window(system.url, "Ann Archer");
    bob = await browser.window(system.url, "Bob Baker");
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test("a person is found by name, and a first message is a request", async () => {
    await ann.getByRole("button", { name: "New conversation" }).click();
    await ann.getByLabel("Find a person by name").fill("bob");
    await ann.getByRole("button", { name: /Bob Baker/ }).click();
    await ann.getByRole("button", { name: "Start", exact: true }).click();
    await write(ann, "Hello Bob");
    await bubble(ann, "Hello Bob").getByRole("img", { name: "Sent" }).waitFor();
    await bob.getByRole("heading", { name: "Message requests" }).waitFor();
    await row(bob, "Ann Archer")
      .getByText(/Wants to write to you|Hello Bob/)
      .waitFor();
    await row(bob, "Ann Archer").click();
    await bubble(bob, "Hello Bob").waitFor();
    expect(await box(bob).count()).toBe(0);
  });

  test("once accepted both can write, see typing and what was read", async () => {
    await bob.bringToFront();
    await bob.getByRole("button", { name: "Accept" }).click();
    await write(bob, "Hello Ann");
    await bubble(ann, "Hello Ann").waitFor();
    await box(bob).pressSequentially("more", { delay: 20 });
    await ann.locator(".typing-line", { hasText: "Bob Baker is typing" }).waitFor();
    await write(ann, "Do you read me?");
    await bubble(ann, "Do you read me?").getByRole("img", { name: "Read" }).waitFor();
  });

  test("what looks like HTML stays text, and Markdown is shown", async () => {
    const text = '<img src=x onerror="document.title=1"> <b>bold</b> & <script>x</script> [x](javascript:alert(1))';
    await write(ann, text);
    await bubble(bob, "<b>bold</b>").waitFor();
    expect(await bubble(bob, "<b>bold</b>").locator(".text").textContent()).toBe(text);
    expect(await bob.locator(".log b, .log script, .log img, .log a[href^=javascript]").count()).toBe(0);
    await write(ann, "**strong** and `code`, at www.example.com/a_(b).");
    await bubble(bob, "strong and").locator("strong").waitFor();
    expect(await bubble(bob, "strong and").locator("a").getAttribute("href")).toBe("https://www.example.com/a_(b)");
  });

  test("edits, reactions and deletions show on both sides", async () => {
    await onMessage(ann, "Do you read me?", "More for this message", "Edit");
    await write(ann, "Do you hear me?");
    await bubble(bob, "Do you hear me?").getByText("edited").waitFor();
    await onMessage(bob, "Do you hear me?", "React");
    await bob.getByRole("button", { name: "React with 👍" }).click();
    await bubble(ann, "Do you hear me?").getByRole("button", { name: "👍 1: Bob Baker" }).waitFor();
    await onMessage(ann, "Hello Bob", "More for this message", "Delete for all");
    await ann.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await bubble(bob, "This message was deleted.").waitFor();
    expect(await bob.locator(".log").getByText("Hello Bob").count()).toBe(0);
  });

  test("a reply quotes, and the quote leads back; a thread gathers replies", async () => {
    await onMessage(bob, "Do you hear me?", "Reply");
    await write(bob, "Loud and clear");
    await bubble(ann, "Loud and clear").locator(".quote", { hasText: "Do you hear me?" }).click();
    await ann.locator(".message.hit", { hasText: "Do you hear me?" }).waitFor();
    await ann.locator(".thread-line", { hasText: "1 reply" }).click();
    await ann.locator(".panel").getByText("Loud and clear").waitFor();
    await ann.getByLabel("Reply in the thread").fill("Good to know");
    await ann.keyboard.press("Enter");
    await ann.locator(".panel .thread-message", { hasText: "Good to know" }).waitFor();
    await bob.locator(".thread-line", { hasText: "2 replies" }).waitFor();
    await ann.goBack();
    await ann.locator(".panel").waitFor({ state: "detached" });
  });

  test("a picture is uploaded, shown to the other side, and looked at", async () => {
    await ann.bringToFront();
    await ann
      .locator('footer input[type="file"]')
      .setInputFiles({ name: "dot.png", mimeType: "image/png", buffer: PNG });
    await ann.locator(".chosen", { hasText: "dot.png" }).waitFor();
    await write(ann, "a picture");
    await bubble(bob, "a picture").locator(".picture img").waitFor();
    await bob.bringToFront();
    await bubble(bob, "a picture").getByRole("button", { name: "Open the picture: dot.png" }).click();
    await bob.locator("dialog.viewer img").waitFor();
    await bob.keyboard.press("Escape");
    await bob.locator("dialog.viewer").waitFor({ state: "detached" });
  });

  test("what comes to a closed conversation is counted and found, and the hit leads to its place", async () => {
    await bob.bringToFront();
    await bob.setViewportSize({ width: 390, height: 780 });
    await bob.getByRole("link", { name: "Back to the list" }).click();
    await write(ann, "Look at the calendar");
    await row(bob, "Ann Archer").getByLabel("1 unread").waitFor();
    await bob.getByRole("searchbox", { name: "Search" }).fill("calend");
    await bob.locator(".hit mark").waitFor();
    await bob.locator(".hit").first().click();
    await bob.locator(".message.hit", { hasText: "Look at the calendar" }).waitFor();
    await bob.setViewportSize({ width: 1100, height: 720 });
    await bob.getByRole("searchbox", { name: "Search" }).fill("");
    await row(bob, "Ann Archer").getByLabel("1 unread").waitFor({ state: "detached" });
  });

  test("a group is made, its members see who is in it, and a name behind an @ completes", async () => {
    const cat = await browser.window(system.url, "Cat Carter");
    await ann.bringToFront();
    await ann.getByRole("button", { name: "New conversation" }).click();
    for (const name of ["Bob Baker", "Cat Carter"]) {
      await ann.getByLabel("Find a person by name").fill(name);
      await ann.locator("dialog .person", { hasText: name }).click();
    }
    await ann.getByLabel("Name of the group").fill("Three of us");
    await ann.getByRole("button", { name: "Start", exact: true }).click();
    await ann.getByRole("heading", { name: "Three of us" }).waitFor();
    await box(ann).pressSequentially("Welcome @cat");
    await ann.getByRole("option", { name: "Cat Carter" }).waitFor();
    await box(ann).press("Enter");
    await box(ann).press("Enter");
    await cat.bringToFront();
    await row(cat, "Three of us").click();
    await bubble(cat, "Welcome @Cat Carter").locator(".mention.me").waitFor();
    await cat.locator(".chat-head .title").click();
    await cat.locator(".members li").nth(2).waitFor();
    expect(await violations(cat)).toEqual([]);
    await cat.close();
  });

  test("nobody is shut out by colour, name or keyboard: no page has a violation, in light and in dark", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      await ann.emulateMedia({ colorScheme });
      for (const at of [
        "#/",
        "#/settings/profile",
        "#/settings/security",
        "#/settings/notifications",
        "#/settings/appearance",
      ]) {
        await ann.goto(`${system.url}/${at}`);
        await ann.locator(".page h2, .welcome").first().waitFor();
        expect([at, colorScheme, await violations(ann)]).toEqual([at, colorScheme, []]);
      }
      await row(ann, "Bob Baker").click();
      await bubble(ann, "Look at the calendar").waitFor();
      expect(["chat", colorScheme, await violations(ann)]).toEqual(["chat", colorScheme, []]);
    }
    await ann.emulateMedia({ colorScheme: null });
  });

  test("the page speaks Vietnamese, and keeps what was typed through a reload", async () => {
    await box(ann).fill("half a thought");
    await ann.goto(`${system.url}/#/settings/appearance`);
    await ann.getByLabel("Language").selectOption("vi");
    await ann.getByRole("heading", { name: "Cài đặt" }).waitFor();
    await ann.reload();
    await ann.getByRole("heading", { name: "Cài đặt" }).waitFor();
    await ann.getByLabel("Ngôn ngữ").selectOption("en");
    await row(ann, "Bob Baker").click();
    await expect(box(ann).inputValue()).resolves.toBe("half a thought");
    await box(ann).fill("");
  });

  test("what was written while the server was away arrives after it, once", async () => {
    await ann.bringToFront();
    const { port } = new URL(system.url);
    await eventually(async () => expect(await ann.evaluate(KEPT)).toEqual([1, 1, 1, 1]), PATIENCE);
    await system.stop();
    await ann.locator(".status:not(:empty)").waitFor();
    await write(ann, "written in the dark");
    await bubble(ann, "written in the dark").getByRole("img", { name: "Waiting for the connection" }).waitFor();
    expect(await ann.locator(".message.hit").count()).toBe(0); // it is none that one was led to
    await ann.reload(); // the page is there, too, with what it holds
    await row(ann, "Three of us").waitFor();
    await bubble(ann, "Look at the calendar").waitFor();
    await bubble(ann, "written in the dark").getByRole("img", { name: "Waiting for the connection" }).waitFor();
    await ann.locator(".status:not(:empty)").waitFor();
    system = await startSystem({ env: { DATA_DIR: dataDir, PORT: port } });
    await bubble(ann, "written in the dark")
      .getByRole("img", { name: /^(Sent|Delivered|Read)$/ })
      .waitFor();
    await row(bob, "Ann Archer").click();
    await bubble(bob, "written in the dark").waitFor();
    for (const page of [ann, bob])
      expect(await page.locator(".message", { hasText: "written in the dark" }).count()).toBe(1);
  });

  test("signing out leaves nothing on the page", async () => {
    await bob.bringToFront();
    await bob.getByRole("button", { name: "Account" }).click();
    await bob.getByRole("menuitem", { name: "Sign out" }).click();
    await bob.getByRole("button", { name: "Create account" }).waitFor();
    expect(await bob.getByText("Ann Archer").count()).toBe(0);
  });

  test("no page broke its content security policy or threw", () => {
    const expected = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|WebSocket|502|503/; // while the server was away
    expect(browser.problems.filter((problem) => !expected.test(problem))).toEqual([]);
  });
});
