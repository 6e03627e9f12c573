/** Where on the server something is: below the path that its address may have, as a tenant's has. */

/** @param path begins with a slash */
export function addressOf(url: string, path: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, "") + path;
}
