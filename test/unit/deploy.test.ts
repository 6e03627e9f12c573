/** The files for running it elsewhere agree with what the code reads, and hold no password. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ServiceBroker } from "moleculer";
import { parse, parseAllDocuments } from "yaml";
import { allServices, readEnv, variables } from "../../contracts/env";
import { scrape } from "../../platform/metrics";

const root = join(__dirname, "../..");
const read = (...path: string[]): string => readFileSync(join(root, ...path), "utf8");

interface ComposeService {
  image?: string;
  build?: string;
  pull_policy?: string;
  environment?: Record<string, string>;
  restart?: string;
  healthcheck?: unknown;
}
const text = read("docker-compose.yml");
const { services } = parse(text, { merge: true }) as { services: Record<string, ComposeService> };
const isNode = ({ image }: ComposeService): boolean => image === "moleculer-chat";
const nodes = Object.entries(services).filter(([, s]) => isNode(s));

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

  test("one of the nodes builds the image, which nobody looks for elsewhere", () => {
    // Several that build one name at once fail where Docker's store is containerd's.
    expect(nodes.filter(([, s]) => s.build !== undefined).map(([name]) => name)).toEqual(["users"]);
    for (const [, s] of nodes) expect(s.pull_policy).toBe(s.build === undefined ? "never" : "missing");
  });

  test("every node has a name of its own", () => {
    expect(new Set(nodes.map(([, s]) => s.environment?.NODE_ID)).size).toBe(nodes.length);
  });

  test("everything comes back after a crash, and what is no node of ours says how it is", () => {
    for (const [, s] of Object.entries(services)) expect(s.restart).toBe("unless-stopped");
    for (const [, s] of Object.entries(services)) if (!isNode(s)) expect(s.healthcheck).toBeDefined();
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

test("every node of Compose is given the whole .env, and what the file sets itself wins", () => {
  for (const [, node] of nodes) expect((node as { env_file?: string[] }).env_file).toEqual([".env"]);
  for (const name of ["HOST", "PORT", "DATA_DIR", "UPLOAD_DIR", "NAMESPACE", "TRANSPORTER"])
    for (const [, node] of nodes) expect(Object.keys(node.environment ?? {})).toContain(name);
});

test("the alerts ask for metrics that exist", async () => {
  const { text: metrics } = await scrape(new ServiceBroker({ logger: false }));
  const { groups } = parse(read("deploy/alerts.yml")) as { groups: { rules: { alert: string; expr: string }[] }[] };
  const rules = groups.flatMap(({ rules: of }) => of);
  expect(rules.length).toBeGreaterThan(8);
  for (const { alert, expr } of rules) {
    const asked = [...expr.matchAll(/\b(?:http|chat|bus|outbox|disk|process|nodejs)_\w+/g)].map(([name]) => name);
    if (!/^Chat(Certificate|NodeDown)$/.test(alert)) expect(asked.length).toBeGreaterThan(0);
    for (const name of asked) expect(metrics).toContain(`# TYPE ${name.replace(/_bucket$/, "")} `);
  }
});

describe.each(["small", "large"])("the Kubernetes manifests, %s", (size) => {
  interface Workload {
    kind: string;
    spec: {
      template: { spec: { containers: { env: { name: string; value?: string }[]; [probe: string]: unknown }[] } };
    };
  }
  const docs = readdirSync(join(root, "deploy/k8s", size)).flatMap((file) =>
    parseAllDocuments(read("deploy/k8s", size, file)).map((doc) => doc.toJS() as { kind?: string; data?: object }),
  );
  const containers = docs
    .filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet")
    .flatMap((doc) => (doc as Workload).spec.template.spec.containers);

  test("run every service", () => {
    const run = containers.flatMap(({ env }) => env.find(({ name }) => name === "SERVICES")?.value?.split(",") ?? []);
    expect(run.sort()).toEqual([...allServices].sort());
  });

  test("set only variables that are known, and no secret", () => {
    const config = docs.find(({ kind }) => kind === "ConfigMap")?.data ?? {};
    const names = [...Object.keys(config), ...containers.flatMap(({ env }) => env.map(({ name }) => name))];
    expect(names.filter((name) => !(name in variables))).toEqual([]);
    expect(names.filter((name) => /SECRET|PASSWORD|(POSTGRES|RABBITMQ|SMTP)_URL|_URI/.test(name))).toEqual([]);
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
