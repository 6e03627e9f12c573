/** Before every test file: time enough for a store's first start on a slow machine. */
jest.setTimeout(60_000);

/**
 * Kills, outages and real sockets on a shared build machine: a second try tells a slow moment from a fault. The first
 * error is printed all the same, and by hand there is no second try.
 */
if (process.env.CI) jest.retryTimes(1, { logErrorsBeforeRetry: true });
