/** Calls have a time limit, which those that a handler makes share, and a stop waits for what is under way. */
import { type Context, ServiceBroker } from "moleculer";
import { toWire } from "../../contracts/errors";
import { limitsOfCalls } from "../../platform/calls";
import { CALL_MS } from "../../platform/patience";

/** More than any test takes. */
const LONG_MS = 60_000;
const brokers: ServiceBroker[] = [];
afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.stop()));
});

/** Resolves when it is told to. */
function gate<T>(): { opened: Promise<T>; open: (value: T) => void } {
  let open = (_: T): void => undefined;
  const opened = new Promise<T>((resolve) => (open = resolve));
  return { opened, open };
}

async function started(
  handlers: Readonly<Record<string, (ctx: Context) => unknown>>,
  seen: string[] = [],
  stopMs = LONG_MS,
): Promise<ServiceBroker> {
  const middlewares = [limitsOfCalls(stopMs)];
  const broker = new ServiceBroker({ logger: false, transporter: null, requestTimeout: null as never, middlewares });
  brokers.push(broker);
  const events = { "some.event": (ctx: Context) => handlers.heard?.(ctx) as void };
  broker.createService({ name: "some", actions: handlers, events, stopped: () => void seen.push("stopped") });
  await broker.start();
  return broker;
}

const never = (): Promise<never> => new Promise(() => undefined);
const settlesWithin = async (ms: number, work: Promise<unknown>): Promise<boolean> => {
  const late = new Promise<false>((resolve) => setTimeout(resolve, ms, false).unref());
  return Promise.race([work.then(() => true), late]);
};

describe("the time limit of a call", () => {
  test("ends it as UNAVAILABLE", async () => {
    const broker = await started({ hang: never }, [], 20);
    const failure: unknown = await broker.call("some.hang", {}, { timeout: 20 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: "REQUEST_TIMEOUT", retryable: true });
    expect(toWire(failure).code).toBe("UNAVAILABLE");
  });

  test("is the action's own where the call says nothing, and the general one where the action says nothing", async () => {
    const timeouts: unknown[] = [];
    const note = (ctx: Context): void => void timeouts.push(ctx.options.timeout);
    const broker = await started({ plain: note });
    broker.createService({ name: "own", actions: { slow: { timeout: 70_000, handler: note } } });
    await broker.waitForServices("own");
    await broker.call("some.plain");
    await broker.call("own.slow");
    await broker.call("own.slow", {}, { timeout: 7_000 });
    expect(timeouts).toEqual([CALL_MS, 70_000, 7_000]);
  });

  test("is none where the call says nought", async () => {
    const { opened, open } = gate<string>();
    const broker = await started({ wait: () => opened });
    const call = broker.call("some.wait", {}, { timeout: 0 });
    expect(await settlesWithin(30, call)).toBe(false);
    open("done");
    expect(await call).toBe("done");
  });

  test("is the only one: Moleculer begins none beside it", async () => {
    const { opened, open } = gate<string>();
    const broker = await started({ wait: () => opened });
    const race = jest.spyOn(Promise, "race");
    const call = broker.call("some.wait");
    const races = race.mock.calls.length;
    race.mockRestore();
    open("done");
    expect(await call).toBe("done");
    expect(races).toBe(0);
  });

  test("is shared by the calls that its handler makes", async () => {
    const left: unknown[] = [];
    const broker = await started({
      inner: (ctx) => void left.push(ctx.options.timeout),
      outer: async (ctx) => {
        await new Promise((resolve) => setTimeout(resolve, 15));
        await ctx.call("some.inner");
      },
    });
    await broker.call("some.outer", {}, { timeout: LONG_MS });
    expect(left[0]).toBeLessThan(LONG_MS - 10);
    expect(left[0]).toBeGreaterThan(0);
  });

  test("leaves results and errors as they are", async () => {
    const broker = await started({
      give: () => 7,
      fail: () => {
        throw new RangeError("mine");
      },
    });
    expect(await broker.call("some.give")).toBe(7);
    await expect(broker.call("some.fail")).rejects.toThrow(RangeError);
  });
});

describe("a stop", () => {
  test("waits for calls and events under way, failed ones included, before the service ends", async () => {
    const [call, event] = [gate<string>(), gate<undefined>()];
    const seen: string[] = [];
    const broker = await started(
      {
        wait: () => call.opened,
        heard: () => event.opened,
        fail: () => Promise.reject(new Error("mine")),
      },
      seen,
    );
    await expect(broker.call("some.fail")).rejects.toThrow("mine");
    const answer = broker.call("some.wait").then(() => seen.push("answered"));
    // eslint-disable-next-line no-restricted-syntax -- an event of this test
    void broker.emit("some.event");
    const stopped = broker.stop();
    expect(await settlesWithin(30, stopped)).toBe(false);
    call.open("done");
    expect(await settlesWithin(30, stopped)).toBe(false);
    event.open(undefined);
    await Promise.all([stopped, answer]);
    expect(seen).toEqual(["answered", "stopped"]);
  });

  test("waits no longer than it may", async () => {
    const seen: string[] = [];
    const broker = await started({ hang: never }, seen, 20);
    broker.call("some.hang", {}, { timeout: 0 }).catch(() => undefined);
    await broker.stop();
    expect(seen).toEqual(["stopped"]);
  });

  test("with nothing under way waits for nothing", async () => {
    const seen: string[] = [];
    const broker = await started({ give: () => 7 }, seen);
    await broker.call("some.give");
    await broker.stop();
    expect(seen).toEqual(["stopped"]);
  });
});
