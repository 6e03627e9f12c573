/**
 * What a key in the composer takes with 2,000 messages loaded: `node --import tsx test/tools/measure-keys.ts [keys]`. CPU of the
 * page's main thread for each key, its parts by the browser's trace (which a busy machine does not lengthen), and what Event
 * Timing says of the same keys: how long they waited, were worked on, and until the next frame was shown. A bare text field in
 * the same browser is measured alike: what it takes is the browser's own.
 */
import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";
import { Importer } from "../../scripts/moving/importer";
import { type Line } from "../../scripts/moving/format";
import { patient } from "../../scripts/moving/patient";
import { signIn } from "../../scripts/operators/session";
import { browserPath } from "../support/browser";
import { startSystem } from "../support/system";

const KEYS = Number(process.argv[2] ?? 200);
const LOADED = 2_000;
const MEMBERS = 1_000;
const admin = { ADMIN_EMAIL: "admin@example.com", ADMIN_PASSWORD: "correct horse battery" };
const email = "annarcher@example.com";

const watch = `
  globalThis.slow = [];
  new PerformanceObserver((list) => {
    for (const e of list.getEntries())
      if (e.name === "keydown")
        slow.push({ wait: e.processingStart - e.startTime, work: e.processingEnd - e.processingStart, all: e.duration });
  }).observe({ type: "event", durationThreshold: 16 });
`;

interface Slow {
  readonly wait: number;
  readonly work: number;
  readonly all: number;
}
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly data?: { readonly type?: string }; readonly name?: string };
}

/** The parts of a frame, as the trace calls them; what is in one is in no other. */
const parts = {
  handlers: ["EventDispatch"],
  script: ["FireAnimationFrame", "TimerFire", "RunMicrotasks"],
  style: ["UpdateLayoutTree"],
  layout: ["Layout"],
  paint: ["PrePaint", "Paint", "Layerize", "Commit"],
};

function* lines(): Generator<Line> {
  const born = new Date(Date.now() - 86_400_000).toISOString();
  const keys = Array.from({ length: MEMBERS }, (_, i) => `m${i}`);
  yield { type: "user", key: "me", username: "Ann Archer", email };
  for (const [i, key] of keys.entries()) yield { type: "user", key, username: `Member Number ${i}` };
  const members = ["me", ...keys].map((user) => ({ user }));
  yield { type: "conversation", key: "past", kind: "group", name: "Long past", members, created_at: born };
  for (let i = 0; i < LOADED; i++) {
    const content = `Message number ${i}${i % 7 ? "" : `\n${"and more ".repeat(i % 40)}`}`;
    yield {
      type: "message",
      key: `p${i}`,
      conversation: "past",
      sender: `m${i % 9}`,
      content,
      created_at: new Date(Date.parse(born) + i * 1_000).toISOString(),
    };
  }
}

/** A key as a keyboard gives it, whatever the script it writes. */
async function press(cdp: CDPSession, key: string): Promise<void> {
  const one = key === "\b" ? { key: "Backspace", windowsVirtualKeyCode: 8 } : { key, text: key };
  await cdp.send("Input.dispatchKeyEvent", { type: "keyDown", ...one });
  await cdp.send("Input.dispatchKeyEvent", { type: "keyUp", key: one.key });
}
const shown = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))";

const at = (sorted: readonly number[], share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
const ms = (n: number): string => n.toFixed(1);

/** The main thread's work of each key, ms of CPU. */
function workOf(trace: readonly TraceEvent[]): { perKey: number[]; parts: Map<string, number> } {
  const isKey = (e: TraceEvent): boolean => e.name === "EventDispatch" && e.args.data?.type === "keydown";
  const key = trace.find(isKey);
  if (!key) throw new Error("no key was seen");
  const main = trace.filter((e) => e.pid === key.pid && e.tid === key.tid && e.ph === "X").sort((a, b) => a.ts - b.ts);
  const tasks = main.filter((e) => e.name === "RunTask");
  const starts = main.filter(isKey).map((e) => tasks.findLast((t) => t.ts <= e.ts)?.ts ?? e.ts);
  const perKey = starts.map((start, i) => {
    const end = starts[i + 1] ?? Infinity;
    return tasks.filter((t) => t.ts >= start && t.ts < end).reduce((sum, t) => sum + (t.tdur ?? 0) / 1_000, 0);
  });
  const sums = Object.entries(parts).map(([part, names]) => {
    const those = outermost(main.filter(({ name, ts }) => names.includes(name) && ts >= (starts[0] ?? 0)));
    return [part, those.reduce((sum, e) => sum + (e.tdur ?? 0) / 1_000, 0) / starts.length] as const;
  });
  return { perKey, parts: new Map(sums) };
}

/** Without those that lie within another one. */
function outermost(events: readonly TraceEvent[]): TraceEvent[] {
  let until = -Infinity;
  return events.filter(({ ts, dur = 0 }) => {
    if (ts + dur <= until) return false;
    until = ts + dur;
    return true;
  });
}

async function measure(browser: Browser, page: Page, name: string, keys: string): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  await page.evaluate("slow.length = 0");
  await browser.startTracing(page, {
    categories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"],
  });
  for (let i = 0; i < KEYS; i++) {
    await press(cdp, keys[i % keys.length] as string);
    await page.evaluate(shown);
  }
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const work = workOf(traceEvents);
  const sorted = work.perKey.sort((a, b) => a - b);
  const each = [...work.parts].map(([part, took]) => `${part} ${took.toFixed(2)}`).join(", ");
  console.log(
    `${name}: ms of CPU a key: median ${ms(at(sorted, 0.5))}, p95 ${ms(at(sorted, 0.95))}, most ${ms(at(sorted, 1))} (${each})`,
  );
  const slow = await page.evaluate<Slow[]>("slow");
  const most = (of: (one: Slow) => number): string => ms(Math.max(0, ...slow.map(of)));
  console.log(
    `  Event Timing: ${slow.length} of ${KEYS} keys were shown 16 ms later or more; ` +
      `at most ${most((e) => e.wait)} ms waiting, ${most((e) => e.work)} worked on, ${most((e) => e.all - e.wait - e.work)} until shown`,
  );
  await cdp.detach();
}

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel("Your name").fill("Ann Archer");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.locator(".list .empty").waitFor();
  const operator = await signIn(url, admin);
  await new Importer(patient(operator)).run(lines());
  await operator.leave();
  await page.reload();
  await page.locator(".row").first().click();
  await page
    .locator(".message", { hasText: `Message number ${LOADED - 1}` })
    .last()
    .waitFor();
  const log = page.getByRole("log");
  for (let i = 0; i < LOADED / 50; i++) await log.press("Home");
}

async function main(): Promise<void> {
  const system = await startSystem({ env: admin });
  const browser = await chromium.launch({ executablePath: browserPath ?? "", args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1100, height: 720 } });
    page.setDefaultTimeout(120_000);
    await page.addInitScript(watch);
    await page.goto(`${system.url}/health/live`);
    await page.setContent(`<textarea dir="auto" style="field-sizing: content; max-height: 33vh"></textarea>`);
    await page.locator("textarea").focus();
    await measure(browser, page, "a bare field", "hello ");
    await open(page, system.url);
    const box = page.getByRole("textbox", { name: "Message", exact: true });
    const cases = {
      "a line": ["", "hello "],
      "a mention, its list open": ["@mem", "ber number 1\b\b\b\b\b\b\b\b\b\b\b\b"],
      "a draft of 3,700 characters": ["some words ".repeat(336), "hello "],
      "right to left": ["مرحبا بالجميع ".repeat(40), "سلام "],
    };
    for (const [name, [begun = "", keys = ""]] of Object.entries(cases)) {
      await box.fill(begun);
      await box.press("End");
      await page.waitForTimeout(2_500); // the draft is kept
      await measure(browser, page, name, keys);
    }
  } finally {
    await browser.close();
    await system.stop();
  }
}

void main();
