/** Open groups on the page: made, found, asked for, entered by a link, slowed down, and kept for announcements. */
import { type Page } from "playwright-core";
import { type Browser, browserPath, openBrowser, PATIENCE } from "../support/browser";
import { eventually } from "../support/eventually";
import { startSystem, type System } from "../support/system";

const suite = browserPath === undefined ? describe.skip : describe;
const title = browserPath === undefined ? "open groups (skipped: no Chromium here)" : "open groups";

suite(title, () => {
  jest.setTimeout(6 * PATIENCE);
  let system: System;
  let browser: Browser;
  let ann: Page;
  let bob: Page;
  let link: string;

  beforeAll(async () => {
    system = await startSystem({ env: { MESSAGE_RETENTION: "30d" } });
    browser = await openBrowser();
    ann = await browser.window(system.url, "Ann Archer");
    bob = await browser.window(system.url, "Bob Baker");
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  test("a public group is made, and whoever finds it asks to come in", async () => {
    await ann.bringToFront();
    await ann.getByRole("button", { name: "New conversation" }).click();
    await ann.getByLabel("Name of the group").fill("Gardeners");
    await ann.getByText("Options for the group").click();
    await ann.getByLabel(/^Public/).check();
    await ann.getByLabel(/^Joining needs approval/).check();
    await ann.getByRole("button", { name: "Start", exact: true }).click();
    await ann.getByRole("heading", { name: "Gardeners" }).waitFor();
    await bob.bringToFront();
    await bob.getByRole("link", { name: "Browse groups" }).first().click();
    await bob.getByRole("searchbox", { name: "Search" }).last().fill("gard");
    await bob.getByRole("button", { name: "Ask to join" }).click();
    await bob.getByText("You have asked.").waitFor();
    expect(await bob.locator(".row").count()).toBe(0);
  });

  test("its staff is told who asks, and lets them in", async () => {
    await ann.bringToFront();
    await ann.locator(".banner", { hasText: "1 person asks to join" }).click();
    await ann.getByRole("button", { name: "Let in: Bob Baker" }).click();
    await ann.locator(".banner").waitFor({ state: "detached" });
    await bob.locator(".row", { hasText: "Gardeners" }).waitFor();
  });

  test("a link leads anybody in, and nowhere once it is taken back", async () => {
    await ann.getByRole("button", { name: "Make a link" }).click();
    link = (await ann.locator(".links code").first().textContent()) ?? "";
    const cat = await browser.window(system.url, "Cat Carter");
    await cat.goto(link);
    await cat.locator("dialog").getByRole("button", { name: "Join" }).click();
    await cat.getByRole("heading", { name: "Gardeners" }).waitFor();
    await cat.close();
    await ann.bringToFront();
    await ann.getByRole("button", { name: "Take the link back" }).click();
    await ann.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await ann.getByText("No link yet.").waitFor();
    await bob.goto(link);
    await bob.getByText("This link leads nowhere").waitFor();
  });

  test("slow mode says how long one waits, and an announcement group takes no words of members", async () => {
    await ann.bringToFront();
    await ann.getByLabel("Slow mode").selectOption("60");
    await bob.goto(`${system.url}/#/`);
    await bob.locator(".row", { hasText: "Gardeners" }).click();
    await bob.getByText("one message every 1 minute").waitFor();
    await bob.getByRole("textbox", { name: "Message", exact: true }).fill("Roses");
    await bob.keyboard.press("Enter");
    await bob.getByText(/the next one in \d+ seconds/).waitFor();
    await ann.bringToFront();
    await ann.getByLabel(/^Only the staff writes/).check();
    await bob.getByText("Only the staff writes here.").waitFor();
    expect(await bob.getByRole("textbox", { name: "Message", exact: true }).count()).toBe(0);
  });

  test("how long a group keeps its messages is for its admin to say, and no longer than in general", async () => {
    const kept = ann.getByRole("combobox", { name: "Messages kept" });
    await kept.selectOption("7 days");
    await ann.reload();
    await eventually(async () => expect(await kept.inputValue()).toBe(String(7 * 86_400)));
    await kept.selectOption("365 days");
    await ann.getByText("In general messages are not kept that long.").waitFor();
    await eventually(async () => expect(await kept.inputValue()).toBe(String(7 * 86_400)));
  });

  test("members are found by name", async () => {
    const at = new URL(ann.url()).hash.split("/")[2];
    await ann.goto(`${system.url}/#/c/${at}/members`);
    await ann.getByRole("listitem").filter({ hasText: "Cat Carter" }).waitFor();
    await ann.getByLabel("Find a member").fill("bob");
    await ann.getByRole("listitem").filter({ hasText: "Cat Carter" }).waitFor({ state: "detached" });
    await ann.locator(".panel .member", { hasText: "Bob Baker" }).waitFor();
    expect(await ann.locator(".panel .member").count()).toBe(1);
  });

  test("nothing on the way threw or was refused by the content security policy", () => {
    expect(browser.problems).toEqual([]);
  });
});
