/**
 * E-mail addresses, one rule for all that take, store and mail them: what every mail server and library reads the same
 * way. No comments, quotes, lists or routes, and ASCII only: a domain of another script is written as `xn--…`.
 */
import { type Schema, text } from "./schema";

const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const TOP = "[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
/** Of at most 64 characters (RFC 5321, 4.5.3.1.1). */
const LOCAL = `(?=.{1,64}@)${ATOM}(\\.${ATOM})*`;
const MAX = 254;

const ADDRESS = new RegExp(`^${LOCAL}@(${LABEL}\\.)+${TOP}$`);
/** An operator may also have a mailbox on a host of their own network. */
const LOCAL_ADDRESS = new RegExp(`^${LOCAL}@(${LABEL}\\.)*${TOP}$`);

export const isMailable = (address: string): boolean => address.length <= MAX && LOCAL_ADDRESS.test(address);

/** One that an account may have. */
export const isAddress = (address: string): boolean => address.length <= MAX && ADDRESS.test(address);

export const emailAddress = (): Schema<string> =>
  text({ min: 3, max: MAX, trim: true, pattern: ADDRESS, format: "email" });
