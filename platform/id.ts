/** Ids of documents: 24 hex digits, in the order of the second they were made in. */
import { ObjectId } from "bson";

export const newId = (): string => new ObjectId().toHexString();
