/** On the page: polls, what is sent later, saved, reminded of, reported and handled, guests; and no view shuts anybody out. */
import { type Locator, type Page } from "playwright-core";
import { violations } from "../support/axe";
import { type Browser, browserPath, openBrowser, PATIENCE } from "../support/browser";
import { startSystem, type System } from "../support/system";

const suite = browserPath === undefined ? describe.skip : describe;
const title = browserPath === undefined ? "deeds on the page (skipped: no Chromium here)" : "deeds on the page";
const admin = { ADMIN_EMAIL: "admin@example.com", ADMIN_PASSWORD: "correct horse battery" };

suite(title, () => {
  jest.setTimeout(6 * PATIENCE);
  let system: System;
  let browser: Browser;
  /** The platform's admin, who also talks. */
  let ann: Page;
  let bob: Page;

  const box = (page: Page): Locator => page.getByRole("textbox", { name: "Message", exact: true });
  const bubble = (page: Page, text: string): Locator => page.locator(".message").filter({ hasText: text }).last();
  const option = (page: Page, text: string): Locator => page.locator(".poll .option", { hasText: text });
  async function onMessage(page: Page, text: string, item: string): Promise<void> {
    await page.bringToFront();
    await bubble(page, text).hover();
    await bubble(page, text).getByRole("button", { name: "More for this message" }).click();
    await page.getByRole("menuitem", { name: item, exact: true }).click();
  }

  beforeAll(async () => {
    system = await startSystem({ env: admin });
    browser = await openBrowser();
    bob = await browser.window(system.url, "Bob Baker");
    ann = await browser.window(system.url, { email: admin.ADMIN_EMAIL, password: admin.ADMIN_PASSWORD });
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  test("a person is found where one looks for messages, and a group begins", async () => {
    await ann.bringToFront();
    await ann.getByRole("searchbox", { name: "Search" }).fill("bob");
    await ann.locator(".results .person", { hasText: "Bob Baker" }).click();
    await ann.getByRole("dialog", { name: "Bob Baker" }).getByRole("button", { name: "Close" }).click();
    await ann.getByRole("searchbox", { name: "Search" }).fill("");
    await ann.getByRole("button", { name: "New conversation" }).click();
    await ann.getByLabel("Find a person by name").fill("bob");
    await ann
      .getByRole("dialog")
      .getByRole("button", { name: /Bob Baker/ })
      .click();
    await ann.getByLabel("Name of the group").fill("Lunch");
    await ann.getByRole("button", { name: "Start", exact: true }).click();
    await ann.getByRole("heading", { name: "Lunch" }).waitFor();
    await bob.bringToFront();
    await bob.locator(".row", { hasText: "Lunch" }).click();
    await box(bob).fill("**Hungry**");
    await box(bob).press("Enter");
    await ann.locator(".row .preview", { hasText: /^Bob Baker: Hungry$/ }).waitFor();
    await ann.getByRole("searchbox", { name: "Search" }).fill("lun");
    await ann.locator(".results .person", { hasText: "Lunch" }).waitFor();
    await ann.getByRole("searchbox", { name: "Search" }).fill("");
  });

  test("a poll is made, voted in on both sides, changed, and closed", async () => {
    await ann.bringToFront();
    await ann.getByRole("button", { name: "Add", exact: true }).click();
    await ann.getByRole("menuitem", { name: "Poll" }).click();
    await ann.getByLabel("Question").fill("What do we eat?");
    await ann.getByLabel("Answer 1").fill("Phở");
    await ann.getByLabel("Answer 2").fill("Phở");
    await ann.getByText("Two answers are the same.").waitFor();
    expect(await ann.getByRole("button", { name: "Ask", exact: true }).isDisabled()).toBe(true);
    await ann.getByLabel("Answer 2").fill("Pizza");
    await ann.getByRole("button", { name: "Ask", exact: true }).click();
    await option(bob, "Pizza").click();
    await option(ann, "Pizza").getByText("1 · 100 %").waitFor();
    await option(ann, "Phở").click();
    await option(bob, "Phở").getByText("1 · 50 %").waitFor();
    await option(bob, "Phở").click();
    await option(ann, "Phở").getByText("2 · 100 %").waitFor();
    await ann.getByRole("button", { name: "Close the poll" }).click();
    await ann.getByRole("dialog").getByRole("button", { name: "Close the poll" }).click();
    await bob.locator(".poll .foot", { hasText: "2 votes · closed" }).waitFor();
    expect(await option(bob, "Pizza").isDisabled()).toBe(true);
  });

  test("what is to be sent later waits, is moved, and is taken back", async () => {
    await ann.bringToFront();
    await box(ann).fill("See you there");
    await ann.getByRole("button", { name: "Send later" }).click();
    await ann.getByRole("button", { name: /^In an hour/ }).click();
    await ann.getByRole("button", { name: "Schedule", exact: true }).click();
    await ann.getByRole("link", { name: "1 message waits for its time" }).click();
    const one = ann.locator(".cards li", { hasText: "See you there" });
    await one.getByRole("button", { name: "Change the time" }).click();
    await ann.getByLabel("Date and time").fill("2020-01-01T09:00");
    await ann.getByText("That moment is past.").waitFor();
    await ann.getByRole("button", { name: /^In three hours/ }).click();
    await ann.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await ann.getByRole("dialog").waitFor({ state: "detached" });
    await one.getByRole("button", { name: "Don't send it" }).click();
    await ann.getByRole("dialog").getByRole("button", { name: "Don't send it" }).click();
    await ann.getByText("Nothing waits.").waitFor();
    await ann.locator(".row", { hasText: "Lunch" }).click();
    await bubble(ann, "Hungry").waitFor();
    expect(await ann.locator(".message", { hasText: "See you there" }).count()).toBe(0);
  });

  test("a message is saved and found again, and reminds", async () => {
    await onMessage(bob, "Hungry", "Save");
    await bubble(bob, "Hungry").getByText("saved").waitFor();
    await onMessage(bob, "Hungry", "Remind me");
    await bob.getByRole("dialog").getByRole("button", { name: "Remind me" }).click();
    await bob.getByRole("button", { name: "Account" }).click();
    await bob.getByRole("menuitem", { name: "Saved and later" }).click();
    await bob.locator(".hits .hit", { hasText: "Hungry" }).waitFor();
    await bob.getByRole("button", { name: "Remove from the saved ones" }).click();
    await bob.getByText("Nothing is saved yet.").waitFor();
    await bob.getByRole("link", { name: "Reminders" }).click();
    await bob
      .locator(".cards li", { hasText: "Hungry" })
      .getByRole("button", { name: "Take the reminder back" })
      .click();
    await bob.getByText("No reminder is set.").waitFor();
    await bob.locator(".row", { hasText: "Lunch" }).click();
  });

  test("what is reported comes to the staff, who sees it as it was and removes it", async () => {
    await bob.bringToFront();
    await box(bob).fill("Something nasty");
    await box(bob).press("Enter");
    await onMessage(ann, "Something nasty", "Report");
    await ann.getByLabel("Reason").selectOption("harassment");
    await ann.getByRole("dialog").getByRole("button", { name: "Report", exact: true }).click();
    await ann.getByText("The staff will look at it.").waitFor();
    await ann.goto(`${system.url}/#/admin/reports`);
    await ann.locator(".cards li", { hasText: "Harassment" }).getByRole("button", { name: "Open" }).click();
    await ann.locator(".evidence .reported", { hasText: "Something nasty" }).waitFor();
    expect(await violations(ann)).toEqual([]);
    await ann.getByRole("button", { name: "Take it" }).click();
    await ann.getByRole("button", { name: "Give it back to all" }).waitFor();
    await ann.getByLabel("What is done").selectOption("remove");
    await ann.getByRole("button", { name: "Decide" }).click();
    await ann.getByText("Nothing is reported.").waitFor();
    await ann.getByLabel("Status").selectOption("resolved");
    await ann.locator(".cards li", { hasText: "resolved" }).waitFor();
    await bubble(bob, "This message was deleted.").waitFor();
  });

  test("a guest comes in by a link, finds one group, and is in when the link is followed again", async () => {
    await ann.locator(".row", { hasText: "Lunch" }).click();
    await ann.locator(".chat-head .title").click();
    await ann.getByLabel("Name of the guest").fill("Gus Guest");
    await ann.getByRole("button", { name: "Make a guest's link" }).click();
    const link = (await ann.locator(".made code").textContent()) ?? "";
    const guest = await browser.visit(link);
    await guest.getByRole("button", { name: "Come in" }).click();
    await guest.locator(".row", { hasText: "Lunch" }).click();
    await box(guest).fill("I am new here");
    await box(guest).press("Enter");
    await bubble(ann, "I am new here").waitFor();
    expect(await guest.getByRole("button", { name: "New conversation" }).count()).toBe(0);
    await guest.goto(`${system.url}/#guest=nothing`);
    await guest.getByRole("button", { name: "Come in" }).click();
    await guest.locator(".row", { hasText: "Lunch" }).waitFor();
    await guest.close();
  });

  test("no view of settings, of what is put aside and of the administration shuts anybody out, in light and in dark", async () => {
    const pages = {
      settings: ["profile", "security", "sessions", "notifications", "appearance", "privacy", "tokens"],
      later: ["saved", "reminders", "scheduled"],
      admin: [
        ...["people", "reports", "invitations", "system", "settings", "webhooks"],
        ...["audit", "letters", "explain", "announce"],
      ],
    };
    const all = Object.entries(pages).flatMap(([at, names]) => names.map((name) => `#/${at}/${name}`));
    for (const colorScheme of ["light", "dark"] as const) {
      const rules = colorScheme === "dark" ? ["color-contrast"] : undefined; // nothing else is another in the dark
      await ann.emulateMedia({ colorScheme });
      for (const at of [...all, "#/explore"]) {
        await ann.goto(`${system.url}/${at}`);
        await ann.locator(".page h2, .explore .hint").first().waitFor();
        expect([at, colorScheme, await violations(ann, rules)]).toEqual([at, colorScheme, []]);
      }
      await ann.locator(".row", { hasText: "Lunch" }).click();
      await ann.locator(".poll").first().waitFor();
      expect(["poll", colorScheme, await violations(ann)]).toEqual(["poll", colorScheme, []]);
    }
  });

  test("nothing on the way threw or was refused by the content security policy", () => {
    expect(browser.problems).toEqual([]);
  });
});
