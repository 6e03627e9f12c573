/** The published specs as they stand in the repository; a test compares them, so that they can't drift apart. */
import { stringify } from "yaml";
import { asyncApi } from "./asyncapi";
import { envExample } from "./env-example";
import { openApi } from "./openapi";

const GENERATED = "# Generated from contracts/ by `npm run specs`; edit those.\n";
const yaml = (value: unknown): string => GENERATED + stringify(value, { lineWidth: 120, aliasDuplicateObjects: false });

export const specFiles = (): Record<string, string> => ({
  "openapi.yml": yaml(openApi()),
  "asyncapi.yml": yaml(asyncApi()),
  ".env.example": envExample(),
});

export { asyncApi, openApi };
