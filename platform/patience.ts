/**
 * How long callers are left waiting: of what is below it, each gives up before what asked for it does. All in one place, so that
 * tests which are not about that can take the time that a busy machine needs.
 */

/** A call that says nothing else. */
export const CALL_MS = 10_000;

/** An answer of a store after this is as good as none: its caller has to hear within five seconds. */
export const STORE_MS = 4_500;

/** Of that, a query of the SQL database with the wait for a connection, and what the server may take for a statement. */
export const QUERY_MS = 3_500;
export const STATEMENT_MS = 3_000;
