/** The operator's JSON Schemas of `custom` (CUSTOM_SCHEMAS), read once at the start. */
import type * as ajv2020 from "ajv/dist/2020";
import type * as ajvFormats from "ajv-formats";
import { readFileSync } from "node:fs";
import { type CustomCheck, type CustomKind, customKinds } from "../contracts/custom";
import { type Env, EnvError } from "../contracts/env";
import { fail, type FieldProblem } from "../contracts/errors";

type Schemas = Readonly<Record<string, object>>;

function schemasOf(given: string): Schemas {
  try {
    return JSON.parse(given.trimStart().startsWith("{") ? given : readFileSync(given, "utf8")) as Schemas;
  } catch (error) {
    throw new EnvError("CUSTOM_SCHEMAS", `is neither JSON nor a file of JSON: ${(error as Error).message}`);
  }
}

function checkOf(ajv: ajv2020.Ajv2020, schema: object): CustomCheck {
  const fits = ajv.compile(schema);
  return (value) => {
    if (fits(value)) return;
    const problems = (fits.errors ?? []).map(({ instancePath, keyword, message }): FieldProblem => ({
      field: `custom${instancePath.replaceAll("/", ".")}`,
      rule: keyword,
      ...(message === undefined ? {} : { message }),
    }));
    const [first] = problems;
    throw fail("BAD_REQUEST", `The '${first?.field ?? "custom"}' field ${first?.message ?? "does not fit"}.`, problems);
  };
}

/** Loaded where there are schemas: it is much, and most have none. */
function newAjv(): ajv2020.Ajv2020 {
  /* eslint-disable @typescript-eslint/no-require-imports -- at once, and only then */
  const { default: Ajv } = require("ajv/dist/2020") as typeof ajv2020;
  const { default: addFormats } = require("ajv-formats") as typeof ajvFormats;
  /* eslint-enable @typescript-eslint/no-require-imports */
  return addFormats(new Ajv({ strict: false, allErrors: false }));
}

/** @throws EnvError */
export function customChecks({
  CUSTOM_SCHEMAS,
}: Pick<Env, "CUSTOM_SCHEMAS">): Readonly<Record<CustomKind, CustomCheck>> {
  const schemas = CUSTOM_SCHEMAS === undefined ? {} : schemasOf(CUSTOM_SCHEMAS);
  const unknown = Object.keys(schemas).find((kind) => !customKinds.includes(kind as CustomKind));
  if (unknown !== undefined) throw new EnvError("CUSTOM_SCHEMAS", `"${unknown}" is none of ${customKinds.join(", ")}`);
  const ajv = CUSTOM_SCHEMAS === undefined ? undefined : newAjv();
  const anything: CustomCheck = () => undefined;
  const checks = customKinds.map((kind) => {
    const schema = schemas[kind];
    try {
      return [kind, ajv && schema ? checkOf(ajv, schema) : anything];
    } catch (error) {
      throw new EnvError("CUSTOM_SCHEMAS", `${kind} is no JSON Schema: ${(error as Error).message}`);
    }
  });
  return Object.fromEntries(checks) as Record<CustomKind, CustomCheck>;
}
