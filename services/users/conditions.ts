/** The conditions of a list that are asked for, as SQL with its values behind `$1`, which is the list's length. */

/** Pairs of a condition, in which `$?` stands for its value, and that value; undefined where it is not asked for. */
export type Wanted = readonly (readonly [condition: string, value: unknown])[];

export function whereOf(wanted: Wanted): { where: string; values: unknown[] } {
  const given = wanted.filter(([, value]) => value !== undefined);
  const conditions = given.map(([condition], i) => condition.replaceAll("$?", `$${i + 2}`));
  return {
    where: conditions.length ? `WHERE ${conditions.join(" AND ")}` : "",
    values: given.map(([, value]) => value),
  };
}
