/** A service's table of actions has every action of its name, under its name: what is not so fails to compile. */
import { actions, type ActionName } from "../../contracts/actions";
import { act, rows } from "../../platform/service";

const check = act("filter.check", () => ({ decision: "allow" }) as never);
const health = act("uploads.health", () => ({}) as never);

it("is complete, without and with what mixins add", () => {
  expect(Object.keys(rows<"filter">({ check }))).toEqual(["check"]);
  expect(rows<"filter", "check">({})).toEqual({});
});

it("does not compile where one is missing, is another's or is not in the contracts", () => {
  // @ts-expect-error -- `check` is missing
  rows<"filter">({});
  // @ts-expect-error -- it is the row of another action
  rows<"filter">({ check: health });
  // @ts-expect-error -- there is no such action
  rows<"filter">({ check, other: health });
  expect((Object.keys(actions) as ActionName[]).filter((name) => name.startsWith("filter."))).toEqual(["filter.check"]);
});
