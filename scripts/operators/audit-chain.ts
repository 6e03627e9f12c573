/** Whether the audit log is whole: each entry holds the hash of the one before, and its own fits what it says. */
import { createHash } from "node:crypto";
import { AUDIT_BEGIN, type AuditEntry, hashedText } from "../../contracts/audit";

/** An entry to be found again, noted outside of the system: who could write all of the log anew can't change that. */
export interface Anchor {
  readonly seq: number;
  readonly hash: string;
}

export class AuditChain {
  private last: Anchor = { seq: 0, hash: AUDIT_BEGIN };
  private found = false;

  constructor(private readonly anchor?: Anchor) {}

  get head(): Anchor {
    return this.last;
  }

  /** The next entry, oldest first. @throws Error that says which one does not fit */
  take(entry: AuditEntry): void {
    const { seq, hash } = this.last;
    if (entry.seq !== seq + 1) throw new Error(`The audit log has a gap: after entry ${seq} comes ${entry.seq}.`);
    if (entry.previous !== hash) throw new Error(`Entry ${entry.seq} does not follow entry ${seq}: one was replaced.`);
    const own = createHash("sha256").update(hashedText(entry)).digest("hex");
    if (own !== entry.hash) throw new Error(`Entry ${entry.seq} was changed.`);
    if (entry.seq === this.anchor?.seq) {
      if (entry.hash !== this.anchor.hash) throw new Error(`Entry ${entry.seq} is another than the one noted.`);
      this.found = true;
    }
    this.last = { seq: entry.seq, hash: entry.hash };
  }

  /** After the last one. @throws Error where the log ends before the entry that was noted */
  end(): void {
    if (this.anchor && !this.found)
      throw new Error(`The audit log ends at entry ${this.last.seq}, before the one noted (${this.anchor.seq}).`);
  }
}
