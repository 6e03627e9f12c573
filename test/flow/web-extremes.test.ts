/** The page at its ends: what people paste, crowds, a long past, many conversations; it stays in its frame, small and quick. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type Page } from "playwright-core";
import sharp from "sharp";
import { bundle } from "../../platform/web-bundle";
import { Importer } from "../../scripts/moving/importer";
import { signIn } from "../../scripts/operators/session";
import { type Browser, browserPath, openBrowser, PATIENCE } from "../support/browser";
import { eventually } from "../support/eventually";
import { extremeLines, extremes } from "../support/extremes";
import { startSystem, type System } from "../support/system";

const suite = browserPath === undefined ? describe.skip : describe;
const title = browserPath === undefined ? "the page at its ends (skipped: no Chromium here)" : "the page at its ends";
const long = process.env.LONG === "1";
const MESSAGES = long ? 100_000 : 900;
const MEMBERS = long ? 1_500 : 150;
const CONVERSATIONS = long ? 500 : 60;
const MOST_NODES = 2_000;

const admin = { ADMIN_EMAIL: "admin@example.com", ADMIN_PASSWORD: "correct horse battery" };

test("what a first visit loads is less than 200 kB, packed", async () => {
  const files = await bundle();
  const first = files.filter(({ name }) => name !== "chat-client.js").map(({ bytes }) => gzipSync(bytes).length);
  expect(first.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000);
});

suite(title, () => {
  jest.setTimeout((long ? 40 : 6) * PATIENCE);
  let system: System;
  let browser: Browser;
  let page: Page;

  /** Ids follow from the keys that they were imported by. */
  const open = async (key: string): Promise<void> => {
    const id = createHash("sha256").update(key).digest("hex").slice(0, 24);
    await page.setViewportSize({ width: 1100, height: 720 });
    await page.goto(`${system.url}/#/c/${id}`);
    await page.locator(".message").first().waitFor();
  };
  const nodes = (): Promise<number> => page.locator("*").count();
  /** Elements that are wider than what holds them, of those that may not scroll sideways. */
  const overflowing = (): Promise<string[]> =>
    page.evaluate(`[document.documentElement, ...document.querySelectorAll(".log, .message, .bubble, .row, .panel, .composer, .chat-head, dialog")]
      .filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "auto" && e.clientWidth > 0)
      .map((e) => e.className + ": " + e.scrollWidth + " > " + e.clientWidth)`);

  beforeAll(async () => {
    system = await startSystem({ env: admin });
    browser = await openBrowser();
    page = await browser.window(system.url, "Ann Archer");
    const operator = await signIn(system.url, admin);
    const email = "annarcher@example.com";
    const sizes = { email, members: MEMBERS, messages: MESSAGES, conversations: CONVERSATIONS };
    await new Importer(operator).run(extremeLines(sizes));
    await operator.leave();
    await page.reload();
    await page.locator(".row").first().waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  test("of many conversations only those in sight are drawn", async () => {
    await page
      .locator(".row", { hasText: `Room ${CONVERSATIONS - 1}` })
      .first()
      .waitFor();
    expect(await page.locator(".row").count()).toBeLessThan(40);
    expect(await nodes()).toBeLessThan(MOST_NODES);
  });

  test.each([
    ["a desk", 1100, 720],
    ["a phone", 360, 740],
  ])("nothing that is pasted breaks out of its frame or runs, on %s", async (where, width, height) => {
    await page.setViewportSize({ width, height });
    await page.goto(`${system.url}/#/`);
    await page.getByRole("searchbox").fill("many reactions");
    await page.locator(".hit").first().click();
    await page.locator(".message.hit").waitFor();
    await page.getByRole("log").focus();
    for (let i = 0; i < 60; i++) {
      expect([where, await overflowing()]).toEqual([where, []]);
      await page.keyboard.press("PageUp");
      if (await page.getByText("This is where it begins.").isVisible()) break;
    }
    await page.getByText("This is where it begins.").waitFor();
    expect(await page.title()).not.toBe("run");
    expect(await page.locator(".log script, .log iframe, .log svg[onload], .log img[src=x]").count()).toBe(0);
    expect(Object.keys(extremes).length).toBeGreaterThan(10);
  });

  test("a picture of 10,000 pixels' height has a place of its own size from the start, and moves nothing", async () => {
    await open("k0");
    const tall = await sharp({ create: { width: 60, height: 10_000, channels: 3, background: "#a58" } })
      .png()
      .toBuffer();
    const file = { name: "tall.png", mimeType: "image/png", buffer: tall };
    await page.locator('footer input[type="file"]').setInputFiles(file);
    await page.getByRole("button", { name: "Send", exact: true }).click();
    const picture = page.locator(".picture").last();
    await picture.waitFor();
    const before = await picture.boundingBox();
    await picture.locator("img").waitFor();
    const after = await picture.boundingBox();
    expect([after?.width, after?.height]).toEqual([before?.width, before?.height]);
    expect(after?.height ?? Infinity).toBeLessThanOrEqual(321);
    await picture.click();
    await page.locator("dialog.viewer img").waitFor();
    expect(await overflowing()).toEqual([]);
    await page.keyboard.press("Escape");
  });

  test("of a crowd only those in sight are drawn, and anybody is found", async () => {
    await open("crowd");
    await page.getByRole("button", { name: /Crowd/ }).click();
    await page.getByRole("button", { name: /^Show all/ }).click();
    await page.getByLabel("Find a member").fill(`member ${MEMBERS - 1}`);
    await page.locator(".member", { hasText: `Member ${MEMBERS - 1}` }).waitFor();
    await page.getByLabel("Find a member").fill("");
    await eventually(async () => expect(await page.locator(".member").count()).toBeGreaterThan(5));
    expect(await nodes()).toBeLessThan(MOST_NODES);
    await page.keyboard.press("Escape");
  });

  test("a long past is walked to its beginning and back: few nodes at any time, and no message twice", async () => {
    await open("past");
    const log = page.getByRole("log");
    await page
      .locator(".message", { hasText: `Message number ${MESSAGES}` })
      .last()
      .waitFor();
    let most = 0;
    const walk = async (key: "Home" | "End", until: string): Promise<void> => {
      const there = page.locator(".message .text p", { hasText: new RegExp(`^Message number ${until}$`) });
      for (let i = 0; i < MESSAGES; i++) {
        await log.press(key);
        most = Math.max(most, await nodes());
        if (await there.first().isVisible()) break;
      }
      await there.first().waitFor();
    };
    await walk("Home", "1");
    await page.getByText("This is where it begins.").waitFor();
    await walk("End", String(MESSAGES));
    expect(most).toBeLessThan(MOST_NODES);
    const keys: string[] = await page.evaluate(
      `[...document.querySelectorAll(".message .text")].map((e) => /number (\\d+)/.exec(e.textContent)[1])`,
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect([...keys].sort((a, b) => Number(a) - Number(b))).toEqual(keys);
  });

  test("what is written far up in the past is seen going out, at the end", async () => {
    const log = page.getByRole("log");
    for (let i = 0; i < 20; i++) await log.press("Home");
    const box = page.getByRole("textbox", { name: "Message", exact: true });
    await box.fill("from far up");
    await box.press("Enter");
    await page.locator(".message", { hasText: "from far up" }).waitFor();
    await eventually(async () =>
      expect(await page.locator(".message", { hasText: "from far up" }).isVisible()).toBe(true),
    );
  });

  test("nothing on the way threw or was refused by the content security policy", () => {
    expect(browser.problems).toEqual([]);
  });
});
