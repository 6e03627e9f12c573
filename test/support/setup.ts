/** Before every test file: time enough for a store's first start on a slow machine. */
jest.setTimeout(60_000);
