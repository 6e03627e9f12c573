/**
 * Holds the page against Lighthouse: `node --import tsx test/tools/lighthouse.ts [mobile|desktop] [simulate|provided]`. Starts
 * a system, fills it, signs in as its administrator in Chromium and has each page looked at. Lighthouse is no dependency: npx
 * fetches it, or `LIGHTHOUSE` says how it is called. Fails where a score is below what is asked of it; `provided` slows nothing
 * down by itself, and says what this machine takes.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium, type Page } from "playwright-core";
import { browserPath } from "../support/browser";
import { freePort } from "../support/servers";
import { startSystem } from "../support/system";

const run = promisify(execFile);
const [form = "mobile", method = "simulate"] = process.argv.slice(2);
/** The newest wants Node.js 22.19. */
const version = Number(process.versions.node.split(".")[0]) >= 22 ? "13.5.0" : "12.8.2";
const [command = "", ...before] = (process.env.LIGHTHOUSE ?? `npx --yes lighthouse@${version}`).split(" ");
const asked = { accessibility: 1, "best-practices": 1, performance: 0.95 };
const shown = {
  "first-contentful-paint": "FCP",
  "largest-contentful-paint": "LCP",
  "total-blocking-time": "TBT",
  "cumulative-layout-shift": "CLS",
};
/** Somebody whom the filling gives a year of conversations. */
const admin = { ADMIN_EMAIL: "ann.archer@example.com", ADMIN_PASSWORD: "correct horse battery" };
const MB = 2 ** 20;

interface Audit {
  readonly id: string;
  readonly title: string;
  readonly score: number | null;
  readonly displayValue?: string;
  readonly details?: { readonly items?: readonly { readonly node?: { readonly snippet: string } }[] };
}
interface Report {
  readonly categories: Readonly<
    Record<
      string,
      { readonly score: number; readonly auditRefs: readonly { readonly id: string; readonly weight: number }[] }
    >
  >;
  readonly audits: Readonly<Record<string, Audit>>;
}

async function look(url: string, port: number): Promise<Report> {
  const wishes = [`--port=${port}`, "--disable-storage-reset", "--quiet", "--output=json", "--output-path=stdout"];
  const slowed = [`--throttling-method=${method}`, ...(form === "desktop" ? ["--preset=desktop"] : [])];
  const only = `--only-categories=${Object.keys(asked).join(",")}`;
  const { stdout } = await run(command, [...before, url, ...wishes, ...slowed, only], { maxBuffer: 64 * MB });
  return JSON.parse(stdout) as Report;
}

/** Prints what was found. @returns whether it is as good as asked */
function tell(name: string, { categories, audits }: Report): boolean {
  const scores = Object.keys(asked).map((id) => `${id} ${Math.round((categories[id]?.score ?? 0) * 100)}`);
  const times = Object.entries(shown).map(([id, short]) => `${short} ${audits[id]?.displayValue ?? "?"}`);
  console.log(`${name} (${form}, ${method}): ${scores.join(", ")}; ${times.join(", ")}`);
  const counted = Object.values(categories).flatMap(({ auditRefs }) => auditRefs.filter(({ weight }) => weight > 0));
  for (const { id } of counted) {
    const { title, score, displayValue = "", details } = audits[id] as Audit;
    if (score === null || score >= 0.9) continue;
    const where = details?.items?.map(({ node }) => node?.snippet).filter((snippet) => snippet !== undefined) ?? [];
    console.log(`  ${score} ${id}: ${title} ${displayValue}\n${where.map((one) => `    ${one}\n`).join("")}`.trimEnd());
  }
  return Object.entries(asked).every(([id, least]) => (categories[id]?.score ?? 0) >= least);
}

async function signIn(page: Page): Promise<void> {
  await page.getByRole("button", { name: "I have an account" }).click();
  await page.getByLabel("E-mail").fill(admin.ADMIN_EMAIL);
  await page.getByLabel("Password").fill(admin.ADMIN_PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.locator(".row").first().waitFor();
}

async function main(): Promise<void> {
  const system = await startSystem({ env: admin });
  const profile = mkdtempSync(join(tmpdir(), "chat-lighthouse-"));
  const port = await freePort();
  const args = ["--no-sandbox", "--disable-gpu", `--remote-debugging-port=${port}`];
  const browser = await chromium.launchPersistentContext(profile, { executablePath: browserPath ?? "", args });
  try {
    await run(process.execPath, ["--import", "tsx", "scripts/seed.ts", "--url", system.url], {
      env: { ...process.env, ...admin },
    });
    await (await fetch(`${system.url}/app/main.js`)).text(); // out of the sources it is bundled at the first look
    let good = tell("sign-in", await look(system.url, port));
    const page = await browser.newPage();
    await page.goto(system.url);
    await signIn(page);
    await page.locator(".row").first().click();
    await page.locator(".message").first().waitFor();
    const places = {
      "conversation list": "#/",
      conversation: new URL(page.url()).hash,
      settings: "#/settings/profile",
      admin: "#/admin/people",
    };
    await page.close();
    for (const [name, hash] of Object.entries(places))
      good = tell(name, await look(`${system.url}/${hash}`, port)) && good;
    process.exitCode = good ? 0 : 1;
  } finally {
    await browser.close();
    await system.stop();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

void main();
