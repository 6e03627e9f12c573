/** What MongoDB's driver throws, in our codes: duplicates, a store that is down, and all else as the bug it is. */
import { Error as MongooseError, mongo } from "mongoose";
import { fail } from "../../../contracts/errors";
import { STORE_MS } from "../../../platform/patience";
import { DuplicateKey } from "../types";

const DUPLICATE = 11_000;

class Late extends Error {}

const down = [
  Late,
  MongooseError.MongooseServerSelectionError,
  mongo.MongoNetworkError,
  mongo.MongoServerSelectionError,
  mongo.MongoNotConnectedError,
  mongo.MongoTopologyClosedError,
  mongo.MongoClientClosedError,
  mongo.MongoExpiredSessionError,
];

export function isDown(error: unknown): boolean {
  if (down.some((kind) => error instanceof kind)) return true;
  if (error instanceof Error && error.name === "MongoWaitQueueTimeoutError") return true; // its class is not exported
  // A batch hides what stopped it; an answer of the server has a number, the network a word such as EPIPE.
  if (error instanceof mongo.MongoBulkWriteError) return typeof error.code !== "number";
  // A server that steps down, or shuts down, says so with these labels.
  return (
    error instanceof mongo.MongoError &&
    (error.hasErrorLabel("RetryableWriteError") || error.hasErrorLabel("TransientTransactionError"))
  );
}

/** FerretDB passes SQLite's words on where an update, not an insert, meets a taken key. */
const isDuplicate = (error: unknown): boolean =>
  error instanceof mongo.MongoServerError &&
  (error.code === DUPLICATE || error.message.includes("UNIQUE constraint failed"));

function said(error: unknown, collection: string): unknown {
  if (isDuplicate(error)) return new DuplicateKey(collection);
  return isDown(error) ? fail("UNAVAILABLE", "The store can't be reached.") : error;
}

export async function inTime<T>(collection: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late()), STORE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw said(error, collection);
  } finally {
    clearTimeout(timer);
  }
}
