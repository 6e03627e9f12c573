/** What is loaded once it is shown; of what comes after another was asked for nothing is seen. */
import { useEffect, useState } from "preact/hooks";

export function useLoaded<T>(load: () => Promise<T>, key: string): T | "gone" | undefined {
  const [state, setState] = useState<{ key: string; value: T | "gone" }>();
  useEffect(() => {
    let live = true;
    load().then(
      (value) => live && setState({ key, value }),
      () => live && setState({ key, value: "gone" }),
    );
    return () => void (live = false);
  }, [key]);
  return state?.key === key ? state.value : undefined;
}
