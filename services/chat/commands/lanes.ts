/** Sends in a row of which one needs preparing: its files, the names in it. Those behind it are told after it. */

export class SendLanes {
  private readonly last = new Map<string, Promise<void>>();

  /** Calls `tell` with what was prepared, in the order of the calls of this key; at once where nobody is waited for. */
  async inTurn<D>(key: string, prepared: D | Promise<D>, tell: (draft: D) => Promise<unknown>): Promise<unknown> {
    const before = this.last.get(key);
    if (!before && !(prepared instanceof Promise)) return tell(prepared);
    let leave = (): void => undefined;
    const place = new Promise<void>((resolve) => (leave = resolve));
    this.last.set(key, place);
    const [draft] = await Promise.allSettled([prepared, before]);
    const answer = draft.status === "fulfilled" ? tell(draft.value) : Promise.reject(draft.reason as Error);
    leave();
    if (this.last.get(key) === place) this.last.delete(key);
    return answer;
  }
}
