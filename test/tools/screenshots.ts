/**
 * Takes the pictures of the README from a seeded workspace: `node --import tsx test/tools/screenshots.ts [url]`, after
 * `npm start` and `npm run seed`. Two stills, light and dark, and a short animation of two people talking.
 */
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import sharp from "sharp";
import { browserPath } from "../support/browser";

const url = process.argv[2] ?? "http://localhost:3000";
const images = join(__dirname, "../../docs/images");
const PASSWORD = "correct horse battery";
const SIZE = { width: 1280, height: 800 };
const FRAMES_A_SECOND = 5;
/** A machine that is slow at taking frames makes nobody wait so long for the next one, ms. */
const LONGEST_FRAME = 400;

async function enter(context: BrowserContext, email: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole("button", { name: "I have an account" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator(".row").first().waitFor();
  return page;
}

async function openRoom(page: Page, name: string): Promise<void> {
  await page.locator(".row", { hasText: name }).first().click();
  await page.locator(".message").first().waitFor();
  await page.waitForTimeout(1_000); // pictures and names come
}

/** A still, small enough for a README. */
async function keep(page: Page, name: string): Promise<void> {
  await sharp(await page.screenshot())
    .png({ palette: true, quality: 92, effort: 10 })
    .toFile(join(images, name));
}

interface Frame {
  readonly bytes: Buffer;
  readonly at: number;
}
/** Frames while `work` goes on, each with when it was taken. */
async function film(page: Page, work: () => Promise<void>): Promise<Frame[]> {
  const frames: Frame[] = [];
  let done = false;
  const filming = (async () => {
    while (!done) {
      const at = Date.now();
      const next = at + 1_000 / FRAMES_A_SECOND;
      frames.push({ bytes: await page.screenshot(), at });
      await page.waitForTimeout(Math.max(0, next - Date.now()));
    }
  })();
  await work();
  done = true;
  await filming;
  return frames;
}

async function main(): Promise<void> {
  const browser = await chromium.launch({ executablePath: browserPath ?? "", args: ["--no-sandbox", "--disable-gpu"] });
  const light = await browser.newContext({ viewport: SIZE, colorScheme: "light" });
  const dark = await browser.newContext({ viewport: SIZE, colorScheme: "dark" });
  try {
    const ann = await enter(light, "ann.archer@example.com");
    const bob = await enter(dark, "bob.baker@example.com");
    await openRoom(ann, "Release 2.0");
    await openRoom(bob, "Release 2.0");
    const write = bob.getByRole("textbox", { name: "Message", exact: true });
    const frames = await film(ann, async () => {
      await write.pressSequentially("Shipped. **2.0** is out, and nothing fell over", { delay: 60 });
      await write.press("Enter");
      await ann.waitForTimeout(900);
      const message = ann.locator(".message", { hasText: "nothing fell over" }).last();
      await message.hover();
      await message.getByRole("button", { name: "React" }).click();
      await ann.getByRole("button", { name: "React with 🎉" }).first().click();
      await ann.waitForTimeout(600);
      await message.hover();
      await message.getByRole("button", { name: "Reply" }).click();
      const answer = ann.getByRole("textbox", { name: "Message", exact: true });
      await answer.pressSequentially("Cake at four! 🍰", { delay: 70 });
      await answer.press("Enter");
      await ann.waitForTimeout(1_500);
    });
    await ann.mouse.move(640, 5);
    await ann.locator(".thread-line").last().click();
    await ann.waitForTimeout(1_000);
    await keep(ann, "page-light.png");
    await bob.waitForTimeout(500);
    await keep(bob, "page-dark.png");
    const small = await Promise.all(frames.map(({ bytes }) => sharp(bytes).resize({ width: 900 }).png().toBuffer()));
    const delay = frames.map(({ at }, i) => Math.min(LONGEST_FRAME, (frames[i + 1]?.at ?? Infinity) - at));
    await sharp(small, { join: { animated: true } })
      .webp({ quality: 70, effort: 5, delay, loop: 0 })
      .toFile(join(images, "page.webp"));
  } finally {
    await browser.close();
  }
}

void main();
