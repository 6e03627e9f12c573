/** A checksum over many documents in whatever order they come: the sum of the digests of each. Pure. */
import { createHash } from "node:crypto";

/** With its keys in order, and dates told from what is written alike. */
function canonical(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return { $$date: value.getTime() };
  if (Array.isArray(value)) return value.map(canonical);
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, v]) => [key, canonical(v)]));
}

export class Sum {
  count = 0;
  private total = 0n;

  add(doc: object): void {
    const digest = createHash("sha256")
      .update(JSON.stringify(canonical(doc)))
      .digest();
    this.total = BigInt.asUintN(128, this.total + digest.readBigUInt64BE(0) * 2n ** 64n + digest.readBigUInt64BE(8));
    this.count++;
  }

  /** Count and digest. */
  get text(): string {
    return `${this.count} documents, ${this.total.toString(16).padStart(32, "0")}`;
  }
}
