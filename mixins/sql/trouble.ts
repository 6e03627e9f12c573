/** Which failures of the database mean "not there, try again", as against a bug or a rule that refused. */
import { ConnectionAcquireTimeoutError, ConnectionError, DatabaseError, TimeoutError } from "sequelize";
import { fail } from "../../contracts/errors";

/**
 * Connection trouble, rollback by the server (deadlock), no resources, cancelled by a timeout or by an administrator.
 * https://www.postgresql.org/docs/15/errcodes-appendix.html
 */
const PASSING = /^(08|40|53|55P03|57)/;
const isSqlState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);

export function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionError || error instanceof ConnectionAcquireTimeoutError) return true;
  if (error instanceof TimeoutError) return true;
  if (!(error instanceof DatabaseError)) return false;
  const { code } = error.original as Error & { code?: string };
  // Without a state of PostgreSQL's it never answered: the link broke or the answer took too long.
  return code === undefined || !isSqlState(code) || PASSING.test(code);
}

export const unavailable = (): Error => fail("UNAVAILABLE", "The account store does not answer; try again.");

/** Passing trouble as UNAVAILABLE, all else as it is. */
export const translated = (error: unknown): unknown => (isPassing(error) ? unavailable() : error);

/** @throws UNAVAILABLE when `work` takes longer than `ms`; it may still take effect */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unavailable()), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
