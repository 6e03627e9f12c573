/** Markdown on one line. */
import { plainOf } from "../../platform/plain-text";

test.each([
  ["I moved the meeting to **Thursday**.", "I moved the meeting to Thursday."],
  ["*a* _b_ ~~c~~ `d**e**`", "a b c d**e**"],
  ["1. first\n2. then\n\n- more", "first then more"],
  ["- [ ] open\n- [x] **done**", "☐ open ☑ done"],
  ["> What did we decide?\n\nThree tries.", "What did we decide? Three tries."],
  ["```ts\nconst a = 1;\n```", "const a = 1;"],
  ["[the draft](https://example.com/x) and https://example.com", "the draft and https://example.com"],
  ['2 * 3 * 4 < 30 & "so"', '2 * 3 * 4 < 30 & "so"'],
  ["<b>typed</b> &amp; kept", "<b>typed</b> & kept"],
  ["a **half", "a **half"],
  ["\\*not em\\*", "*not em*"],
  ["Ăn **trưa** 🍜 مرحبا", "Ăn trưa 🍜 مرحبا"],
  ["", ""],
])("%j says %j", (markdown, said) => expect(plainOf(markdown)).toBe(said));

test("what is endless is not read to its end", () => {
  expect(plainOf("word ".repeat(100_000)).length).toBeLessThan(700);
  expect(plainOf(`${">".repeat(400)} far down`)).toContain("far down");
});
