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

/** The product is asked before something is said: for all of that; and it is left alone for so long after failures in a row. */
export const HOOK_MS = 1_500;
export const HOOK_REST_MS = 2_000;

/** A token with a key that is not known yet waits so long for those of its issuer. */
export const KEYS_MS = 1_500;

/** A node that was just started waits so long to hear who was cut before. */
export const KNOWN_MS = 2_000;
