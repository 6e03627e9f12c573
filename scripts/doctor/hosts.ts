/** Hosts that only this machine or its own network reaches: what goes there need not be encrypted. Pure. */
import { isIP } from "node:net";

const PRIVATE = /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|::1$|f[cd][0-9a-f]{2}:|fe80:)/i;

/** A name without a dot is one of a container's network. */
export function isPrivate(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  if (isIP(bare)) return PRIVATE.test(bare);
  return bare === "" || !bare.includes(".") || /\.(local|internal|localhost|svc)$/i.test(bare);
}
