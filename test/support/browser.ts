/** A real browser where there is one: each window is a person of its own. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser as PlainBrowser, type BrowserContext, chromium, type Page } from "playwright-core";

const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
export const browserPath = places.find((path) => path !== undefined && existsSync(path));

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** For a machine that is busy with something else. */
export const PATIENCE = 120_000;

/** A server without time answers so, and the page asks again: no fault of the page, which shows where it can't go on. */
const isBusy = /status of 503/;

/** Somebody who has an account already. */
interface Account {
  readonly email: string;
  readonly password: string;
}

export interface Browser {
  /** What went wrong in any page: errors, refused resources and scripts. */
  readonly problems: string[];
  /** A window on the client, signed up as somebody. */
  window(url: string, who: string | Account): Promise<Page>;
  /** A window where nobody is signed in. */
  visit(url: string): Promise<Page>;
  close(): Promise<void>;
}

export async function openBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "chat-browser-"));
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: browserPath ?? "",
    headless: true,
    args,
    viewport: { width: 1100, height: 720 },
  });
  const problems: string[] = [];
  const visit = async (url: string, name = "somebody"): Promise<Page> => {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    page.on("pageerror", (error) => problems.push(`${name}: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !isBusy.test(message.text())) problems.push(`${name}: ${message.text()}`);
    });
    await page.goto(url);
    return page;
  };
  return {
    problems,
    visit,
    async window(url, who) {
      const page = await visit(url, typeof who === "string" ? who : who.email);
      await (typeof who === "string" ? signUp(page, who) : signIn(page, who));
      return page;
    },
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function signIn(page: Page, { email, password }: Account): Promise<void> {
  await page.getByRole("button", { name: "I have an account" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.locator(".list").waitFor();
}

/** A browser without any page. */
export const launchBrowser = (): Promise<PlainBrowser> =>
  chromium.launch({ executablePath: browserPath ?? "", headless: true, args });

async function signUp(page: Page, name: string): Promise<void> {
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("E-mail").fill(`${name.toLowerCase().replace(/\W/g, "")}@example.com`);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByText("No conversations yet").waitFor();
}
