/** What is one's own on the page: refusals in one's language, one's data, bots, who may reach one, and the end of the account. */
import { readFileSync } from "node:fs";
import { type Page } from "playwright-core";
import { contextOf } from "../../services/notifications/context";
import { violations } from "../support/axe";
import { type Browser, browserPath, openBrowser, PATIENCE } from "../support/browser";
import { type Account, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { MailCatcher } from "../support/smtp";
import { startSystem, type System } from "../support/system";

const suite = browserPath === undefined ? describe.skip : describe;
const title = browserPath === undefined ? "what is one's own (skipped: no Chromium here)" : "what is one's own";

suite(title, () => {
  jest.setTimeout(6 * PATIENCE);
  let system: System;
  let browser: Browser;
  let ann: Page;
  let account: Account;
  let bob: Account;
  let group: string;
  let mails: MailCatcher;

  const settings = (page: string): Promise<unknown> => ann.goto(`${system.url}/#/settings/${page}`);
  const ask = (method: string, path: string, body?: object) =>
    request(system.url, method, path, { token: account.token, ...(body ? { body } : {}) });
  async function downloaded(button: string): Promise<string> {
    const coming = ann.waitForEvent("download");
    await ann.getByRole("button", { name: button }).click();
    return readFileSync(await (await coming).path(), "utf8");
  }

  beforeAll(async () => {
    mails = await MailCatcher.start();
    system = await startSystem({ env: { SMTP_URL: mails.url, UNREAD_MAIL_AFTER: "1ms" } });
    account = await register(system.url, "Ann Archer");
    bob = await register(system.url, "Bob Baker");
    const made = await ask("POST", "/conversations", { type: "group", name: "Lunch", participantIds: [bob.id] });
    group = made.body.data._id;
    await ask("POST", `/conversations/${group}/messages`, { clientId: "one", content: "Mine to keep" });
    browser = await openBrowser();
    ann = await browser.window(system.url, account);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    mails?.stop();
  });
  const notifications = () => contextOf(system.broker.getLocalService("notifications"));
  /** The token of such a link, out of a mail to Ann; what waits goes out without waiting for the next look. */
  async function mailed(link: RegExp): Promise<string> {
    const find = (): string | undefined =>
      mails.mails.flatMap(({ to, text }) => (to === account.email ? (link.exec(text)?.[1] ?? []) : []))[0];
    await eventually(async () => {
      await notifications().mail?.dispatcher.work();
      expect(find()).toBeDefined();
    });
    return find() as string;
  }

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

  test("what one is told of is said in one's own language, and a reminder leads to its message", async () => {
    const [said] = (await ask("GET", `/conversations/${group}/messages?limit=1`)).body.data;
    await ask("POST", "/reminders", { messageId: said._id, at: new Date(Date.now() + 500).toISOString() });
    const party = { type: "group", name: "Party", participantIds: [account.id] };
    await request(system.url, "POST", "/conversations", { token: bob.token, body: party });
    await settings("appearance");
    await ann.getByLabel("Language").selectOption("vi");
    await ann.getByRole("button", { name: /^Thông báo/ }).click();
    const told = ann.getByRole("dialog");
    const reminder = told.locator(".notification", { hasText: "Lời nhắc" });
    await reminder.getByText("Bạn đã muốn được nhắc về một tin nhắn.").waitFor();
    expect(await violations(ann)).toEqual([]);
    await reminder.locator("button.plain").click();
    await ann.locator(".message.hit", { hasText: "Mine to keep" }).waitFor();
    await settings("appearance");
    await ann.getByLabel("Ngôn ngữ").selectOption("en");
  });

  test("mails of what is unread are asked for and ended on the page, by their own link without signing in", async () => {
    await settings("notifications");
    const wish = ann.getByLabel("What I have not read by mail");
    const kept = async () => (await ask("GET", "/notifications/preferences")).body.data.mail;
    await wish.selectOption("soon");
    await ann.getByText("Verify your e-mail in the profile first").waitFor();
    await eventually(async () => expect(await kept()).toMatchObject({ when: "soon", language: "en" }));
    await settings("profile");
    await ann.getByRole("button", { name: "Verify the e-mail" }).click();
    await ann.goto(`${system.url}/#verify=${await mailed(/#verify=([\w-]+)/)}`);
    await ann.getByRole("button", { name: "Verify the e-mail" }).click();
    await ann.getByText("The e-mail is verified.").waitFor();
    await ann.goto("about:blank"); // who is there is left in peace
    await eventually(() => expect(notifications().isOnline(account.id)).toBe(false));
    await request(system.url, "POST", `/conversations/${group}/messages`, {
      token: bob.token,
      body: { content: "@Ann Archer unread for now", mentions: [account.id] },
    });
    const token = await mailed(/unsubscribe[=/]([\w.-]+)/);
    const page = await browser.visit(`${system.url}/#unsubscribe=no.such`);
    await page.getByRole("button", { name: "No more of these mails" }).click();
    await page.getByRole("alert").waitFor();
    expect(await violations(page)).toEqual([]);
    expect((await kept()).when).toBe("soon");
    await page.goto("about:blank"); // else it is the same page, and shows what was refused
    await page.goto(`${system.url}/#unsubscribe=${token}`);
    await page.getByRole("button", { name: "No more of these mails" }).click();
    await page.getByText("There will be no more of these mails.").waitFor();
    expect((await kept()).when).toBe("off");
    await page.close();
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
