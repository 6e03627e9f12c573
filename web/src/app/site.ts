/** Where the page is: at the root of its origin, or below a path that others' pages of the same origin stand beside. */

/** `/t/acme`; empty at the root. */
const base = new URL(".", location.href).pathname.slice(0, -1);

/** Address of the system whose page this is. */
export const site = location.origin + base;

/** Address of a path of the API's, which knows nothing of what the system is below. */
export const at = (path: string): string => site + path;

/** What the browser keeps for all pages of an origin, under a name that is this one's own. */
export const own = (name: string): string => (base === "" ? name : `${name} ${base}`);
