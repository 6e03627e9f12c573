/** The bound of an LRU cache that begins empty. */

/**
 * Spread into the options of an `LRUCache`. The library's own `max` makes room for all entries when the cache is made: with
 * tens of thousands each, the caches of one node would take 15 MB before anybody has said a word.
 */
export const atMost = (entries: number) => ({ maxSize: entries, sizeCalculation: () => 1 });
