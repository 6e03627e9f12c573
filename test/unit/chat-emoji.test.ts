import { reactionOf } from "../../services/chat/conversation/emoji";

const none = new Set<string>();

it.each([
  ["👍", "👍"],
  ["❤", "❤️"],
  ["❤\ufe0e", "❤️"],
  ["❤️", "❤️"],
  ["1⃣", "1️⃣"],
  ["#️⃣", "#️⃣"],
  ["☝🏻", "☝🏻"],
  ["☝️🏻", "☝🏻"],
  ["🏳‍🌈", "🏳️‍🌈"],
  ["👁‍🗨", "👁️‍🗨️"],
  ["👨‍⚕", "👨‍⚕️"],
  ["👩🏻‍❤‍💋‍👩🏿", "👩🏻‍❤️‍💋‍👩🏿"],
  ["🇻🇳", "🇻🇳"],
  ["🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"],
  ["©", "©️"],
])("%s is the reaction %s", (typed, form) => {
  expect(reactionOf(typed, none)).toBe(form);
});

it.each([
  ...Object.getOwnPropertyNames(Object.prototype),
  "",
  "a",
  "1",
  "#",
  "+1",
  "👍👍",
  "👍\u200b",
  "\u200d",
  "\ufe0f",
  "\u202e👍",
  "👍\u202e",
  "\ud83d",
  "\udc4d",
  "👍\ud83d",
  "🏻\u200d",
  "🇻",
  "\u{e0067}",
  "\u2800",
  "\u3164",
  "a\u0301",
  "👍.",
  "$👍",
])("%j is none", (typed) => {
  expect(reactionOf(typed, none)).toBeUndefined();
});

it("knows the names that are registered, as they are written", () => {
  const names = new Set(["party-parrot", "+1"]);
  expect(["party-parrot", "+1", "Party-Parrot", "parrot"].map((name) => reactionOf(name, names))).toEqual([
    "party-parrot",
    "+1",
    undefined,
    undefined,
  ]);
});
