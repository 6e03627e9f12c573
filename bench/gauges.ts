/** What our server says of itself at /metrics. */

export async function gauges<N extends string>(port: number, names: readonly N[]): Promise<Record<N, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const values = names.map((name) => {
    const value = new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "m").exec(text)?.[1];
    if (value === undefined) throw new Error(`/metrics has no ${name}`);
    return [name, Number(value)];
  });
  return Object.fromEntries(values) as Record<N, number>;
}

/** Messages whose notifications and other facts are still to be made. */
export const outboxOf = async (port: number): Promise<number> =>
  (await gauges(port, ["outbox_waiting"])).outbox_waiting;
