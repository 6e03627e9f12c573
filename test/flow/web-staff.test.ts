/** What the staff does on the page: finds accounts, reads the settings, handles reports, joins other systems by webhooks. */
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { type Locator, type Page } from "playwright-core";
import { violations } from "../support/axe";
import { type Browser, browserPath, openBrowser, PATIENCE } from "../support/browser";
import { type Account, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { startSystem, type System } from "../support/system";

const suite = browserPath === undefined ? describe.skip : describe;
const title = browserPath === undefined ? "the staff's page (skipped: no Chromium here)" : "the staff's page";
const admin = { ADMIN_EMAIL: "admin@example.com", ADMIN_PASSWORD: "correct horse battery" };
const HOOK_SECRET = `whsec_${"A".repeat(32)}`;

suite(title, () => {
  jest.setTimeout(6 * PATIENCE);
  let system: System;
  let browser: Browser;
  let ann: Page;
  let bob: Page;
  let bobAccount: Account;
  let cat: Account;
  let annToken: string;
  let group: string;
  /** What came to the address of an outgoing webhook. */
  const told: { body: string; signed: boolean }[] = [];
  let receiver: Server;

  const box = (page: Page): Locator => page.getByRole("textbox", { name: "Message", exact: true });
  const at = async (page: Page, route: string): Promise<void> => {
    await page.bringToFront();
    await page.goto(`${system.url}/#/${route}`);
  };
  const ask = async (token: string, method: string, path: string, body?: object): Promise<any> => {
    const answer = await request(system.url, method, path, { token, ...(body ? { body } : {}) });
    if (!answer.body.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body.error)}`);
    return answer.body.data;
  };
  const bell = async (page: Page): Promise<Locator> => {
    await page.bringToFront();
    await page.getByRole("button", { name: /^Notifications, \d+ unread/ }).click();
    return page.getByRole("dialog", { name: "Notifications" });
  };
  const closeDialog = (page: Page): Promise<void> =>
    page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  /** Of the only open report: it is taken, and something is done. */
  async function decide(what: string, words?: string): Promise<void> {
    await at(ann, "admin/reports");
    await ann.locator(".cards li").getByRole("button", { name: "Open", exact: true }).click();
    await ann.getByRole("button", { name: "Take it" }).click();
    await ann.getByRole("button", { name: "Give it back to all" }).waitFor();
    await ann.getByLabel("What is done").selectOption(what);
    if (words) await ann.getByLabel("What the person is told").fill(words);
    await ann.getByRole("button", { name: "Decide" }).click();
    await ann.getByText("Nothing is reported.").waitFor();
    await at(ann, "");
  }

  beforeAll(async () => {
    receiver = createServer((req, res) => {
      let body = "";
      req.on("data", (chunk: Buffer) => (body += chunk.toString()));
      req.on("end", () => {
        told.push({ body, signed: /^v1,/.test(String(req.headers["webhook-signature"])) });
        res.writeHead(204).end();
      });
    }).listen(0, "127.0.0.1");
    system = await startSystem({ env: { ...admin, OUTGOING_PRIVATE: "on", HOOK_SECRET, MAX_CONTENT: "1234" } });
    bobAccount = await register(system.url, "Bob Baker");
    cat = await register(system.url, "Cat Carter");
    const credentials = { email: admin.ADMIN_EMAIL, password: admin.ADMIN_PASSWORD };
    const signed = await request(system.url, "POST", "/auth/login", { body: credentials });
    annToken = signed.body.data.accessToken;
    const participantIds = [bobAccount.id, cat.id];
    group = (await ask(annToken, "POST", "/conversations", { type: "group", name: "Lunch", participantIds }))._id;
    browser = await openBrowser();
    bob = await browser.window(system.url, bobAccount);
    ann = await browser.window(system.url, credentials);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    receiver.closeAllConnections();
    receiver.close();
  });

  test("an account is found by its name and by its address, and the list goes on page by page", async () => {
    const many = Array.from({ length: 55 }, (_, i) => ({ key: `many/${i}`, username: `Many ${i}` }));
    // Few at once, and again where a busy machine has no time for them: an import takes nobody twice.
    for (let i = 0; i < many.length; i += 11)
      await eventually(() => ask(annToken, "POST", "/admin/import/users", { users: many.slice(i, i + 11) }));
    await at(ann, "admin/people");
    const rows = ann.locator("tbody tr");
    await rows.nth(49).waitFor();
    await ann.getByRole("button", { name: "Show more" }).click();
    await rows.nth(57).waitFor();
    await ann.getByRole("button", { name: "Show more" }).waitFor({ state: "detached" });
    const find = ann.getByLabel("Find by name or e-mail");
    await find.fill("bak");
    await rows.nth(1).waitFor({ state: "detached" });
    expect(await rows.first().textContent()).toContain("Bob Baker");
    await find.fill(cat.email.toUpperCase());
    await rows.filter({ hasText: "Cat Carter" }).waitFor();
    expect(await rows.count()).toBe(1);
    await ann.getByLabel("Status").selectOption("banned");
    await ann.getByText("Nothing found.").waitFor();
  });

  test("the settings say what is set, and of a secret nothing", async () => {
    await at(ann, "admin/settings");
    const one = (name: string): Locator => ann.locator(".variable", { has: ann.getByText(name, { exact: true }) });
    await one("MAX_CONTENT").getByText("1234", { exact: true }).waitFor();
    await one("HOOK_SECRET").getByText("set; a secret is shown to nobody").waitFor();
    await one("MAX_MEMBERS").getByText("10000", { exact: true }).waitFor();
    expect(await ann.content()).not.toContain(HOOK_SECRET);
    await ann.getByLabel("Only those that are set").check();
    await one("MAX_MEMBERS").waitFor({ state: "detached" });
    await ann.locator(".page").getByLabel("Search").fill("longest message");
    await one("HOOK_SECRET").waitFor({ state: "detached" });
    await one("MAX_CONTENT").waitFor();
    const refused = await request(system.url, "GET", "/admin/settings", { token: cat.token });
    expect(refused.status).toBe(403);
  });

  test("another system writes through a webhook that the group made, until it is taken back", async () => {
    await at(ann, `c/${group}/details`);
    await ann.getByLabel("Name that it speaks by").fill("Build");
    await ann.getByRole("button", { name: "Make a webhook" }).click();
    const address = (await ann.locator(".made code").textContent()) ?? "";
    const post = (text: string) => request(address, "POST", "", { body: { text } });
    expect((await post("Build 7 is green")).status).toBe(201);
    await ann.locator(".message", { hasText: "Build 7 is green" }).getByText("Build", { exact: true }).waitFor();
    await ann.getByRole("button", { name: "Remove Build" }).click();
    await ann.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await ann.locator(".made").waitFor({ state: "detached" });
    expect((await post("Still here?")).status).toBe(404);
  });

  test("an outgoing webhook is told of the facts it was made for, and again from where one likes", async () => {
    await at(ann, "admin/webhooks");
    await ann.getByText("There is none yet.").waitFor();
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/told`;
    await ann.getByLabel("Address").fill(url);
    await ann.getByLabel("message.reacted").check();
    await ann.getByRole("button", { name: "Add", exact: true }).click();
    await ann.locator(".made code", { hasText: /^whsec_/ }).waitFor();
    const one = ann.locator(".cards li", { hasText: url });
    await one.getByText("message.created, message.reacted").waitFor();
    await ask(cat.token, "POST", `/conversations/${group}/messages`, { clientId: "told", content: "Told outside" });
    const times = (): number => told.filter(({ body, signed }) => signed && body.includes("Told outside")).length;
    await eventually(() => expect(times()).toBe(1));
    await one.getByRole("button", { name: "Deliveries" }).click();
    await ann.getByText("It took everything.").waitFor();
    await ann.getByLabel("After the position").fill("0");
    await ann.getByRole("button", { name: "Tell again" }).click();
    await eventually(() => expect(times()).toBe(2));
    expect(await violations(ann)).toEqual([]);
    await closeDialog(ann);
    await one.getByRole("button", { name: "Remove" }).click();
    await ann.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await one.waitFor({ state: "detached" });
  });

  test("who is warned is told of it, and so is who reported", async () => {
    await at(bob, `c/${group}`);
    await box(bob).fill("Something rude");
    await box(bob).press("Enter");
    const reporter = await browser.window(system.url, cat);
    await at(reporter, `c/${group}`);
    const rude = reporter.locator(".message", { hasText: "Something rude" });
    await rude.hover();
    await rude.getByRole("button", { name: "More for this message" }).click();
    await reporter.getByRole("menuitem", { name: "Report", exact: true }).click();
    await reporter.getByLabel("Reason").selectOption("harassment");
    await reporter.getByRole("dialog").getByRole("button", { name: "Report", exact: true }).click();
    await reporter.getByText("The staff will look at it.").waitFor();
    await decide("warn", "Please be kind.");
    await (await bell(reporter)).getByText("Your report was handled").waitFor();
    await reporter.close();
    await (await bell(bob)).locator(".notification", { hasText: "A warning" }).getByText("Please be kind.").waitFor();
    await closeDialog(bob);
  });

  test("who is muted sees why nothing goes out, and until when", async () => {
    await ask(cat.token, "POST", "/reports", { kind: "user", id: String(bobAccount.id), reason: "spam" });
    await decide("mute");
    await (await bell(bob)).getByText(/^You may not write until/).waitFor();
    await closeDialog(bob);
    await box(bob).fill("Let me speak");
    await box(bob).press("Enter");
    const kept = bob.locator(".message", { hasText: "Let me speak" });
    await kept.getByRole("alert").waitFor();
    expect(await kept.getByRole("alert").textContent()).toMatch(/mute|may not|until/i);
    await kept.getByRole("button", { name: "Discard" }).click();
  });

  test("a conversation is locked, kept for longer and put on hold from its own page, and opened again", async () => {
    await at(ann, `c/${group}`);
    await ann.getByRole("button", { name: "More for this conversation" }).click();
    await ann.getByRole("menuitem", { name: "Administration" }).click();
    await ann.getByRole("heading", { name: "Lunch" }).waitFor();
    const locked = ann.getByRole("switch", { name: "Locked" });
    const stands = (): Promise<unknown> => ask(annToken, "GET", `/admin/conversations/${group}`);
    await locked.check();
    await eventually(async () => expect(await stands()).toMatchObject({ locked: true }));
    const late = ask(cat.token, "POST", `/conversations/${group}/messages`, { clientId: "late", content: "Closed?" });
    await expect(late).rejects.toThrow("The staff has locked this conversation.");
    await ann.getByRole("combobox").selectOption("7 days");
    await ann.getByText("It is kept so from now on.").waitFor();
    expect(await stands()).toMatchObject({ locked: true, retention: 7 * 86_400 });
    await ann.getByLabel("Why it must be kept").fill("A lawsuit");
    await ann.getByRole("button", { name: "Place a hold" }).click();
    await ann.locator(".cards li", { hasText: "A lawsuit" }).waitFor();
    expect(await violations(ann)).toEqual([]);
    await locked.uncheck();
    await eventually(async () => expect(await stands()).toMatchObject({ locked: false }));
    await at(ann, "admin/holds");
    await ann.locator(".cards li", { hasText: "A lawsuit" }).getByRole("button", { name: "Release" }).click();
    expect(await violations(ann)).toEqual([]);
    await ann.getByRole("dialog").getByRole("button", { name: "Release" }).click();
    await ann.getByText("There is none.").waitFor();
    await at(ann, "admin/conversations/0123456789abcdef01234567");
    await ann.getByText("There is no such conversation.").waitFor();
  });

  test("what happened to a message is told by its id, and none of its words", async () => {
    const said = { clientId: "traced", content: "Words for members" };
    const { _id, seq } = await ask(cat.token, "POST", `/conversations/${group}/messages`, said);
    await at(ann, "admin/messages");
    await ann.getByLabel("Id of the message").fill(`see ${_id} in the log`);
    await ann.getByRole("button", { name: "Show", exact: true }).click();
    await ann.locator(".described dd", { hasText: "Cat Carter" }).waitFor();
    await ann.locator(".described dd", { hasText: new RegExp(`^${seq}$`) }).waitFor();
    await ann.locator("tbody tr", { hasText: "Bob Baker" }).waitFor();
    expect(await ann.locator(".page").textContent()).not.toContain("Words for members");
    expect(await violations(ann)).toEqual([]);
    await ann.getByLabel("Id of the message").fill("nothing that is an id");
    expect(await ann.getByRole("button", { name: "Show", exact: true }).isDisabled()).toBe(true);
  });

  test("an account is renamed, told a word, and goes with what it wrote, of which there is a proof", async () => {
    const dan = await register(system.url, "Dan Draper");
    const { _id } = await ask(dan.token, "POST", "/conversations", {
      type: "group",
      name: "His",
      participantIds: [cat.id],
    });
    await ask(dan.token, "POST", `/conversations/${_id}/messages`, { clientId: "his", content: "Mine for a while" });
    await at(ann, "admin/people");
    await ann.getByLabel("Find by name or e-mail").fill(dan.email);
    await ann
      .locator("tbody tr", { hasText: "Dan Draper" })
      .getByRole("button", { name: "More for Dan Draper" })
      .click();
    await ann.getByRole("menuitem", { name: "Account", exact: true }).click();
    const dialog = ann.getByRole("dialog", { name: /^Dan D/ });
    await dialog.getByLabel("Name").fill("Dan D.");
    await dialog.getByRole("button", { name: "Save" }).click();
    await ann.locator("tbody tr", { hasText: "Dan D." }).waitFor({ state: "attached" });
    await dialog.getByLabel("What the person is told").fill("Please be kind.");
    await dialog.getByRole("button", { name: "Warn the person" }).click();
    await ann.getByText("They are told.").waitFor();
    await dialog.getByRole("heading", { name: "Devices" }).waitFor();
    expect(await violations(ann)).toEqual([]);
    await dialog.getByRole("switch", { name: "With everything they wrote" }).check();
    await dialog.getByRole("button", { name: "Delete the account" }).click();
    const question = ann.getByRole("dialog", { name: "Delete Dan D.’s account?" });
    await question.getByRole("button", { name: "Delete the account" }).click();
    await dialog.waitFor({ state: "detached" });
    await at(ann, "admin/erasures");
    await ann.getByLabel("Number of the account").fill(String(dan.id));
    const proof = ann.locator(".cards li", { hasText: `Account ${dan.id}` });
    await eventually(async () => {
      await ann.getByRole("button", { name: "Refresh" }).click();
      expect(await proof.locator(".tag").textContent()).toBe("done");
    }, PATIENCE);
    const messages = proof.locator("tr", { has: ann.getByText("messages", { exact: true }) }).first();
    expect(await messages.locator("td").allTextContents()).toEqual(["1", "0"]);
    expect(await violations(ann)).toEqual([]);
  });

  test("who is banned stands before the door at once", async () => {
    await ask(cat.token, "POST", "/reports", { kind: "user", id: String(bobAccount.id), reason: "spam" });
    await decide("ban");
    await bob.bringToFront();
    await bob.getByRole("button", { name: "I have an account" }).waitFor();
    await at(ann, "admin/people");
    await ann.getByLabel("Status").selectOption("banned");
    await ann.locator("tbody tr", { hasText: "Bob Baker" }).waitFor();
  });

  test("nothing on the way threw or was refused by the content security policy", () => {
    // The browser itself tells of answers that refuse, as those to who was banned, or to whom a busy machine has no time for.
    expect(browser.problems.filter((problem) => !/status of (40[134]|503)|WebSocket/.test(problem))).toEqual([]);
  });
});
