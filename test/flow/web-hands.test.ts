/** The page by the keyboard alone, by touch, and through a bad connection: whatever one has, one gets everywhere. */
import { chromium, devices, type Page } from "playwright-core";
import { type Browser, browserPath, openBrowser, PATIENCE } from "../support/browser";
import { eventually } from "../support/eventually";
import { startSystem, type System } from "../support/system";

const suite = browserPath === undefined ? describe.skip : describe;
const title = browserPath === undefined ? "hands and wires (skipped: no Chromium here)" : "hands and wires";
/** More steps than any way on the page takes. */
const FAR = 60;

suite(title, () => {
  jest.setTimeout(6 * PATIENCE);
  let system: System;
  let browser: Browser;
  let ann: Page;

  const box = (page: Page) => page.getByRole("textbox", { name: "Message", exact: true });
  const bubble = (page: Page, text: string) => page.locator(".message").filter({ hasText: text }).last();
  /** What has the focus, as it is called; "" where nothing has. */
  const focused = (page: Page): Promise<string> =>
    page.evaluate(`(() => {
      const e = document.activeElement;
      if (!e || e === document.body) return "";
      return e.getAttribute("aria-label") ?? e.labels?.[0]?.textContent ?? e.textContent ?? "";
    })()`);
  /** Whether what has the focus shows it. */
  const isShown = (page: Page): Promise<boolean> =>
    page.evaluate(`(() => {
      const e = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(e);
      const framed = e.closest(".composer") && getComputedStyle(e.closest(".composer")).borderColor;
      return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || Boolean(framed);
    })()`);
  /** Walks by Tab to what is called so; on the way nothing is without a visible focus. */
  async function tabTo(page: Page, name: string | RegExp): Promise<void> {
    const fits = (text: string): boolean => (typeof name === "string" ? text.trim() === name : name.test(text));
    const seen: string[] = [];
    for (let i = 0; i < FAR; i++) {
      const at = await focused(page);
      if (fits(at)) return;
      seen.push(at);
      await page.keyboard.press("Tab");
      if ((await focused(page)) !== "")
        expect([await focused(page), await isShown(page)]).toEqual([await focused(page), true]);
    }
    throw new Error(`Tab leads to ${seen.join(" > ")}, and never to ${String(name)}`);
  }

  beforeAll(async () => {
    system = await startSystem();
    browser = await openBrowser();
    ann = await browser.window(system.url, "Ann Archer");
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  test("the keyboard alone: sign up, find somebody, write, react, answer, and change a setting", async () => {
    const bob = await browser.visit(system.url);
    await bob.getByLabel("Your name").waitFor();
    await tabTo(bob, "Your name");
    await bob.keyboard.type("Bob Baker");
    await tabTo(bob, "E-mail");
    await bob.keyboard.type("bob@example.com");
    await tabTo(bob, "Password");
    await bob.keyboard.type("correct horse battery");
    await bob.keyboard.press("Enter");
    await bob.getByText("No conversations yet").waitFor();

    await tabTo(bob, "New conversation");
    await bob.keyboard.press("Enter");
    await bob.getByRole("dialog").waitFor();
    await tabTo(bob, "Find a person by name");
    await bob.keyboard.type("ann");
    await bob.getByRole("button", { name: /Ann Archer/ }).waitFor();
    await tabTo(bob, /Ann Archer/);
    await bob.keyboard.press("Enter");
    await tabTo(bob, "Start");
    await bob.keyboard.press("Enter");
    await box(bob).waitFor();
    await eventually(async () => expect(await focused(bob)).not.toBe(""));
    await tabTo(bob, "Message");
    await bob.keyboard.type("By hand");
    await bob.keyboard.press("Enter");
    await bubble(bob, "By hand").waitFor();
    await eventually(async () => expect(await focused(bob)).toBe("Message"));

    await ann.locator(".row", { hasText: "Bob Baker" }).click();
    await ann.getByRole("button", { name: "Accept" }).click();
    await box(ann).fill("Well done");
    await box(ann).press("Enter");
    await bubble(bob, "Well done").waitFor();
    await bob.getByRole("log").focus();
    await tabTo(bob, "React");
    await bob.keyboard.press("Enter");
    await tabTo(bob, "React with 👍");
    await bob.keyboard.press("Enter");
    await bubble(bob, "By hand").getByRole("button", { name: /^👍 1/ }).waitFor();
    await eventually(async () => expect(await focused(bob)).toBe("React")); // back where one was
    await tabTo(bob, "Reply");
    await bob.keyboard.press("Enter");
    await eventually(async () => expect(await focused(bob)).toBe("Message"));
    await bob.keyboard.type("An answer");
    await bob.keyboard.press("Enter");
    await bubble(ann, "An answer").locator(".quote", { hasText: "By hand" }).waitFor();

    await bob.goto(`${system.url}/#/`);
    await tabTo(bob, "Account");
    await bob.keyboard.press("Enter");
    await bob.getByRole("menu").waitFor();
    for (let i = 0; i < FAR && (await focused(bob)) !== "Settings"; i++) await bob.keyboard.press("ArrowDown");
    expect(await focused(bob)).toBe("Settings");
    await bob.keyboard.press("Enter");
    await bob.getByRole("heading", { name: "Settings" }).waitFor();
    await tabTo(bob, "Appearance");
    await bob.keyboard.press("Enter");
    await bob.getByLabel("Language").waitFor();
    await bob.close();
  });

  test("by touch: a row, a message's menu, a reaction, and back", async () => {
    const hand = await chromium.launch({ executablePath: browserPath ?? "", args: ["--no-sandbox"] });
    try {
      const context = await hand.newContext({ ...devices["Pixel 7"], locale: "en" });
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE);
      await page.goto(system.url);
      await page.getByRole("button", { name: "I have an account" }).tap();
      await page.getByLabel("E-mail").fill("annarcher@example.com");
      await page.getByLabel("Password").fill("correct horse battery");
      await page.getByRole("button", { name: "Sign in", exact: true }).tap();
      await page.locator(".row", { hasText: "Bob Baker" }).tap();
      const answer = bubble(page, "An answer");
      await answer.getByRole("button", { name: "More for this message" }).tap();
      await page.getByRole("menuitem", { name: "Save", exact: true }).tap();
      await answer.getByText("saved").waitFor();
      await answer.getByRole("button", { name: "More for this message" }).tap();
      await page.getByRole("menuitem", { name: "React", exact: true }).tap();
      await page.getByRole("button", { name: "React with 🎉" }).first().tap();
      await answer.getByRole("button", { name: /^🎉 1/ }).waitFor();
      const wide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      expect(wide).toBeLessThanOrEqual(0);
      await page.getByRole("link", { name: "Back to the list" }).tap();
      await page.locator(".row", { hasText: "Bob Baker" }).waitFor();
    } finally {
      await hand.close();
    }
  });

  test("that there is no connection is said; what is written waits, and goes out once, through a reload", async () => {
    await ann.bringToFront();
    await ann.context().setOffline(true);
    await ann.locator(".status.offline", { hasText: "Offline" }).waitFor();
    await box(ann).fill("From the tunnel");
    await box(ann).press("Enter");
    await bubble(ann, "From the tunnel")
      .getByRole("img", { name: /^(Sending|Waiting for the connection)$/ })
      .waitFor();
    await ann.context().setOffline(false);
    await ann.reload(); // whether it has gone out by then or not
    await bubble(ann, "From the tunnel")
      .getByRole("img", { name: /^(Sent|Delivered|Read)$/ })
      .waitFor();
    await ann.locator(".status:empty").waitFor({ state: "attached" });
    expect(await ann.locator(".message", { hasText: "From the tunnel" }).count()).toBe(1);
  });

  test("what the server refuses says why, and is tried again or dropped", async () => {
    await ann.bringToFront();
    await ann.locator('footer input[type="file"]').setInputFiles({
      name: "program.exe",
      mimeType: "application/x-msdownload",
      buffer: Buffer.from("MZ nothing that is taken here"),
    });
    await ann.getByRole("button", { name: "Send", exact: true }).click();
    const failure = ann.locator(".message .problem");
    await failure.getByText("This kind of file is not accepted.").waitFor();
    const again = ann.waitForRequest(/\/upload\//);
    await failure.getByRole("button", { name: "Try again" }).click();
    await again;
    await failure.getByText("This kind of file is not accepted.").waitFor();
    await failure.getByRole("button", { name: "Discard" }).click();
    await failure.waitFor({ state: "detached" });
  });
});
