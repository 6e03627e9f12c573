import Validator from "fastest-validator";
import { list, map, name, nullable, object, optional, params, text, time } from "../../contracts/schema";

const check = new Validator({ useNewCustomCheckerFunction: true }).compile(
  params(
    object({
      plain: optional(text({ max: 20 })),
      nothing: optional(nullable(text())),
      many: optional(list(text(), { max: 3 })),
      inner: optional(object({ deep: text() })),
      name: optional(name({ max: 20 })),
      at: optional(time()),
      map: optional(map(text())),
    }),
  ),
);
const rulesOf = (input: object): string[] => {
  const problems = check(input);
  return problems === true ? [] : (problems as { type: string }[]).map(({ type }) => type);
};

const HALVES = ["\ud83d", "\ude00", "a\ud83d", "\ude00\ud83d", "a\0b"];

describe("every text of the contract", () => {
  it.each(HALVES)("refuses %j, wherever it stands", (bad) => {
    for (const input of [
      { plain: bad },
      { nothing: bad },
      { many: ["ok", bad] },
      { inner: { deep: bad } },
      { map: { a: bad } },
    ])
      expect(rulesOf(input)).toEqual(["wellFormed"]);
  });
  it.each(["", "👨‍👩‍👧", "\u202e", "\ufffe", "tab\tand\nline"])("takes %j", (good) =>
    expect(rulesOf({ plain: good, nothing: null, many: [good], inner: { deep: good } })).toEqual([]),
  );
});

describe("a name", () => {
  it.each([
    ["half\ud83d", "wellFormed"],
    ["turned\u202e", "characters"],
    ["line\nbreak", "characters"],
    ["\u200b\u200d", "visible"],
    ["\u2800", "visible"],
    ["\u0301", "visible"],
  ])("refuses %j", (bad, rule) => expect(rulesOf({ name: bad })).toEqual([rule]));
  it.each(["Töpfern", "", "  ", "🎉", "ญี่ปุ่น"])("takes %j", (good) => expect(rulesOf({ name: good })).toEqual([]));
});

describe("a time", () => {
  it.each([
    "2026-02-29",
    "2026-02-31T10:00:00Z",
    "2026-04-31",
    "2026-00-10",
    "2026-13-01",
    "1900-02-29",
    "5",
    "1772000000",
  ])("refuses %s, which is no day", (bad) => expect(rulesOf({ at: bad })).toEqual(["time"]));
  it.each(["2024-02-29", "2000-02-29T00:00Z", "2026-12-31T23:59:59.999Z", "2026-04-30T10:00:00+02:00"])(
    "takes %s",
    (good) => expect(rulesOf({ at: good })).toEqual([]),
  );
});
