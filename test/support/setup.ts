/** Before every test file: only what hangs takes all of the time that there is, on however busy a machine. */
jest.setTimeout(300_000);

/**
 * Callers are left waiting for as long as such a machine needs, within one process: what is not about that would be refused
 * now and then. Tests that are about it say `jest.unmock("../../platform/patience")`.
 */
jest.mock("../../platform/patience", () => {
  const real = jest.requireActual<Record<string, number>>("../../platform/patience");
  if (!/[/\\]test[/\\](service|flow)[/\\]/.test(expect.getState().testPath ?? "")) return real;
  return Object.fromEntries(Object.entries(real).map(([name, ms]) => [name, 12 * ms]));
});
