/** Where keys go, and how few of them move when nodes come and go. */
import { placeOf } from "../../platform/placement";

const nodes = (count: number): { id: string }[] =>
  Array.from({ length: count }, (_, i) => ({ id: `host-${1000 + i}` }));
/** As made within one second: they differ in the last digits only. */
const keys = Array.from({ length: 20_000 }, (_, i) => `6742e1a0b3c4d5e6f7${i.toString(16).padStart(6, "0")}`);
const places = (count: number): (string | undefined)[] => keys.map((key) => placeOf(key, nodes(count))?.id);

describe("placeOf", () => {
  test("with no node there is no place, with one it is that", () => {
    expect(placeOf("a", [])).toBeUndefined();
    expect(placeOf("a", [{ id: "only" }])).toEqual({ id: "only" });
  });

  test("the order of the nodes does not matter", () => {
    const backwards = nodes(7).reverse();
    expect(keys.map((key) => placeOf(key, backwards)?.id)).toEqual(places(7));
  });

  test.each([2, 3, 10])("keys spread evenly over %i nodes", (count) => {
    const shares = new Map<string | undefined, number>();
    for (const place of places(count)) shares.set(place, (shares.get(place) ?? 0) + 1);
    expect(shares.size).toBe(count);
    for (const share of shares.values()) expect(Math.abs(share / (keys.length / count) - 1)).toBeLessThan(0.1);
  });

  test.each([2, 3, 10])("one more than %i nodes takes its fair share, and no other key moves", (count) => {
    const [before, after] = [places(count), places(count + 1)];
    const moved = after.filter((place, i) => place !== before[i]);
    expect(new Set(moved)).toEqual(new Set([`host-${1000 + count}`]));
    expect(Math.abs(moved.length / keys.length - 1 / (count + 1))).toBeLessThan(0.02);
  });

  test("when a node dies only its keys move, and they spread over all that are left", () => {
    const before = places(4);
    const left = nodes(4).filter(({ id }) => id !== "host-1001");
    const after = keys.map((key) => placeOf(key, left)?.id);
    const orphans = new Map<string | undefined, number>();
    before.forEach((place, i) => {
      if (place === "host-1001") orphans.set(after[i], (orphans.get(after[i]) ?? 0) + 1);
      else expect(after[i]).toBe(place);
    });
    expect([...orphans.keys()].sort()).toEqual(["host-1000", "host-1002", "host-1003"]);
    for (const share of orphans.values()) expect(share).toBeGreaterThan(keys.length / 4 / 4);
  });
});
