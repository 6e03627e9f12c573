/** Stops the clock, and nothing else: what depends on how late it is then does not depend on how busy the machine is. */
const untouched = [
  ...(["setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate"] as const),
  ...(["nextTick", "queueMicrotask", "performance", "hrtime"] as const),
];

/** It is so late until `clockOn`, or until it is set again; timers, sockets and stores go on. */
export function clockAt(ms: number): void {
  jest.useFakeTimers({ now: ms, doNotFake: untouched });
}

/** It goes on, by the machine's own. */
export function clockOn(): void {
  jest.useRealTimers();
}
