/**
 * `npm run mutate`: breaks the engine a line at a time, room by room, and says which tests notice (see scripts/mutate.mjs).
 * Not part of `npm test`.
 */
export default {
  testRunner: "jest",
  jest: { configFile: "jest.mutate.config.js", enableFindRelatedTests: false },
  plugins: ["@stryker-mutator/jest-runner"],
  mutate: (process.env.MUTATE_FILES ?? "").split(",").filter(Boolean),
  // Sentences for people are no behaviour.
  mutator: { excludedMutations: ["StringLiteral"] },
  coverageAnalysis: "perTest",
  concurrency: Number(process.env.MUTATE_CONCURRENCY ?? 1),
  incremental: true,
  incrementalFile: `coverage/mutation/${process.env.MUTATE_ROOM ?? "all"}.incremental.json`,
  tempDirName: ".stryker-tmp",
  reporters: ["progress-append-only", "clear-text", "json"],
  jsonReporter: { fileName: `coverage/mutation/${process.env.MUTATE_ROOM ?? "all"}.json` },
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
  // A mutant that never ends is found out after so long beside what its tests take.
  timeoutMS: Number(process.env.MUTATE_PATIENCE ?? 3_000),
  timeoutFactor: 2,
  dryRunTimeoutMinutes: 30,
  ignoreStatic: true,
  ignorePatterns: ["dist", "web/dist", "coverage", "bench", "docs", "examples"],
  symlinkNodeModules: true,
  disableTypeChecks: false,
};
