/**
 * Which peers to ping, and which of them have gone silent. A ping to a dead node comes back from the bus at once
 * (its queue is gone); one to a hung node is simply never answered. Pure: time and peers come in, decisions go out.
 */

/** Bounds what watching costs in a cluster of hundreds of nodes; live traffic finds a dead node sooner anyway. */
const PINGS_PER_TICK = 20;
/** Longer than a garbage collection or a heavy query takes, shorter than any caller's patience. */
const SILENT_AFTER_MS = 5_000;

export class PeerWatch {
  /** When the first ping left that a peer has not answered yet. */
  private readonly waitingSince = new Map<string, number>();
  private cursor = 0;
  private lastTick: number | undefined;

  constructor(private readonly intervalMs: number) {}

  heardFrom(peer: string): void {
    this.waitingSince.delete(peer);
  }

  tick(now: number, peers: readonly string[]): { readonly ping: string[]; readonly silent: string[] } {
    // Whoever slept itself (a stopped process, a blocked loop) can't tell who else was silent meanwhile.
    if (this.lastTick !== undefined && now - this.lastTick > this.intervalMs * 4) this.waitingSince.clear();
    this.lastTick = now;
    const known = new Set(peers);
    for (const peer of this.waitingSince.keys()) if (!known.has(peer)) this.waitingSince.delete(peer);
    const silent = [...this.waitingSince].filter(([, since]) => now - since >= SILENT_AFTER_MS).map(([peer]) => peer);
    for (const peer of silent) this.waitingSince.delete(peer);
    const ping = this.next(peers);
    for (const peer of ping) if (!this.waitingSince.has(peer)) this.waitingSince.set(peer, now);
    return { ping, silent };
  }

  private next(peers: readonly string[]): string[] {
    if (peers.length <= PINGS_PER_TICK) return [...peers];
    const start = this.cursor % peers.length;
    this.cursor = start + PINGS_PER_TICK;
    return [...peers, ...peers].slice(start, start + PINGS_PER_TICK);
  }
}
