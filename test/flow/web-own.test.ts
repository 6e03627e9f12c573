/** What is one's own on the page: refusals in one's language, one's data, bots, who may reach one, and the end of the account. */
import { readFileSync } from "node:fs";
import { type Page } from "playwright-core";
import { type Browser, browserPath, openBrowser, PATIENCE } from "../support/browser";
import { type Account, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { startSystem, type System } from "../support/system";

const suite = browserPath === undefined ? describe.skip : describe;
const title = browserPath === undefined ? "what is one's own (skipped: no Chromium here)" : "what is one's own";

suite(title, () => {
  jest.setTimeout(6 * PATIENCE);
  let system: System;
  let browser: Browser;
  let ann: Page;
  let account: Account;
  let group: string;

  const settings = (page: string): Promise<unknown> => ann.goto(`${system.url}/#/settings/${page}`);
  const ask = (method: string, path: string, body?: object) =>
    request(system.url, method, path, { token: account.token, ...(body ? { body } : {}) });
  async function downloaded(button: string): Promise<string> {
    const coming = ann.waitForEvent("download");
    await ann.getByRole("button", { name: button }).click();
    return readFileSync(await (await coming).path(), "utf8");
  }

  beforeAll(async () => {
    system = await startSystem();
    account = await register(system.url, "Ann Archer");
    const bob = await register(system.url, "Bob Baker");
    const made = await ask("POST", "/conversations", { type: "group", name: "Lunch", participantIds: [bob.id] });
    group = made.body.data._id;
    await ask("POST", `/conversations/${group}/messages`, { clientId: "one", content: "Mine to keep" });
    browser = await openBrowser();
    ann = await browser.window(system.url, account);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  test("who is refused reads why in their language", async () => {
    const page = await browser.visit(system.url);
    await page.getByLabel("Language").selectOption("vi");
    await page.getByLabel("Tên của bạn").fill("X");
    await page.getByLabel("E-mail").fill("x@example.com");
    await page.getByLabel("Mật khẩu").fill("correct horse battery");
    await page.getByRole("button", { name: "Tạo tài khoản" }).click();
    await page.getByText("Tên có từ 2 đến 40 ký tự.").waitFor();
    await page.getByRole("button", { name: "Tôi đã có tài khoản" }).click();
    await page.getByLabel("E-mail").fill(account.email);
    await page.getByLabel("Mật khẩu").fill("no such password");
    await page.getByRole("button", { name: "Đăng nhập", exact: true }).click();
    await page.getByText("không đúng hoặc đã hết hạn").waitFor();
    await page.getByLabel("Ngôn ngữ").selectOption("en");
    await page.goto(`${system.url}/#reset=nothing`);
    await page.getByRole("link", { name: "Sign in" }).click();
    await page.getByRole("button", { name: "Create account" }).waitFor();
    await page.close();
  });

  test("what the account keeps is downloaded, and everything with conversations, too", async () => {
    await ann.bringToFront();
    await settings("profile");
    expect(JSON.parse(await downloaded("Download my data"))).toMatchObject({ user: { email: account.email } });
    const lines = (await downloaded("Download everything")).trim().split("\n");
    const texts = lines.map((line) => (JSON.parse(line) as { content?: string }).content);
    expect(texts).toContain("Mine to keep");
    for (let i = 0; i < 2; i++) await downloaded("Download everything");
    await ann.getByRole("button", { name: "Download everything" }).click(); // three in an hour
    await ann.getByText("That was too fast").waitFor();
  });

  test("a bot is made, speaks with a token of its own, and is gone with it", async () => {
    await settings("tokens");
    await ann.getByLabel("Name of the bot").fill("Robot");
    await ann.getByRole("button", { name: "Make a bot" }).click();
    await ann.getByLabel("What it is for").fill("builds");
    await ann.getByLabel("Who speaks with it").selectOption({ label: "Robot" });
    await ann.getByRole("button", { name: "Make a token" }).click();
    const token = (await ann.locator(".made code").textContent()) ?? "";
    const asked = () => request(system.url, "GET", "/conversations", { token });
    expect((await asked()).status).toBe(200);
    const bot = ann.locator(".cards li", { hasText: "Here since" });
    await bot.getByRole("button", { name: "Remove" }).click();
    await ann.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await bot.waitFor({ state: "detached" });
    await eventually(async () => expect((await asked()).status).toBe(401));
  });

  test("whose groups one is in at once, and of what in a group one is told, is kept", async () => {
    await settings("privacy");
    await ann.getByLabel("Who may add me to groups at once").selectOption("acquaintances");
    await eventually(async () => expect((await ask("GET", "/users/me")).body.data.group_invites).toBe("acquaintances"));
    await ann.goto(`${system.url}/#/c/${group}/details`);
    await ann.getByRole("combobox", { name: "Notifications" }).selectOption("mentions");
    const kept = async () => (await ask("GET", "/notifications/preferences")).body.data.conversations[group];
    await eventually(async () => expect(await kept()).toBe("mentions"));
  });

  test("the account is deleted after a question, and nobody comes in by it any more", async () => {
    await settings("profile");
    await ann.getByRole("button", { name: "Delete the account" }).click();
    await ann.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await ann.getByRole("button", { name: "Delete the account" }).click();
    await ann.getByRole("dialog").getByRole("button", { name: "Delete the account" }).click();
    await ann.getByRole("button", { name: "I have an account" }).waitFor();
    const { email, password } = account;
    const again = await request(system.url, "POST", "/auth/login", { body: { email, password } });
    expect(again.body.error.code).toBe("AUTH_INVALID");
  });

  test("nothing on the way threw or was refused by the content security policy", () => {
    // The browser itself tells of answers that refuse.
    expect(browser.problems.filter((problem) => !/status of (4\d\d|503)|WebSocket/.test(problem))).toEqual([]);
  });
});
