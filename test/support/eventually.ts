/** Tries an expectation again until it holds; tells the last failure when it never does. Only what fails takes the whole time. */
import { setTimeout as sleep } from "node:timers/promises";

export async function eventually(expectation: () => unknown, withinMs = 60_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      await expectation();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await sleep(50);
  }
}
