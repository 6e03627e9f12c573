/** Four levels, from pure to whole clusters; `npm test` runs them in this order (see test/run.ts). */
const level = (name, more = {}) => ({
  displayName: name,
  rootDir: __dirname,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testEnvironment: "node",
  setupFilesAfterEnv: ["<rootDir>/test/support/setup.ts"],
  transform: { "^.+\\.(t|j)s$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2022" } }] },
  ...more,
});

module.exports = {
  projects: [level("unit"), level("service"), level("flow"), level("cluster")],
};
