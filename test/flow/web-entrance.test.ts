/** The page's door in a real browser: who is invited comes in by the link, and who is not finds no form for it. */
import { chromium } from "playwright-core";
import { operator } from "../../contracts/caller";
import { call } from "../../platform/bus";
import { browserPath, PATIENCE } from "../support/browser";
import { readyDataDir } from "../support/pglite-template";
import { startSystem, type System } from "../support/system";

const suite = browserPath === undefined ? describe.skip : describe;

suite("the page where registration takes an invitation", () => {
  jest.setTimeout(4 * PATIENCE);
  let system: System;
  beforeAll(async () => {
    system = await startSystem({
      env: { DATA_DIR: await readyDataDir(), PASSWORD_COST: "4", REGISTRATION: "invite" },
    });
  });
  afterAll(() => system?.stop());

  it("offers to sign in, and with a link to make an account", async () => {
    const { code } = await call(system.broker, "users.invite", {} as never, { meta: { caller: operator } });
    const browser = await chromium.launch({ executablePath: browserPath ?? "", args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE);
      await page.goto(system.url);
      await page.getByText("An account here takes an invitation.").waitFor();
      expect(await page.getByLabel("Your name").count()).toBe(0);
      await page.goto(`${system.url}/#invite=${code}`);
      await page.reload();
      await page.getByLabel("Your name").fill("Ann");
      await page.getByLabel("E-mail").fill("ann@example.org");
      await page.getByLabel("Password").fill("correct horse battery");
      await page.getByRole("button", { name: "Create account" }).click();
      await page.getByText("No conversations yet").waitFor();
      expect(new URL(page.url()).hash).not.toContain("invite");
    } finally {
      await browser.close();
    }
  });
});
