/** How many events a user may send, over all sockets of this node: a bucket that fills steadily. */
export interface Bucket {
  tokens: number;
  /** Milliseconds, by any steady clock. */
  at: number;
}

export class Limiter {
  /** `rate`: events per second; `burst`: at once. */
  constructor(
    private readonly rate: number,
    private readonly burst = rate * 2,
  ) {}

  full(now: number): Bucket {
    return { tokens: this.burst, at: now };
  }

  /** With what has come in until now. */
  fill(bucket: Bucket, now: number): void {
    bucket.tokens = Math.min(this.burst, bucket.tokens + ((now - bucket.at) * this.rate) / 1000);
    bucket.at = now;
  }

  /** Takes one token and answers 0, or how many milliseconds there will be none. */
  take(bucket: Bucket, now: number): number {
    this.fill(bucket, now);
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) * 1000) / this.rate);
    bucket.tokens--;
    return 0;
  }
}
