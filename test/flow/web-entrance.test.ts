/** The page's door in a real browser: who is invited comes in by the link, and who is not finds no form for it. */
import { chromium } from "playwright-core";
import { operator } from "../../contracts/caller";
import { call } from "../../platform/bus";
import { browserPath, PATIENCE } from "../support/browser";
import { OidcProvider, signInAtRealm } from "../support/oidc";
import { startSystem, type System } from "../support/system";

const suite = browserPath === undefined ? describe.skip : describe;

suite("the page where registration takes an invitation", () => {
  jest.setTimeout(4 * PATIENCE);
  let system: System;
  beforeAll(async () => {
    system = await startSystem({
      env: { REGISTRATION: "invite" },
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

suite("the page where one may sign in elsewhere", () => {
  jest.setTimeout(4 * PATIENCE);
  let provider: OidcProvider;
  let system: System;
  beforeAll(async () => {
    provider = await OidcProvider.start();
    const entry = { id: "real", name: "Realm", issuer: provider.issuer, clientId: "chat", private: true };
    const OIDC_PROVIDERS = JSON.stringify([{ ...entry, clientSecret: "the secret of the chat" }]);
    system = await startSystem({ env: { OIDC_PROVIDERS } });
    await provider.expects(`${system.url}/oidc/real/callback`);
  });
  afterAll(async () => {
    await system?.stop();
    await provider?.stop();
  });

  it("leads there and back, and one is in", async () => {
    const browser = await chromium.launch({ executablePath: browserPath ?? "", args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE);
      await page.goto(system.url);
      await signInAtRealm(page);
      await page.getByText("No conversations yet").waitFor();
      expect(new URL(page.url()).hash).not.toContain("oidc");
    } finally {
      await browser.close();
    }
  });

  it("says so where it came to nothing", async () => {
    const browser = await chromium.launch({ executablePath: browserPath ?? "", args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE);
      for (const end of ["failed", "done"]) {
        await page.goto(`${system.url}/?${end}#oidc=${end}`); // nobody has come back to this browser
        await page.getByText("Signing in there came to nothing").waitFor();
      }
    } finally {
      await browser.close();
    }
  });
});
