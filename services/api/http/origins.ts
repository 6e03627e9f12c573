/** Which web pages may use the API and the sockets: an exact list, and the pages that this server itself hands out. */
import { type Env } from "../../../contracts/env";

/** A request without Origin comes from no foreign page: browsers add it wherever a page of another origin asks. */
export function originAllowed(env: Env, origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined || env.ALLOWED_ORIGINS.includes(origin)) return true;
  if (!host || !URL.canParse(origin)) return false;
  const { protocol, host: ofPage } = new URL(origin);
  return (protocol === "http:" || protocol === "https:") && ofPage === host.toLowerCase();
}
