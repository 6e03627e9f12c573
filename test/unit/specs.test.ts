import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Document, Ruleset, Spectral } from "@stoplight/spectral-core";
import { Yaml } from "@stoplight/spectral-parsers";
import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { actions, type ActionName } from "../../contracts/actions";
import { readEnv, variables } from "../../contracts/env";
import { routes } from "../../contracts/routes";
import { clientEvents, serverEvents } from "../../contracts/sockets";
import { projectRoot } from "../../platform/root";
import { asyncApi, openApi, specFiles } from "../../platform/specs";
import { SPEC, specRules } from "../support/spec-rules";

const stored = (name: string) => readFileSync(join(projectRoot, name), "utf8");
const files = specFiles();

describe("the published specs", () => {
  test.each(Object.keys(files))("%s is what the contracts say (else: npm run specs)", (name) => {
    expect(stored(name)).toBe(files[name]);
  });

  test("openapi.yml passes the linter without an error or a warning", async () => {
    const config = await createConfig({
      extends: ["recommended"],
      rules: { "no-ambiguous-paths": "off" }, // a fixed segment wins over a parameter, here and in every router
    });
    const problems = await lintFromString({ source: stored("openapi.yml"), config });
    expect(problems.map((p) => `${p.ruleId}: ${p.message} ${p.location[0]?.pointer}`)).toEqual([]);
  });

  const againstOwasp = async (yaml: string): Promise<string[]> => {
    const spectral = new Spectral();
    spectral.setRuleset(new Ruleset(specRules, { source: join(projectRoot, "rules") }));
    const found = await spectral.run(new Document(yaml, Yaml, join(projectRoot, SPEC)));
    return found.map(({ code, path }) => `${code} ${path.join("/")}`);
  };

  test("openapi.yml passes OWASP's rules for APIs, where they are not turned off by name", async () => {
    expect(await againstOwasp(stored(SPEC))).toEqual([]);
  });

  test("which find what has no bound, and what is open to everybody", async () => {
    const unbound = stored(SPEC).replace(/ +maxLength: 1000\n/, "");
    const open = unbound.replace("operationId: users_me\n", "operationId: users_me\n      security: []\n");
    const found = await againstOwasp(open);
    expect(found.join("\n")).toMatch(/string-limit .*password/);
    expect(found.join("\n")).toMatch(/read-restricted .*users\/me/);
  });
});

describe("openapi.yml", () => {
  const spec = openApi() as any;

  test("describes every tag that it uses", () => {
    const used = Object.values<any>(spec.paths).flatMap((i) => Object.values<any>(i).flatMap((o) => o.tags));
    expect(spec.tags.map((t: any) => t.name)).toEqual(expect.arrayContaining(used));
  });

  test("has every route, and each one's action is for clients", () => {
    for (const { method, path, action } of routes) {
      expect(spec.paths[path.replace(/:(\w+)/g, "{$1}")]).toHaveProperty(method.toLowerCase());
      if (!routes.some((r) => r.form && r.action === action)) expect(actions[action].access).not.toBe("service");
    }
  });

  test("parameters of a path are parameters of its action", () => {
    for (const { path, action } of routes)
      for (const [, name] of path.matchAll(/:(\w+)/g)) expect(actions[action].params.fields).toHaveProperty(name!);
  });

  test("says what each operation may fail with, and shows no field that the door fills", () => {
    for (const item of Object.values<any>(spec.paths))
      for (const operation of Object.values<any>(item)) {
        expect(Object.keys(operation.responses).some((s) => s.startsWith("4"))).toBe(true);
        expect(JSON.stringify(operation)).not.toContain('"device"');
      }
  });

  const bodyOf = (path: string, method: string) =>
    spec.paths[path][method].requestBody.content["application/json"].schema.properties;

  test("an input may be null where that means left out, at any depth; an answer may not", () => {
    const { types, conversations } = bodyOf("/notifications/preferences", "put");
    expect(types.type).toEqual(["object", "null"]);
    expect(types.properties.message.type).toEqual(["boolean", "null"]);
    expect(conversations.type).toEqual(["object", "null"]);
    expect(bodyOf("/sync", "post").limit.type).toEqual(["integer", "null"]);
    expect(bodyOf("/auth/register", "post").email.type).toBe("string");
    expect(spec.components.schemas.Message.properties.clientId.type).toBe("string");
  });

  test("an input's bounds are those of its rule", () => {
    const { username, password } = bodyOf("/auth/register", "post");
    expect([username.minLength, username.maxLength, password.minLength, password.maxLength]).toEqual([2, 40, 8, 72]);
    expect(bodyOf("/conversations/{conversationId}/messages", "post").attachments.maxItems).toBe(10);
  });

  test("examples fit their schemas", () => {
    const ajv = addFormats(new Ajv2020({ strict: false }));
    ajv.addSchema({ $id: "spec", ...spec });
    const resolve = (schema: unknown) => JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"spec#/'));
    let checked = 0;
    for (const item of Object.values<any>(spec.paths))
      for (const operation of Object.values<any>(item)) {
        const media = [operation.requestBody, ...Object.values<any>(operation.responses)].flatMap((part) =>
          Object.values<any>(part?.content ?? {}),
        );
        for (const { schema, example } of media) {
          if (example === undefined) continue;
          const fits = ajv.compile(resolve(schema));
          expect([operation.operationId, fits(example), fits.errors]).toEqual([operation.operationId, true, null]);
          checked += 1;
        }
      }
    expect(checked).toBeGreaterThan(routes.length);
  });
});

describe("asyncapi.yml", () => {
  const spec = asyncApi() as any;
  test.each(["/chat", "/notifications"] as const)("has every event of %s with payload, ack and error", (namespace) => {
    const { messages } = spec.channels[namespace.slice(1)];
    const named = (prefix: string) =>
      Object.entries<any>(messages).flatMap(([id, m]) => (id.startsWith(prefix) ? [m.name] : []));
    expect(named("client_").sort()).toEqual(Object.keys(clientEvents[namespace]).sort());
    expect(named("server_").sort()).toEqual(Object.keys(serverEvents[namespace]).sort());
    for (const [id, message] of Object.entries<any>(messages))
      if (id.startsWith("ack_")) expect(message.payload.oneOf[1]).toEqual({ $ref: "#/components/schemas/Failure" });
  });
});

describe(".env.example", () => {
  const lines = stored(".env.example").split("\n");
  const pairs = lines.filter((l) => /^[A-Z]/.test(l)).map((l) => l.split(/=(.*)/s).slice(0, 2) as [string, string]);

  test("lists every variable, and starts a development system as it is", () => {
    expect(pairs.map(([name]) => name)).toEqual(Object.keys(variables));
    expect(() => readEnv(Object.fromEntries(pairs))).not.toThrow();
  });

  test("none of its secrets is good enough for production", () => {
    const given = Object.fromEntries(pairs);
    const strong = "a-secret-of-32-bytes-or-more-xxxxxxxxxxx";
    for (const name of ["JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET"]) {
      const env = { NODE_ENV: "production", JWT_ACCESS_SECRET: strong, JWT_REFRESH_SECRET: `${strong}2` };
      expect(() => readEnv({ ...env, [name]: given[name] })).toThrow(name);
    }
  });
});

test("every action for clients has a door", () => {
  const events = Object.values(clientEvents).flatMap((e) => Object.values(e).map((r) => r.action as string));
  const doors = new Set<string>([...events, ...routes.map((r) => r.action)]);
  const own = (Object.keys(actions) as ActionName[]).filter((a) => actions[a].access !== "service" && !doors.has(a));
  expect(own).toEqual(["chat.mine"]); // asked by the handshake itself
});
