/** Six people behind one address at the limits that everybody has: in real windows of a real browser. */
import { type Page } from "playwright-core";
import { call } from "../../platform/bus";
import { type Browser, browserPath, openBrowser, PATIENCE } from "../support/browser";
import { startSystem, type System } from "../support/system";

const NAMES = ["Ann Archer", "Bob Baker", "Cat Carter", "Dan Draper", "Eve Eaton", "Flo Fisher"];
const GROUPS = ["All hands", "Lunch", "The roof"];
const RELOADS = 5;
/** A window as long as the whole test takes at worst: nothing is forgiven in between. */
const limits = { RATE_LIMIT: "100", AUTH_RATE_LIMIT: "20", EVENT_RATE_LIMIT: "50", RATE_LIMIT_WINDOW: "10m" };

const suite = browserPath === undefined ? describe.skip : describe;
const title = browserPath === undefined ? "an office (skipped: no Chromium here)" : "an office behind one address";

suite(title, () => {
  jest.setTimeout(10 * PATIENCE);
  let system: System;
  let browser: Browser;
  const pages: Page[] = [];
  const refused: string[] = [];

  /** The other members are made behind the door: an address may not sign up forty people in a minute. */
  async function crowd(count: number): Promise<number[]> {
    const ids: number[] = [];
    // One after another: six browsers on a busy machine leave no room for forty passwords at once.
    for (let i = 0; i < count; i++) {
      const { user } = await call(system.broker, "users.register", {
        username: `Colleague ${i}`,
        email: `colleague${i}@example.com`,
        password: "correct horse battery",
      });
      ids.push(user.user_id);
    }
    return ids;
  }

  async function group(name: string, participantIds: number[], userId: number): Promise<void> {
    const meta = { caller: { userId, sessionId: "s", roles: ["user"] as const } };
    await call(system.broker, "chat.create", { name, participantIds, type: "group" }, { meta });
  }

  beforeAll(async () => {
    system = await startSystem({ env: limits });
    browser = await openBrowser();
    for (const name of NAMES) {
      const page = await browser.window(system.url, name);
      page.on("response", (response) => {
        if (response.status() === 429) refused.push(`${name}: ${response.url()}`);
      });
      pages.push(page);
    }
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  const row = (page: Page, name: string) =>
    page.locator(".row").filter({ has: page.locator(".name", { hasText: name }) });

  test("meets in three groups of forty, talks and reloads, and nobody is told to wait", async () => {
    const ids = await Promise.all(
      pages.map((page) => page.evaluate<number>('JSON.parse(sessionStorage.getItem("chat.session")).user.user_id')),
    );
    const others = await crowd(40 - NAMES.length);
    for (const name of GROUPS) await group(name, [...ids, ...others], ids[0]!);
    for (const page of pages) {
      await page.bringToFront();
      await row(page, GROUPS[0]!).click();
      const box = page.getByRole("textbox", { name: "Message", exact: true });
      await box.fill(`hello from ${pages.indexOf(page)}`);
      await box.press("Enter");
    }
    for (let round = 0; round < RELOADS; round++)
      await Promise.all(
        pages.map(async (page) => {
          await page.reload();
          for (const name of GROUPS) await row(page, name).waitFor();
        }),
      );
    for (const page of pages) {
      await page.bringToFront();
      await row(page, GROUPS[0]!).click();
      await page.locator(".message", { hasText: "hello from 5" }).waitFor();
      const somebody = page === pages[0] ? NAMES[1] : NAMES[0];
      await page.locator(".log", { hasText: somebody! }).waitFor();
    }
    expect(refused).toEqual([]);
    expect(browser.problems).toEqual([]);
  });
});
