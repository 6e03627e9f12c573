/** A key in the composer is answered by the composer alone: counted are renders, never milliseconds. */
import { type BrowserContext, type Page } from "playwright-core";
import { bundle } from "../../platform/web-bundle";
import { browserPath, launchBrowser, PATIENCE } from "../support/browser";
import { type Account, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { startSystem, type System } from "../support/system";

const suite = browserPath === undefined ? describe.skip : describe;
const title = browserPath === undefined ? "typing (skipped: no Chromium here)" : "typing";
/** Of the page's own time, which passes only as far as it is told to. */
const BETWEEN_KEYS_MS = 50;
const PAUSE_MS = 1_000;

interface Rendered {
  composer: number;
  outside: string[];
}

suite(title, () => {
  jest.setTimeout(6 * PATIENCE);
  let system: System;
  let context: BrowserContext;
  let page: Page;
  let ann: Account;
  let group: string;
  const ask = async (method: string, path: string, body?: object): Promise<any> =>
    (await request(system.url, method, path, { token: ann.token, ...(body ? { body } : {}) })).body.data;

  beforeAll(async () => {
    system = await startSystem();
    ann = await register(system.url, "Ann Archer");
    const bob = await register(system.url, "Bob Baker");
    for (const name of ["Tea", "Coffee", "Lunch"]) {
      const made = { type: "group", name, participantIds: [bob.id] };
      group = (await ask("POST", "/conversations", made))._id;
    }
    for (let i = 1; i <= 30; i++)
      await ask("POST", `/conversations/${group}/messages`, { clientId: `${i}`, content: `Message number ${i}` });
    const parts = await bundle({ main: "test/support/counted-page.mjs", keepNames: true });
    const browser = await launchBrowser();
    context = await browser.newContext({ serviceWorkers: "block" });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.route(/\/app\/(main|chunk-\w+)\.js$/, (route) => {
      const part = parts.find(({ name }) => route.request().url().endsWith(`/${name}`));
      return part ? route.fulfill({ contentType: "text/javascript", body: part.bytes }) : route.continue();
    });
    await page.clock.install();
    await page.goto(system.url);
    await page.getByRole("button", { name: "I have an account" }).click();
    await page.getByLabel("E-mail").fill(ann.email);
    await page.getByLabel("Password").fill(ann.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.locator(".row").nth(2).waitFor();
    await page.goto(`${system.url}/#/c/${group}`);
    await page.getByText("Message number 30").last().waitFor();
  });
  afterAll(async () => {
    await context?.browser()?.close();
    await system?.stop();
  });

  const rendered = (): Promise<Rendered> => page.evaluate<Rendered>("globalThis.rendered");
  /** Nothing renders any more that was still to come when the conversation opened. */
  async function still(): Promise<void> {
    await page.clock.runFor(PAUSE_MS);
    await page.evaluate("globalThis.rendered.outside.length = globalThis.rendered.composer = 0");
    await page.clock.runFor(PAUSE_MS);
    const { outside } = await rendered();
    if (outside.length > 0) throw new Error(`still rendering: ${outside.join(" ")}`);
  }

  test("each key renders the composer once and nothing else, a pause the conversation's own line in the list", async () => {
    const box = page.getByRole("textbox", { name: "Message", exact: true });
    await box.click();
    await page.clock.pauseAt((await page.evaluate<number>("Date.now()")) + PAUSE_MS);
    await eventually(still);
    const text = "Nobody else is asked";
    for (const key of text) {
      await page.keyboard.type(key);
      await page.clock.runFor(BETWEEN_KEYS_MS);
    }
    expect(await rendered()).toEqual({ composer: text.length, outside: [] });
    await page.clock.runFor(PAUSE_MS);
    expect((await rendered()).outside).toEqual(["Preview"]);
    expect(await page.locator(".row", { hasText: text }).count()).toBe(1);
  });

  test("what was typed a moment ago is there after a reload", async () => {
    const box = page.getByRole("textbox", { name: "Message", exact: true });
    await box.pressSequentially(", and nothing is lost");
    await page.clock.resume();
    await page.reload();
    await page.locator(".row").nth(2).waitFor();
    expect(await box.inputValue()).toBe("Nobody else is asked, and nothing is lost");
  });
});
