/**
 * Ids of notifications: 24 hex digits. The first 16 are made from the source, so that the same fact makes the same
 * notification; the last 8 are zeros in the store, and to clients their own user id: one id per source and user.
 */
import { createHash } from "node:crypto";

const SHARED = "00000000";

/** 64 bits of a hash: of a hundred million notifications two are the same with a chance of 1 in 3,700. */
export const keyOf = (source: string): string =>
  createHash("sha256").update(source).digest("hex").slice(0, 16) + SHARED;

export const messageSource = (messageId: string): string => `message:${messageId}`;
export const keyOfMessage = (messageId: string): string => keyOf(messageSource(messageId));

export const idFor = (key: string, userId: number): string =>
  key.slice(0, 16) + userId.toString(16).padStart(SHARED.length, "0");

/** The stored id behind a client's; undefined where it is not this user's. */
export const keyFrom = (id: string, userId: number): string | undefined =>
  Number.parseInt(id.slice(16), 16) === userId ? id.slice(0, 16) + SHARED : undefined;
