/** What happens around the connection: the network, the page's visibility, the machine's sleep. */
import { type Clock } from "./clock";
import { environment, isHidden } from "./environment";

/** A timer that is this much late has slept. */
const TICK_MS = 10_000;

export interface World {
  /** Worth looking whether the connection lives. */
  readonly wake: () => void;
  /** The network is gone. */
  readonly lost: () => void;
}

export function watchWorld(clock: Clock, { wake, lost }: World): () => void {
  const seen = (): void => {
    if (!isHidden()) wake();
  };
  const { window, document } = environment;
  window?.addEventListener("online", wake);
  window?.addEventListener("offline", lost);
  document?.addEventListener("visibilitychange", seen);
  let stop = (): void => undefined;
  const tick = (due: number): void => {
    stop = clock.after(TICK_MS, () => {
      if (clock.now() - due > TICK_MS) wake();
      tick(clock.now() + TICK_MS);
    });
  };
  tick(clock.now() + TICK_MS);
  return () => {
    stop();
    window?.removeEventListener("online", wake);
    window?.removeEventListener("offline", lost);
    document?.removeEventListener("visibilitychange", seen);
  };
}
