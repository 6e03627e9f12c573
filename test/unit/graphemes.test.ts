import fc from "fast-check";
import { cut, excerpt, graphemes, within } from "../../platform/graphemes";

const family = "👨‍👩‍👧‍👦";

it.each([
  ["abc", 3, "abc"],
  ["abcd", 3, "abc"],
  ["e\u0301".repeat(4), 3, "e\u0301".repeat(3)],
  [family.repeat(4), 3, family.repeat(3)],
  ["🇻🇳🇫🇷🇩🇪", 2, "🇻🇳🇫🇷"],
  ["ab👍🏽cd", 3, "ab👍🏽"],
  ["नमस्ते जी", 3, "नमस्ते"],
  ["a\r\nbcd", 2, "a\r\n"],
])("%j cut at %i is %j", (text, max, short) => expect(cut(text, max)).toBe(short));

it("a character with marks without end is no way around the bound", () => {
  const monster = `a${"\u0301".repeat(100_000)}`;
  expect(cut(monster, 10).length).toBeLessThanOrEqual(160);
  expect(cut(`ok${monster}`, 10)).toBe("ok");
});

it.each([
  ["abc", 3, "abc"],
  [family.repeat(2), family.length + 3, family],
  ["e\u0301e\u0301", 3, "e\u0301"],
  ["🎉", 1, ""],
])("of %j within %i units is %j", (text, units, short) => expect(within(text, units)).toBe(short));

it("an excerpt says that something was left out", () => {
  expect(excerpt("abcd", 3)).toBe("ab…");
  expect(excerpt("abc", 3)).toBe("abc");
  expect(excerpt(family.repeat(4), 3)).toBe(`${family.repeat(2)}…`);
  expect(excerpt(family.repeat(3), 3)).toBe(family.repeat(3));
});

it("of any text: a beginning, whole characters, no more than asked for", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (text, max) => {
      const short = cut(text, max);
      const whole = [...graphemes(text)];
      expect(text.startsWith(short)).toBe(true);
      expect(short).toBe(whole.slice(0, [...graphemes(short)].length).join(""));
      expect([...graphemes(short)].length).toBe(Math.min(max, whole.length));
      expect(short.isWellFormed()).toBe(true);
    }),
  );
});
