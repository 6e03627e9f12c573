/** Storages keep the same promises: what was set is there, for another client too, and what is gone is gone. */
import "fake-indexeddb/auto";
import { type ChatStorage, indexedDb, memory, type TextStorage, textStorage } from "../../client/src";

const texts = (): TextStorage => {
  const kept = new Map<string, string>([["other", "not ours"]]);
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => kept.set(key, text),
    removeItem: (key) => kept.delete(key),
    getAllKeys: () => [...kept.keys()],
  };
};

const one = memory();
const shared = texts();
test.each<[string, () => ChatStorage]>([
  ["memory", () => one],
  ["IndexedDB", () => indexedDb("test")],
  ["texts", () => textStorage(shared, "test")],
])("%s", async (_name, open) => {
  const storage = open();
  expect([...(await storage.keys())]).toEqual([]);
  await storage.set("a", { n: 1, list: ["x"] });
  await storage.set("b", 2);
  await storage.set("a", { n: 3, list: [] });
  const again = open();
  expect(await again.get("a")).toEqual({ n: 3, list: [] });
  expect([...(await again.keys())].sort()).toEqual(["a", "b"]);
  await again.delete("a");
  expect((await storage.get("a")) ?? undefined).toBeUndefined();
  expect([...(await storage.keys())]).toEqual(["b"]);
});
