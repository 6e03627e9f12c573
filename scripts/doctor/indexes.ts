/** The indexes that MongoDB has against those that are stated: without one a question reads all there is. */
import { type Connection } from "mongoose";
import { type Collection } from "../../mixins/documents/types";
import { keysOf } from "../../mixins/documents/mongo/store";
import { collections as chat } from "../../services/chat/host/collections";
import { collections as notifications } from "../../services/notifications/documents";
import { collections as uploads } from "../../services/uploads/attachments";
import { doubtful, fine, type Finding } from "./finding";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each collection has a document type of its own
const stated = [chat, notifications, uploads].flatMap((all) => Object.values(all) as Collection<any>[]);

/** Fields in their order, each with its direction; that values are unique. */
const named = (key: object, unique: boolean): string =>
  `${Object.entries(key)
    .map(([field, direction]) => `${field}${Number(direction) < 0 ? " descending" : ""}`)
    .join(", ")}${unique ? " (unique)" : ""}`;

const wantedOf = ({ indexes: all }: (typeof stated)[number]): string[] =>
  all.map((index) => named(keysOf(index), index.unique ?? false));

export async function* indexes({ db }: Connection): AsyncGenerator<Finding> {
  if (!db) return;
  const there = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name));
  let isSound = true;
  for (const collection of stated.filter(({ name }) => there.has(name))) {
    const { name } = collection;
    const found = (await db.collection(name).indexes()).filter((one) => one.name !== "_id_");
    const has = found.map(({ key, unique = false }) => named(key, unique));
    const wanted = wantedOf(collection);
    const missing = wanted.filter((one) => !has.includes(one));
    const extra = has.filter((one) => !wanted.includes(one));
    isSound &&= missing.length + extra.length === 0;
    if (missing.length)
      yield doubtful(
        `${name} in MongoDB lacks indexes: ${missing.join("; ")}`,
        "start the server again, which makes them",
      );
    if (extra.length)
      yield doubtful(
        `${name} in MongoDB has indexes that nothing asks for: ${extra.join("; ")}`,
        "each write pays for them: drop what no program of yours needs",
      );
  }
  if (isSound) yield fine(there.size ? "MongoDB has its indexes" : "MongoDB: empty, filled at the first start");
}
