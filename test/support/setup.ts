/** Before every test file: only what hangs takes all of it, on however busy a machine. */
jest.setTimeout(300_000);
