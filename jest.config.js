const swc = (more) => [
  "@swc/jest",
  {
    jsc: {
      parser: { syntax: "typescript", ...more },
      transform: { react: { runtime: "automatic" } },
      target: "es2022",
    },
  },
];
/** Four levels, from pure to whole clusters; `npm test` runs them in this order (see test/run.ts). */
const level = (name, more = {}) => ({
  displayName: name,
  rootDir: __dirname,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testEnvironment: "node",
  // Copies of this tree, while `npm run mutate` is at work.
  modulePathIgnorePatterns: ["<rootDir>/.stryker-tmp"],
  setupFilesAfterEnv: ["<rootDir>/test/support/setup.ts"],
  transform: { "^.+\\.(t|j)s$": swc({}), "^.+\\.tsx$": swc({ tsx: true }) },
  // Libraries that are ES modules alone; Node itself takes them by `require`.
  transformIgnorePatterns: ["/node_modules/(?!(jose|marked|openid-client|oauth4webapi)/)"],
  // The client by its name, as applications import it, from its source.
  moduleNameMapper: {
    "^moleculer-chat-client$": "<rootDir>/client/src/index.ts",
    "^moleculer-chat-client/shared$": "<rootDir>/client/src/shared.ts",
    "^moleculer-chat-client/react$": "<rootDir>/client/src/react.ts",
  },
  ...more,
});

module.exports = {
  projects: [level("unit"), level("service"), level("flow"), level("cluster")],
};
