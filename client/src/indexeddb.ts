/** Keeps in the browser's database; where there is none (a server, a locked-down browser) in memory alone. */
import { type Db, type DbRequest, environment, type DbStore } from "./environment";
import { type ChatStorage, memory } from "./storage";

const TABLE = "chat";

const settled = (request: DbRequest): Promise<unknown> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(asError(request.error));
  });
const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

function open(name: string): Promise<Db> | undefined {
  const request = environment.indexedDB?.open(name, 1);
  if (!request) return undefined;
  request.onupgradeneeded = () => void (request.result as Db).createObjectStore(TABLE);
  return settled(request) as Promise<Db>;
}

/** @param name of the database; one for each account that is signed in at once */
/** A storage in the browser's IndexedDB, under this name; keeps files, too. */
export function indexedDb(name: string): ChatStorage {
  let opened: Promise<Db> | undefined;
  const fallback = memory();

  function connection(): Promise<Db> | undefined {
    opened ??= open(name)?.then((db) => {
      // Another version of the page wants to change the database, or the browser closed it: opened again when needed.
      const forget = (): void => void (opened = undefined);
      db.onclose = forget;
      db.onversionchange = () => (db.close(), forget());
      return db;
    });
    opened?.catch(() => (opened = undefined));
    return opened;
  }

  async function run(mode: "readonly" | "readwrite", work: (store: DbStore) => DbRequest): Promise<unknown> {
    const db = await connection();
    if (!db) throw new Error("There is no IndexedDB here.");
    const transaction = db.transaction(TABLE, mode, { durability: "strict" });
    const ended = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(asError(transaction.error));
    });
    const [result] = await Promise.all([settled(work(transaction.objectStore(TABLE))), ended]);
    return result;
  }

  if (!environment.indexedDB) return { ...fallback, name };
  return {
    name,
    keepsFiles: true,
    get: (key) => run("readonly", (store) => store.get(key)),
    set: (key, value) => run("readwrite", (store) => store.put(value, key)),
    delete: (key) => run("readwrite", (store) => store.delete(key)),
    keys: () => run("readonly", (store) => store.getAllKeys()) as Promise<string[]>,
  };
}
