/**
 * Measures the page in Chromium: `node --import tsx test/tools/measure-page.ts [messages] [conversations]`. Prints how long
 * the list takes to be painted, what a key costs with a long past loaded, and nodes and heap while that past is walked to
 * its beginning and back.
 */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type CDPSession, chromium, type Page } from "playwright-core";
import { bundle } from "../../platform/web-bundle";
import { Importer } from "../../scripts/moving/importer";
import { signIn } from "../../scripts/operators/session";
import { browserPath } from "../support/browser";
import { extremeLines } from "../support/extremes";
import { startSystem } from "../support/system";

const [messages = 100_000, conversations = 500] = process.argv.slice(2).map(Number);
const admin = { ADMIN_EMAIL: "admin@example.com", ADMIN_PASSWORD: "correct horse battery" };
const email = "annarcher@example.com";
const KEYS = 100;
/** The client holds so many messages at most, however far one pages. */
const LOADED = 2_000;
const MB = 2 ** 20;
const EVERY_MS = 20_000;

/** Notes when the first row of the list is painted, and which keys took a frame or longer to be answered. */
const watch = `
  new MutationObserver((_, self) => {
    if (!document.querySelector(".row")) return;
    self.disconnect();
    requestAnimationFrame(() => setTimeout(() => (globalThis.painted = performance.now())));
  }).observe(document, { childList: true, subtree: true });
  globalThis.slow = [];
  new PerformanceObserver((list) => {
    for (const e of list.getEntries()) globalThis.slow.push([e.name, e.duration, e.processingEnd - e.processingStart]);
  }).observe({ type: "event", durationThreshold: 16 });
`;

async function heapOf(cdp: CDPSession): Promise<number> {
  await cdp.send("HeapProfiler.collectGarbage");
  return (await cdp.send("Runtime.getHeapUsage")).usedSize / MB;
}
/** Seconds that the page's main thread has worked. */
async function worked(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0;
}

async function paint(page: Page, what: string): Promise<void> {
  await page.reload();
  while ((await page.evaluate("globalThis.painted")) === undefined) await page.waitForTimeout(20);
  console.log(`${what}: the list painted after ${Math.round(await page.evaluate<number>("painted"))} ms`);
}

async function typing(page: Page, cdp: CDPSession): Promise<void> {
  const log = page.getByRole("log");
  for (let i = 0; i < LOADED / 50; i++) await log.press("Home");
  const box = page.getByRole("textbox", { name: "Message", exact: true });
  await box.click();
  await page.evaluate("slow.length = 0");
  const before = await worked(cdp);
  for (let i = 0; i < KEYS; i++) await page.keyboard.press("a");
  await page.waitForTimeout(500);
  const cost = ((await worked(cdp)) - before) * 1000;
  const slow = await page.evaluate<[string, number, number][]>("slow.filter(([name]) => /^key|input/.test(name))");
  const longest = Math.max(0, ...slow.map(([, , handling]) => handling));
  console.log(
    `a key: ${(cost / KEYS).toFixed(1)} ms of the main thread, all it causes included; of ${KEYS} keys ` +
      `${new Set(slow.map(([, , h]) => h)).size} events took a frame of 16 ms or more, the longest handler ${longest.toFixed(1)} ms`,
  );
  await box.fill("");
}

/** Scrolls to an end of the past as fast as it comes; tells the most nodes that there were on the way. */
const scroll = (end: "start" | "end", until: string): string => `(async () => {
  const log = document.querySelector(".log");
  const there = () => [...log.querySelectorAll(".text p")].some((p) => p.textContent === "Message number ${until}");
  let most = 0;
  while (!there()) {
    log.scrollTop = ${end === "start" ? "0" : "log.scrollHeight"};
    await new Promise((resolve) => setTimeout(resolve, 10));
    most = Math.max(most, document.getElementsByTagName("*").length);
  }
  return most;
})()`;

async function walk(page: Page, cdp: CDPSession): Promise<void> {
  console.log(`heap: ${(await heapOf(cdp)).toFixed(1)} MB before`);
  for (const [end, until] of [
    ["start", "1"],
    ["end", String(messages)],
  ] as const) {
    const start = Date.now();
    let going = true;
    const walking = page.evaluate<number>(scroll(end, until)).finally(() => (going = false));
    while (going) {
      await Promise.race([walking, page.waitForTimeout(EVERY_MS)]);
      console.log(`heap: ${(await heapOf(cdp)).toFixed(1)} MB after ${Math.round((Date.now() - start) / 1000)} s`);
    }
    console.log(`at the ${end}: at most ${await walking} nodes on the way`);
  }
}

async function main(): Promise<void> {
  const files = await bundle();
  const packed = files.filter(({ name }) => name !== "chat-client.js").map(({ bytes }) => gzipSync(bytes).length);
  console.log(`first load: ${(packed.reduce((a, b) => a + b) / 1000).toFixed(1)} kB of scripts, packed`);
  const system = await startSystem({ env: { ...admin, RATE_LIMIT: "100000" } });
  const browser = await chromium.launch({ executablePath: browserPath ?? "", args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1100, height: 720 } });
    page.setDefaultTimeout(120_000);
    await page.addInitScript(watch);
    await page.goto(system.url);
    await page.getByLabel("Your name").fill("Ann Archer");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill("correct horse battery");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.locator(".list .empty").waitFor();
    const operator = await signIn(system.url, admin);
    await new Importer(operator).run(extremeLines({ email, members: 50, messages, conversations }));
    await operator.leave();
    await page.evaluate(
      "indexedDB.databases().then((all) => all.forEach(({ name }) => indexedDB.deleteDatabase(name)))",
    );
    await paint(page, "nothing kept");
    await page.waitForTimeout(5_000); // the client writes down what it learned
    for (let i = 0; i < 3; i++) await paint(page, "seen before");
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable");
    await page.goto(`${system.url}/#/c/${createHash("sha256").update("past").digest("hex").slice(0, 24)}`);
    await page
      .locator(".message", { hasText: `Message number ${messages}` })
      .last()
      .waitFor();
    await typing(page, cdp);
    await page.getByRole("button", { name: "To the latest messages" }).click();
    await walk(page, cdp);
  } finally {
    await browser.close();
    await system.stop();
  }
}

void main();
