/** The files for running it elsewhere agree with what the code reads, and hold no password. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { allServices, readEnv, variables } from "../../contracts/env";

const root = join(__dirname, "../..");
const read = (...path: string[]): string => readFileSync(join(root, ...path), "utf8");

interface ComposeService {
  build?: string;
  environment?: Record<string, string>;
  restart?: string;
  healthcheck?: unknown;
}
const text = read("docker-compose.yml");
const { services } = parse(text, { merge: true }) as { services: Record<string, ComposeService> };
const nodes = Object.entries(services).filter(([, s]) => s.build !== undefined);

/** As docker compose would fill it in. */
const filled = (environment: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replace(/\$\{(\w+)(:[?-])([^}]*)\}/g, (_m, _n, kind, rest: string) =>
        kind === ":?" ? "s".repeat(64) : rest,
      ),
    ]),
  );

describe("docker-compose.yml", () => {
  test("runs two api and two chat nodes, and every other service", () => {
    const run = nodes.map(([, s]) => s.environment?.SERVICES).sort();
    expect(run).toEqual(["api", "api", "chat", "chat", "notifications", "uploads", "users"]);
  });

  test.each(nodes)("the variables of %s are known and accepted in production", (_name, node) => {
    expect(Object.keys(node.environment ?? {}).filter((name) => !(name in variables))).toEqual([]);
    expect(readEnv(filled(node.environment)).NODE_ENV).toBe("production");
  });

  test("every node has a name of its own", () => {
    expect(new Set(nodes.map(([, s]) => s.environment?.NODE_ID)).size).toBe(nodes.length);
  });

  test("everything comes back after a crash, and what is no node of ours says how it is", () => {
    for (const [, s] of Object.entries(services)) expect(s.restart).toBe("unless-stopped");
    for (const [, s] of Object.entries(services)) if (s.build === undefined) expect(s.healthcheck).toBeDefined();
  });

  test("no password has a default", () => {
    const secrets = [...text.matchAll(/\$\{(\w*(?:PASSWORD|SECRET)\w*)([^}]*)\}/g)].filter(
      ([, name]) => name !== "ADMIN_PASSWORD", // without one there is no such account
    );
    expect(secrets.length).toBeGreaterThan(5);
    for (const [, , rest] of secrets) expect(rest).toMatch(/^:\?/);
    expect(text).not.toMatch(/(PASS\w*|SECRET\w*): [^$\n]/);
  });
});

describe("the Kubernetes manifests", () => {
  interface Workload {
    kind: string;
    spec: {
      template: { spec: { containers: { env: { name: string; value?: string }[]; [probe: string]: unknown }[] } };
    };
  }
  const docs = readdirSync(join(root, "deploy/k8s")).flatMap((file) =>
    parseAllDocuments(read("deploy/k8s", file)).map((doc) => doc.toJS() as { kind?: string; data?: object }),
  );
  const containers = docs
    .filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet")
    .flatMap((doc) => (doc as Workload).spec.template.spec.containers);

  test("run every service", () => {
    const run = containers.map(({ env }) => env.find(({ name }) => name === "SERVICES")?.value);
    expect(run.sort()).toEqual([...allServices].sort());
  });

  test("set only variables that are known, and no secret", () => {
    const config = docs.find(({ kind }) => kind === "ConfigMap")?.data ?? {};
    const names = [...Object.keys(config), ...containers.flatMap(({ env }) => env.map(({ name }) => name))];
    expect(names.filter((name) => !(name in variables))).toEqual([]);
    expect(names.filter((name) => /SECRET|PASSWORD|_URL|_URI/.test(name))).toEqual([]);
  });

  test("probe every container", () => {
    for (const container of containers)
      for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) expect(container[probe]).toBeDefined();
  });
});

describe("the Dockerfile", () => {
  test("runs as an ordinary user", () => {
    expect(read("Dockerfile")).toMatch(/^USER node$/m);
  });
});
