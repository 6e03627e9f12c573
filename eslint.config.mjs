import tseslint from "typescript-eslint";

const onlyFrom = (files, forbidden, why) => ({
  files,
  rules: {
    "no-restricted-imports": ["error", { patterns: forbidden.map((group) => ({ group: [group], message: why })) }],
  },
});

/** No service imports another: they meet in actions and facts. */
const services = ["api", "users", "chat", "notifications", "uploads"];
const noOtherService = services.map((own) =>
  onlyFrom(
    [`services/${own}/**/*.ts`],
    services.filter((s) => s !== own).map((s) => `**/${s}/**`),
    "services meet in actions and facts, not in imports",
  ),
);

export default tseslint.config(
  { ignores: ["node_modules", "dist", "data", "coverage", "web", "**/*.js", "**/*.mjs"] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "no-empty": ["error", { allowEmptyCatch: false }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "no-restricted-syntax": [
        "error",
        {
          selector: "CallExpression[callee.property.name=/^(emit|broadcast)$/][callee.object.name='broker']",
          message: "publish through platform/bus: its names and payloads are typed by contracts/events",
        },
      ],
    },
  },
  // Imports run one way: services -> mixins -> platform -> contracts.
  onlyFrom(
    ["contracts/**/*.ts"],
    ["**/services/**", "**/mixins/**", "**/platform/**"],
    "contracts import nothing of ours",
  ),
  onlyFrom(["platform/**/*.ts"], ["**/services/**", "**/mixins/**"], "the platform knows contracts only"),
  onlyFrom(["mixins/**/*.ts"], ["**/services/**"], "mixins know the platform and contracts only"),
  ...noOtherService,
  {
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/no-explicit-any": "off",
    },
  },
);
