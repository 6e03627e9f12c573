/** The demo client in a real browser: two windows, two people, one conversation. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Locator, type Page } from "playwright-core";
import { type Browser, browserPath, openBrowser, PATIENCE } from "../support/browser";
import { startSystem, type System } from "../support/system";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

const suite = browserPath === undefined ? describe.skip : describe;
const title = browserPath === undefined ? "the demo client (skipped: no Chromium here)" : "the demo client";

suite(title, () => {
  jest.setTimeout(6 * PATIENCE);
  const dataDir = mkdtempSync(join(tmpdir(), "chat-web-"));
  let system: System;
  let browser: Browser;
  let ann: Page;
  let bob: Page;

  const box = (page: Page): Locator => page.getByRole("textbox", { name: "Message" });
  const bubble = (page: Page, text: string): Locator => page.locator(".message").filter({ hasText: text }).last();
  const row = (page: Page, title: string): Locator =>
    page.locator(".row").filter({ has: page.locator(".name", { hasText: title }) });
  async function write(page: Page, text: string): Promise<void> {
    await box(page).fill(text);
    await box(page).press("Enter");
  }

  beforeAll(async () => {
    system = await startSystem({ env: { DATA_DIR: dataDir } });
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

  test("what looks like HTML stays text", async () => {
    const text = '<img src=x onerror="document.title=1"> <b>bold</b> & <script>x</script>';
    await write(ann, text);
    await bubble(bob, "<b>bold</b>").waitFor();
    expect(await bubble(bob, "<b>bold</b>").locator(".text").textContent()).toBe(text);
    expect(await bob.locator(".log b, .log script, .log img").count()).toBe(0);
  });

  test("edits, reactions and deletions show on both sides", async () => {
    await ann.bringToFront();
    await bubble(ann, "Do you read me?").hover();
    await bubble(ann, "Do you read me?").getByRole("button", { name: "Edit" }).click();
    await write(ann, "Do you hear me?");
    await bubble(bob, "Do you hear me?").getByText("edited").waitFor();
    await bob.bringToFront();
    await bubble(bob, "Do you hear me?").hover();
    await bubble(bob, "Do you hear me?").getByRole("button", { name: "React" }).click();
    await bubble(bob, "Do you hear me?").getByRole("button", { name: "React with 👍" }).click();
    await bubble(ann, "Do you hear me?").getByRole("button", { name: "👍 1" }).waitFor();
    await ann.bringToFront();
    await bubble(ann, "Hello Bob").hover();
    await bubble(ann, "Hello Bob").getByRole("button", { name: "Delete" }).click();
    await bubble(ann, "Hello Bob").getByRole("button", { name: "Delete for all?" }).click();
    await bubble(bob, "This message was deleted.").waitFor();
    expect(await bob.getByText("Hello Bob").count()).toBe(0);
  });

  test("a picture is uploaded and shown to the other side", async () => {
    await ann.locator('input[type="file"]').setInputFiles({ name: "dot.png", mimeType: "image/png", buffer: PNG });
    await ann.locator(".chip", { hasText: "File" }).waitFor();
    await write(ann, "a picture");
    await bubble(bob, "a picture").locator(".picture img").waitFor();
  });

  test("what comes to a closed conversation is counted, notified, and found", async () => {
    await bob.bringToFront();
    await bob.setViewportSize({ width: 390, height: 780 });
    await bob.getByRole("button", { name: "Back to the list" }).click();
    await write(ann, "Look at the calendar");
    await row(bob, "Ann Archer").getByLabel("1 unread").waitFor();
    await bob.locator(".with-badge .badge:not([hidden])").waitFor();
    await bob.getByRole("button", { name: "Search messages" }).click();
    await bob.getByRole("searchbox", { name: "Search messages" }).fill("calend");
    await bob.locator("dialog mark").waitFor();
    await bob.locator("dialog .item").first().click();
    await bubble(bob, "Look at the calendar").waitFor();
    await row(bob, "Ann Archer").getByLabel("1 unread").waitFor({ state: "detached" });
    await bob.setViewportSize({ width: 1100, height: 720 });
  });

  test("a group is made, and its members see who joined it", async () => {
    const cat = await browser.window(system.url, "Cat Carter");
    await ann.bringToFront();
    await ann.getByRole("button", { name: "New conversation" }).click();
    for (const name of ["Bob Baker", "Cat Carter"]) {
      await ann.getByLabel("Find a person by name").fill(name);
      await ann.locator("dialog .person", { hasText: name }).click();
    }
    await ann.getByLabel("Name of the group").fill("Three of us");
    await ann.getByRole("button", { name: "Start the group" }).click();
    await ann.getByRole("heading", { name: "Three of us" }).waitFor();
    await write(ann, "Welcome, both");
    await cat.bringToFront();
    await row(cat, "Three of us").click();
    await bubble(cat, "Welcome, both").waitFor();
    await cat.getByRole("button", { name: "Details" }).click();
    await cat.locator("dialog .person").nth(2).waitFor();
    await cat.close();
  });

  test("what was written while the server was away arrives after it, once", async () => {
    await ann.bringToFront();
    await row(ann, "Bob Baker").click();
    const { port } = new URL(system.url);
    await system.stop();
    await ann.getByText("Connection lost").waitFor();
    await write(ann, "written in the dark");
    system = await startSystem({ env: { DATA_DIR: dataDir, PORT: port } });
    await bubble(ann, "written in the dark")
      .getByRole("img", { name: /Sent|Delivered|Read/ })
      .waitFor();
    await row(bob, "Ann Archer").click();
    await bubble(bob, "written in the dark").waitFor();
    expect(await bob.locator(".message", { hasText: "written in the dark" }).count()).toBe(1);
    expect(await ann.locator(".message", { hasText: "written in the dark" }).count()).toBe(1);
  });

  test("signing out leaves nothing on the page", async () => {
    await bob.getByTitle("Your account").click();
    await bob.getByRole("button", { name: "Sign out" }).click();
    await bob.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    expect(await bob.getByText("Ann Archer").count()).toBe(0);
  });

  test("no page broke its content security policy or threw", () => {
    const expected = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|WebSocket|502|503/; // while the server was away
    expect(browser.problems.filter((problem) => !expected.test(problem))).toEqual([]);
  });
});
