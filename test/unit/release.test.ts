/** What a release makes of the versions and the changelog. */
import { checkNext, released } from "../../scripts/release/changes";

test.each([
  ["0.1.0", "0.1.1"],
  ["0.1.9", "0.2.0"],
  ["0.9.9", "1.0.0"],
  ["1.9.0", "1.10.0"],
])("after %s comes %s", (now, next) => {
  expect(() => checkNext(now, next)).not.toThrow();
});

test.each([
  ["0.1.0", "0.1.0"],
  ["0.2.0", "0.1.9"],
  ["1.10.0", "1.9.0"],
  ["1.0.0", "0.9.9"],
  ["0.1.0", ""],
  ["0.1.0", "v0.2.0"],
  ["0.1.0", "0.2"],
])("after %s does not come %p", (now, next) => {
  expect(() => checkNext(now, next)).toThrow();
});

test("what was unreleased stands under the version, and what follows is as it was", () => {
  const before = "# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0 (2026-01-01)\n\n- Old.\n";
  expect(released(before, "0.2.0", "2026-02-03")).toBe(
    "# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-02-03)\n\n- New.\n\n## 0.1.0 (2026-01-01)\n\n- Old.\n",
  );
});

test.each([
  ["# Changelog\n\n## 0.1.0\n\n- Old.\n", "no heading"],
  ["# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- Old.\n", "nothing under"],
])("without anything to release there is no release: %#", (changelog, why) => {
  expect(() => released(changelog, "0.2.0", "2026-02-03")).toThrow(why);
});
