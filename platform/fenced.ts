/** Why a turn is run again, and nothing of it was stored. */

/** Another actor of the same key wrote first: what this one knows is old. Nothing of the turn was stored. */
export class Fenced extends Error {
  constructor(key: string) {
    super(`actor ${key} was fenced`);
    this.name = "Fenced";
  }
}

/** What its commands change is more than the store takes at once: it is run again in parts. */
export class Overfull extends Error {
  constructor(key: string) {
    super(`a turn of ${key} changes too much at once`);
    this.name = "Overfull";
  }
}
