/** What may import what: the directions of the house, no circle anywhere, and a core that loads nothing. */
const services = ["api", "users", "chat", "notifications", "uploads"];
const core = "^services/chat/conversation/";
/** What the core may load beside itself: names, checks, and helpers that load nothing either. */
const plain = "^platform/(id|encoded|fold|fenced|graphemes)\\.ts$";

const forbid = (name, comment, from, to) => ({ name, severity: "error", comment, from, to });
const oneWay = (folder, ...above) =>
  forbid(
    `${folder}-below`,
    "services -> mixins -> platform -> contracts",
    { path: `^${folder}/` },
    { path: `^(${above.join("|")})/` },
  );

module.exports = {
  forbidden: [
    forbid("no-circles", "types count, too: a circle of types is a room with two names", {}, { circular: true }),
    oneWay("contracts", "platform", "mixins", "services"),
    oneWay("platform", "mixins", "services"),
    oneWay("mixins", "services"),
    ...services.map((own) =>
      forbid(
        `${own}-alone`,
        "services meet in actions and facts, not in imports",
        { path: `^services/${own}/` },
        { path: `^services/(${services.filter((s) => s !== own).join("|")})/` },
      ),
    ),
    forbid(
      "pure-core",
      "a conversation is decided without broker, driver or store",
      { path: core },
      { pathNot: [core, "^contracts/", plain], dependencyTypesNot: ["type-only"] },
    ),
    forbid("plain-helpers", "the core loads them", { path: plain }, { pathNot: ["^contracts/", "node_modules/bson/"] }),
    forbid(
      "light-contracts",
      "they are loaded by the core and by the client's build",
      { path: "^contracts/" },
      {
        path: "node_modules/",
        pathNot: "node_modules/fastest-validator/",
        dependencyTypesNot: ["type-only"],
      },
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    exclude: { path: "^(dist|data)/" },
  },
};
