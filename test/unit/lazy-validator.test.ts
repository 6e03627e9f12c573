/** Checks of params are compiled when first asked for, once, and hold as before. */
import { LazyValidator } from "../../platform/lazy-validator";

const schema = { id: { type: "number", integer: true }, $$strict: true };

test("nothing is compiled before the first call, and then once", () => {
  const validator = new LazyValidator({ useNewCustomCheckerFunction: true });
  const { validator: library } = validator as unknown as { validator: { compile: (schema: object) => unknown } };
  const compile = jest.spyOn(library, "compile");
  const check = validator.compile(schema);
  expect(compile).not.toHaveBeenCalled();
  expect(check({ id: 1 }, {})).toBe(true);
  expect(check({ id: "1" }, {})).toMatchObject([{ type: "number", field: "id" }]);
  expect(check({ id: 1, more: 1 }, {})).toMatchObject([{ type: "objectStrict" }]);
  expect(compile).toHaveBeenCalledTimes(1);
});

test("a schema that is none is told when it is first used", () => {
  const check = new LazyValidator({}).compile({ id: { type: "nonsense" } });
  expect(() => check({ id: 1 }, {})).toThrow("nonsense");
});
