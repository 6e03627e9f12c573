/** What a collection of documents can do, on SQLite and on MongoDB alike. Services see this and nothing else of a store. */

/** Dates are stored as dates, ids as 24 hex digits in a string; undefined fields are left out. */
export interface Document {
  readonly _id: string;
}

type Scalar = string | number | boolean | Date | null;
type Element<T> = T extends readonly (infer E)[] ? E : T;

/** Conditions on one field; on a list, that some element fits. */
export interface Condition<T> {
  readonly $in?: readonly Element<T>[];
  readonly $nin?: readonly Element<T>[];
  readonly $ne?: Element<T> | null;
  readonly $gt?: T;
  readonly $gte?: T;
  readonly $lt?: T;
  readonly $lte?: T;
  readonly $exists?: boolean;
  /** Strings (or a list with a string) that begin with this; uses the field's index in both stores. */
  readonly $prefix?: string;
}
export type Filter<D> = {
  readonly [K in keyof D]?: Element<D[K]> | D[K] | Condition<D[K]>;
} & {
  readonly $or?: readonly Filter<D>[];
  readonly $and?: readonly Filter<D>[];
};

/** Field paths may be dotted (`sent.12`) where the field is a map. */
export interface Change<D> {
  readonly $set?: Partial<D> | Readonly<Record<string, unknown>>;
  readonly $unset?: Readonly<Record<string, true>>;
  readonly $inc?: Readonly<Record<string, number>>;
  readonly $max?: Readonly<Record<string, Scalar>>;
  readonly $push?: Readonly<Record<string, unknown>>;
  readonly $addToSet?: Readonly<Record<string, unknown>>;
  /** The elements that equal this as a whole. */
  readonly $pull?: Readonly<Record<string, unknown>>;
}

export interface Update<D> {
  readonly filter: Filter<D>;
  readonly change: Change<D>;
}

export interface FindOptions<D> {
  readonly sort?: readonly (readonly [keyof D & string, 1 | -1])[];
  readonly skip?: number;
  readonly limit?: number;
  /** Only these fields (and `_id`); saves copying on the embedded store, bytes on the other. */
  readonly fields?: readonly (keyof D & string)[];
  /**
   * Looks at many documents for the few that fit, and nobody waits for it: the embedded store does not hold the event loop
   * for it meanwhile.
   */
  readonly aside?: boolean;
  /**
   * Walks along the index that has the order of `sort`, whatever else is asked: where most of what is there fits, that is
   * less than to find all that fits and sort it. What decides on MongoDB is its planner.
   */
  readonly along?: boolean;
}
export type CountOptions = Pick<FindOptions<Document>, "aside">;

export interface SearchOptions<D> {
  readonly limit: number;
  readonly fields?: readonly (keyof D & string)[];
}

/** In a unique index a missing field counts as null: two documents without it are duplicates. */
export interface Index<D> {
  readonly fields: readonly (keyof D & string)[];
  readonly unique?: boolean;
  /** Leaves out documents that have nothing in the last field; it serves only filters that ask for something there. */
  readonly sparse?: boolean;
  /** The last field is a list: each of its elements has a key of its own. */
  readonly list?: boolean;
  /**
   * On MongoDB the index begins with this field, whose values every filter names: a word of a system of millions is
   * looked for among the words of a few conversations.
   */
  readonly within?: keyof D & string;
  /** Made on MongoDB alone: the embedded store answers what it is for by its index of words. */
  readonly mongo?: boolean;
  /** Of each field, 1 where left out. */
  readonly order?: readonly (1 | -1)[];
}

/** What `search` goes by: the folded words of a document, and the fields whose values narrow a search down. */
export interface Words<D> {
  /** A list of strings, without spaces and with no other sign than a colon. */
  readonly field: keyof D & string;
  /** Strings and whole numbers: equality, `$in` and `$ne` on these are answered by the index of words, on the embedded store. */
  readonly scopes: readonly (keyof D & string)[];
  /** The time by which MongoDB knows what is newest; the embedded store goes by the order of inserts. */
  readonly newest: keyof D & string;
}

/** How a collection is stated: once, by the service that owns it. */
export interface Collection<D extends Document> {
  readonly name: string;
  readonly indexes: readonly Index<D>[];
  readonly words?: Words<D>;
  /** Carries the type only. */
  readonly _type?: D;
}

/**
 * Every method rejects with `UNAVAILABLE` (contracts/errors) when the store is down or does not answer in time, and
 * with `DuplicateKey` when a unique index refuses the write.
 */
export interface Documents<D extends Document> {
  /** All of them, in order; the embedded store writes many of them in parts. On a duplicate none after it is stored. */
  insert(docs: readonly D[]): Promise<void>;
  find(filter: Filter<D>, options?: FindOptions<D>): Promise<D[]>;
  findOne(filter: Filter<D>, options?: FindOptions<D>): Promise<D | undefined>;
  count(filter: Filter<D>, options?: CountOptions): Promise<number>;
  /**
   * Those that have, for each of these, a word that begins with it (see `Words`), the newest first. On both stores what
   * was acknowledged before the call is found, and the time it takes does not grow with what does not match.
   */
  search(words: readonly string[], filter: Filter<D>, options: SearchOptions<D>): Promise<D[]>;
  /** Changes the first that fits; says how many fitted (0 or 1). With `upsert` the equal fields make a new one (0). */
  updateOne(filter: Filter<D>, change: Change<D>, options?: { upsert?: boolean }): Promise<number>;
  updateMany(filter: Filter<D>, change: Change<D>): Promise<number>;
  /** Several updates in few round trips, in order; says how many fitted in all. */
  updateEach(updates: readonly Update<D>[]): Promise<number>;
  remove(filter: Filter<D>): Promise<number>;
}

/** One write among several that are stored together. */
/* eslint-disable @typescript-eslint/no-explicit-any -- each collection has a document type of its own */
export type Write =
  | { readonly in: Documents<any>; readonly insert: readonly Document[] }
  /** Each changes one or none, as `updateEach` does. */
  | { readonly in: Documents<any>; readonly update: readonly Update<any>[] }
  | { readonly in: Documents<any>; readonly updateMany: Update<any> }
  /** An update that must fit a document: without one nothing of it all is stored. */
  | { readonly in: Documents<any>; readonly expect: Update<any> };
/* eslint-enable @typescript-eslint/no-explicit-any */

/**
 * All of them in order, or none: it rejects with `DuplicateKey`, `Unmatched` or `UNAVAILABLE`, and nothing was stored.
 * Those of one turn of the event loop share what it takes to store them; one that is refused leaves the others alone.
 */
export type Transact = (writes: readonly Write[]) => Promise<void>;

/** A unique index refused a write. Stays inside the process: services turn it into CONFLICT or a retry. */
export class DuplicateKey extends Error {
  constructor(readonly collection: string) {
    super(`duplicate key in ${collection}`);
    this.name = "DuplicateKey";
  }
}

/** What a transaction expected was not there. Stays inside the process, as `DuplicateKey` does. */
export class Unmatched extends Error {
  constructor(readonly collection: string) {
    super(`nothing in ${collection} is as expected`);
    this.name = "Unmatched";
  }
}

/** Where the collections of one service live while it runs. */
export interface Store {
  open<D extends Document>(collection: Collection<D>): Promise<Documents<D>>;
  /** Left out where several collections are not written at once: no MongoDB is asked for transactions. */
  transaction?: Transact;
  /** True where of two updates of one document at once one may be written over the other. Known once a collection is open. */
  readonly tears?: boolean;
  close(): Promise<void>;
}
