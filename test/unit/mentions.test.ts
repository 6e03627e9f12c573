import { mentionsIn } from "../../services/chat/conversation/mentions";

const people = [
  { user_id: 1, username: "Ann" },
  { user_id: 2, username: "Ann Lee" },
  { user_id: 3, username: "小明" },
  { user_id: 4, username: "Jürgen" },
  { user_id: 5, username: "O’Brien" },
  { user_id: 6, username: "สมชาย" },
  { user_id: 7, username: "All Stars" },
  { user_id: 8, username: "ann" },
];

describe("a text names", () => {
  it.each<[string, number[], boolean]>([
    ["@all", [], true],
    ["(@all)", [], true],
    ["hi,@all", [], true],
    ["hi @ALL!", [], true],
    ["@all.", [], true],
    ["@all, look", [], true],
    ["“@all”", [], true],
    ["@all's fine", [], true],
    ["@all - look", [], true],
    ["@all-", [], true],
    ["🎉@all🎉", [], true],
    ["大家好@all请看", [], true],
    ["＠all", [], true],
    ["@allé", [], false],
    ["@allé".normalize("NFD"), [], false],
    ["@all-hands", [], false],
    ["@all_hands", [], false],
    ["@allow", [], false],
    ["@all2", [], false],
    ["mail@all.org", [], false],
    ["x@all", [], false],
    ["@all stars", [7], false],
    ["@all starships", [], true],
    ["hi @Ann", [1, 8], false],
    ["hi @ann lee", [2], false],
    ["hi @ann leeds", [1, 8], false],
    ["(@Ann),@小明", [1, 3, 8], false],
    ["@小明你好", [3], false],
    ["你好@小明你好", [3], false],
    ["@Ann你好", [1, 8], false],
    ["@anna", [], false],
    ["@ann-lee", [], false],
    ["@jurgen!", [4], false],
    ["@o'brien", [5], false],
    ["สวัสดี@สมชายครับ", [6], false],
    ["ann@小明", [], false],
    ["no one", [], false],
    ["@", [], false],
  ])("%s: %j, all %s", (text, users, all) => {
    const named = mentionsIn(text, people);
    expect({ users: [...named.users].sort((a, b) => a - b), all: named.all }).toEqual({ users, all });
  });
});
