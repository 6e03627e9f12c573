/** What browsers have and other places lack, named in one place, so that the rest runs everywhere. */

interface Listens {
  addEventListener(event: string, run: () => void): void;
  removeEventListener(event: string, run: () => void): void;
}
export interface Locks {
  request<T>(name: string, work: () => Promise<T>): Promise<T>;
  request<T>(name: string, options: { readonly mode: "shared" }, work: () => Promise<T>): Promise<T>;
}
export interface SharedWorkerLike {
  readonly port: unknown;
  onerror: unknown;
}
export interface UploadRequest {
  status: number;
  responseText: string;
  readonly upload: { onprogress: ((event: { loaded: number; total: number }) => void) | null };
  onload: (() => void) | null;
  onerror: (() => void) | null;
  onabort: (() => void) | null;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  send(body: unknown): void;
  abort(): void;
}
/** IndexedDB, as far as it is used here. */
export interface DbRequest {
  result: unknown;
  error: unknown;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}
export interface DbStore {
  get(key: string): DbRequest;
  put(value: unknown, key: string): DbRequest;
  delete(key: string): DbRequest;
  getAllKeys(): DbRequest;
}
export interface Db {
  createObjectStore(name: string): unknown;
  transaction(
    name: string,
    mode: "readonly" | "readwrite",
    options?: { durability: "strict" | "relaxed" },
  ): {
    objectStore(name: string): DbStore;
    oncomplete: (() => void) | null;
    onabort: (() => void) | null;
    error: unknown;
  };
  close(): void;
  onversionchange: (() => void) | null;
  onclose: (() => void) | null;
}
export interface DbFactory {
  open(
    name: string,
    version: number,
  ): DbRequest & { onupgradeneeded: (() => void) | null; onblocked: (() => void) | null };
}

export interface Environment {
  readonly document?: Listens & { readonly hidden: boolean };
  readonly navigator?: { readonly onLine?: boolean; readonly locks?: Locks };
  readonly window?: Listens;
  readonly location?: { readonly href: string };
  readonly indexedDB?: DbFactory;
  readonly SharedWorker?: new (script: string | URL, name: string) => SharedWorkerLike;
  readonly XMLHttpRequest?: new () => UploadRequest;
  readonly BroadcastChannel?: new (name: string) => {
    onmessage: ((event: { data: unknown }) => void) | null;
    postMessage(data: unknown): void;
    close(): void;
    unref?(): void;
  };
}

export const environment = globalThis as unknown as Environment;

/** True where the page can't be seen. */
export const isHidden = (): boolean => environment.document?.hidden === true;
