/**
 * Changes to one user's files, one at a time, and the room that uploads under way have been promised. All of a user's
 * changes meet on one node (contracts/uploads), so memory is enough; when nodes come and go a promise may be forgotten,
 * which costs a little precision of the quota and nothing else.
 */
import { fail } from "../../contracts/errors";

interface Grant {
  readonly bytes: number;
  readonly until: number;
}
interface Owner {
  tail: Promise<unknown>;
  waiting: number;
  readonly grants: Map<string, Grant>;
}

/** Far above what one person does; a flood is refused by name. */
const MAX_WAITING = 500;

export class Owners {
  private readonly owners = new Map<number, Owner>();

  /** @throws UNAVAILABLE when too many changes of this user wait */
  async turn<T>(ownerId: number, work: () => Promise<T>): Promise<T> {
    const owner = this.of(ownerId);
    if (owner.waiting >= MAX_WAITING) throw fail("UNAVAILABLE", "Too many changes to your files at once; try again.");
    owner.waiting += 1;
    const mine = owner.tail.then(work, work);
    owner.tail = mine.catch(() => undefined); // whoever waits next does not care how this one went
    try {
      return await mine;
    } finally {
      owner.waiting -= 1;
      this.forget(ownerId, owner);
    }
  }

  promised(ownerId: number, now = Date.now()): number {
    let sum = 0;
    for (const [id, { bytes, until }] of this.owners.get(ownerId)?.grants ?? [])
      if (until > now) sum += bytes;
      else this.owners.get(ownerId)?.grants.delete(id);
    return sum;
  }

  promise(ownerId: number, grantId: string, grant: Grant): void {
    this.of(ownerId).grants.set(grantId, grant);
  }

  release(ownerId: number, grantId: string): void {
    const owner = this.owners.get(ownerId);
    owner?.grants.delete(grantId);
    if (owner) this.forget(ownerId, owner);
  }

  private of(ownerId: number): Owner {
    let owner = this.owners.get(ownerId);
    if (!owner) this.owners.set(ownerId, (owner = { tail: Promise.resolve(), waiting: 0, grants: new Map() }));
    return owner;
  }

  private forget(ownerId: number, owner: Owner): void {
    if (owner.waiting === 0 && owner.grants.size === 0) this.owners.delete(ownerId);
  }
}
