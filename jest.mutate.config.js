/** The tests that a mutation is held against: unit and service, without what starts other servers or takes long. */
const { projects } = require("./jest.config.js");

const [unit, service] = projects;
const tests = process.env.MUTATE_TESTS;

module.exports = {
  ...unit,
  displayName: "mutate",
  testMatch: tests
    ? tests.split(",").map((name) => `<rootDir>/test/**/${name}.test.ts`)
    : [...unit.testMatch, ...service.testMatch],
};
