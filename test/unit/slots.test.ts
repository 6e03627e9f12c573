/** Slots: a bound on what runs at a time, on what waits, and on how long. */
import { setTimeout as sleep } from "node:timers/promises";
import { Slots } from "../../platform/slots";

test("slots run so many at a time and refuse whom they can't let wait", async () => {
  const slots = new Slots(1, 1);
  let running = 0;
  const work = async () => {
    running += 1;
    expect(running).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  };
  const [first, second] = [slots.run(work), slots.run(work)];
  await expect(slots.run(work)).rejects.toMatchObject({ type: "UNAVAILABLE" });
  await Promise.all([first, second, first.then(() => slots.run(work))]);
});

test("whose turn comes too late is refused, and those behind it are served", async () => {
  const slots = new Slots(1, 10, 30);
  const ran: number[] = [];
  let release = (): void => undefined;
  const slow = slots.run(() => new Promise<void>((resolve) => (release = resolve)));
  const late = slots.run(() => Promise.resolve(ran.push(1)));
  await sleep(70);
  const inTime = slots.run(() => Promise.resolve(ran.push(2)));
  release();
  await expect(late).rejects.toMatchObject({ type: "UNAVAILABLE" });
  await Promise.all([slow, inTime]);
  expect(ran).toEqual([2]);
  await expect(slots.run(() => Promise.resolve("free again"))).resolves.toBe("free again");
});
