/** Where a client keeps what must survive it: any store of keys and values with four methods. */

/**
 * Values are plain data. A method may answer at once or with a promise, may fail, and may lose the latest writes in a
 * crash; each `set` is all or nothing.
 */
export interface ChatStorage {
  get(key: string): unknown;
  set(key: string, value: unknown): unknown;
  delete(key: string): unknown;
  keys(): Iterable<string> | Promise<Iterable<string>>;
  /** Tabs whose stores have one name share their tokens and signing out. */
  readonly name?: string;
  /** True where it keeps files (Blob) as they are: then an unsent file survives a reload, too. */
  readonly keepsFiles?: boolean;
}

/** Nothing outlives the process. */
export function memory(): ChatStorage {
  const values = new Map<string, unknown>();
  return {
    keepsFiles: true,
    get: (key) => values.get(key),
    set: (key, value) => void values.set(key, value),
    delete: (key) => void values.delete(key),
    keys: () => [...values.keys()],
  };
}

/** The part of `localStorage`, AsyncStorage or MMKV that is needed: texts by key. */
export interface TextStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, text: string): unknown;
  removeItem(key: string): unknown;
  getAllKeys?(): readonly string[] | Promise<readonly string[]>;
  readonly length?: number;
  key?(index: number): string | null;
}

/** A store of texts as one of ours: JSON under a prefix. */
export function textStorage(texts: TextStorage, name = "chat"): ChatStorage {
  const prefix = `${name}/`;
  const all = async (): Promise<readonly string[]> => {
    if (texts.getAllKeys) return texts.getAllKeys();
    return [...Array(texts.length ?? 0).keys()].map((i) => texts.key?.(i) ?? "");
  };
  return {
    name,
    async get(key) {
      const text = await texts.getItem(prefix + key);
      return text === null ? undefined : (JSON.parse(text) as unknown);
    },
    set: (key, value) => texts.setItem(prefix + key, JSON.stringify(value)),
    delete: (key) => texts.removeItem(prefix + key),
    keys: async () => (await all()).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)),
  };
}
