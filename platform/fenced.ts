/** The refusal of a turn whose conversation another actor has moved on. */

/** Another actor of the same key wrote first: what this one knows is old. Nothing of the turn was stored. */
export class Fenced extends Error {
  constructor(key: string) {
    super(`actor ${key} was fenced`);
    this.name = "Fenced";
  }
}
