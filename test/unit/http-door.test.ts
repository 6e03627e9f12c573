import { refuseHostileKeys } from "../../platform/hostile";
import Validator from "fastest-validator";
import { bool, either, int, list, nullable, object, optional, params, text, time } from "../../contracts/schema";
import { budgetOf } from "../../platform/addresses";
import { clientIp } from "../../services/api/http/client-ip";
import { convertStrings } from "../../services/api/http/query";
import { Windows } from "../../services/api/http/windows";

describe("the client's address", () => {
  test("is the peer's when no proxy is trusted, whatever the header says", () => {
    expect(clientIp("::ffff:10.0.0.1", "1.2.3.4", 0)).toBe("10.0.0.1");
  });

  test("is what the nearest trusted proxy saw, not what the client wrote in front", () => {
    expect(clientIp("10.0.0.1", "6.6.6.6, 1.2.3.4", 1)).toBe("1.2.3.4");
    expect(clientIp("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", 2)).toBe("1.2.3.4");
    expect(clientIp("10.0.0.1", "1.2.3.4", 5)).toBe("1.2.3.4");
  });

  test("falls back to the peer where the header holds no address", () => {
    expect(clientIp("10.0.0.1", "unknown", 1)).toBe("10.0.0.1");
    expect(clientIp("10.0.0.1", undefined, 1)).toBe("10.0.0.1");
  });

  test.each([
    ["203.0.113.7:51234", "203.0.113.7"],
    ["[2001:db8::7]:443", "2001:db8::7"],
    ["[2001:db8::7]", "2001:db8::7"],
    ["2001:DB8:0:0::7", "2001:db8::7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::ffff:cb00:7107", "203.0.113.7"],
    ["[::ffff:203.0.113.7]:80", "203.0.113.7"],
  ])("is %s in whatever spelling a proxy writes it", (written, address) => {
    expect(clientIp("10.0.0.1", `6.6.6.6:1, ${written}`, 1)).toBe(address);
  });

  test.each([
    "203.0.113.7:",
    "203.0.113.7:x",
    "203.0.113:80",
    "[203.0.113.7",
    "[]:80",
    "2001:db8::7:99999",
    "a:80",
    "::1]:5",
  ])("%s is no address", (written) => expect(clientIp("10.0.0.1", written, 1)).toBe("10.0.0.1"));

  test("all addresses of one IPv6 network share a budget", () => {
    expect(budgetOf("2001:db8:1:2::1")).toBe(budgetOf("2001:db8:1:2:ffff:0:0:9"));
    expect(budgetOf("2001:db8:1:3::1")).not.toBe(budgetOf("2001:db8:1:2::1"));
    expect(budgetOf("1.2.3.4")).toBe("1.2.3.4");
  });
});

describe("a window", () => {
  test("counts up, ends, and begins anew", () => {
    const windows = new Windows();
    expect(windows.hit("a", 1000, 0)).toEqual({ used: 1, resetMs: 1000 });
    expect(windows.hit("a", 1000, 400)).toEqual({ used: 2, resetMs: 600 });
    expect(windows.hit("a", 1000, 1000)).toEqual({ used: 1, resetMs: 1000 });
  });

  test("made-up keys push the oldest out, never the memory up", () => {
    const windows = new Windows(100);
    for (let i = 0; i < 1000; i++) windows.hit(`k${i}`, 1000, i / 1000);
    expect(windows.size).toBe(100);
    expect(windows.hit("k999", 1000, 1).used).toBe(2);
  });
});

describe("a rule that stands in several places of a schema", () => {
  const moment = either(int({ min: 0 }), time());
  const span = object({ from: time(), to: time() });
  const check = new Validator({ useNewCustomCheckerFunction: true }).compile(
    params(
      object({ before: optional(moment), after: optional(moment), spans: optional(list(span)), own: optional(span) }),
    ),
  );

  test.each([
    ["the first", { before: "rubbish" }],
    ["the second", { after: "rubbish" }],
    ["a list", { spans: [{ from: "2026-01-01", to: "rubbish" }] }],
    ["an object beside that list", { own: { from: "rubbish", to: "2026-01-01" } }],
  ])("is checked in full in %s", (_place, value) => expect(check(value)).not.toBe(true));

  test("takes what fits", () => {
    const fits = { from: "2026-01-01", to: "2026-01-02T00:00:00Z" };
    expect(check({ before: 5, after: "2026-01-01", spans: [fits, { ...fits }], own: { ...fits } })).toBe(true);
  });
});

describe("strings of a query", () => {
  const schema = object({
    n: int(),
    b: optional(bool()),
    ids: optional(list(int())),
    at: optional(either(int(), time())),
    t: optional(text()),
  });
  test("become what the contract names", () => {
    const strings = { n: "12", b: "false", ids: ["1", "2"], at: "5", t: "7" };
    expect(convertStrings(schema, strings)).toEqual({ n: 12, b: false, ids: [1, 2], at: 5, t: "7" });
    expect(convertStrings(schema, { ids: "3", at: "2026-01-01" })).toEqual({ ids: [3], at: "2026-01-01" });
  });
  test("stay as they are where they are nothing of the kind", () => {
    const strings = { n: "12x", b: "yes", ids: "z", other: "1", at: " " };
    expect(convertStrings(schema, strings)).toEqual({ n: "12x", b: "yes", ids: ["z"], other: "1", at: " " });
  });
});

describe("hostile keys", () => {
  test.each([[{ $ne: 1 }], [{ a: [{ $gt: 1 }] }], [JSON.parse('{"a":{"__proto__":1}}')], [{ constructor: 1 }]])(
    "%j is refused",
    (input) => expect(() => refuseHostileKeys(input)).toThrow(expect.objectContaining({ type: "BAD_REQUEST" })),
  );
  test("$ in a value and inside a key is nobody's harm", () => {
    expect(() => refuseHostileKeys({ price: "$5", us$: { d: ["$ne"] } })).not.toThrow();
  });
  test("endless nesting is refused without exhausting the stack", () => {
    const wide = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`k${i}`, 1]));
    expect(() => refuseHostileKeys({ wide })).toThrow("at most 10000");
    expect(() => refuseHostileKeys(JSON.parse("[".repeat(20_000) + "]".repeat(20_000)))).toThrow("nested deeper");
  });
});

describe("a field that may be left out", () => {
  const check = new Validator({ useNewCustomCheckerFunction: true }).compile(
    params(
      object({
        name: optional(text()),
        picture: optional(nullable(text())),
        inner: optional(object({ note: optional(text({ min: 1 })) })),
        must: text(),
      }),
    ),
  );

  test("is left out when it is null, at any depth, unless null is a value of its own", () => {
    const given = { name: null, picture: null, inner: { note: null }, must: "x" };
    expect(check(given)).toBe(true);
    expect(given).toEqual({ picture: null, inner: {}, must: "x" });
  });

  test("a field that must be there may not be null", () => {
    expect(check({ must: null })).toMatchObject([{ field: "must", type: "required" }]);
  });
});
