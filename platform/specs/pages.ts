/** The paths of the gateway that are no action: health, metrics, the documents themselves, the demo page. */
import { int, text } from "../../contracts/schema";

type Spec = Record<string, unknown>;

const dependency = {
  type: "object",
  additionalProperties: {
    type: "object",
    properties: { state: { type: "string", enum: ["up", "down"] }, latencyMs: { type: ["number", "null"] } },
    required: ["state", "latencyMs"],
  },
};
const health = {
  type: "object",
  properties: {
    ok: { const: true },
    data: {
      type: "object",
      properties: {
        status: { type: "string", enum: ["up", "degraded"] },
        uptime: int({ about: "seconds" }).json,
        processes: {
          type: "object",
          description: "with PROCESSES: how many of them run",
          properties: { running: int().json, of: int().json },
          required: ["running", "of"],
        },
        dependencies: dependency,
      },
      required: ["status", "uptime"],
    },
  },
  required: ["ok", "data"],
};

const html = text({ max: 1_000_000 }).json;

/** Path, what it is for, media type, schema, the statuses that it may answer beside 200. */
const pages: readonly (readonly [string, string, string, Spec, readonly number[]])[] = [
  ["/health", "Each dependency's state and latency", "application/json", health, []],
  ["/health/live", "Is the process alive?", "application/json", health, []],
  ["/health/ready", "Does everything answer that requests need?", "application/json", health, [503]],
  ["/metrics", "Metrics for Prometheus", "text/plain", text().json, []],
  ["/openapi.json", "This document", "application/json", { type: "object" }, [429]],
  ["/api/docs", "This document, for reading and trying out", "text/html", html, [429]],
  ["/ws-docs", "The AsyncAPI document: JSON, or a page for a browser", "application/json", { type: "object" }, [429]],
  ["/", "The demo client", "text/html", html, [429]],
];

const uncounted = (headers: Spec): Spec =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith("RateLimit-")));

export function ownPages(headers: Spec): Spec {
  const entries = pages.map(([path, summary, type, schema, statuses]) => {
    const counted = statuses.includes(429);
    const errors: Spec = Object.fromEntries(
      [403, 405, 431, 500, ...statuses].map((s) => [s, { $ref: `#/components/responses/Status${s}` }]),
    );
    const operation = {
      operationId: path === "/" ? "page_demo" : `page${path.replace(/\W/g, "_")}`,
      tags: [/health|metrics/.test(path) ? "operations" : "documents"],
      summary,
      description: `${summary}${/[.?]$/.test(summary) ? "" : "."} ${counted ? "" : "Outside the rate limit. "}Needs no token.`,
      security: [],
      responses: {
        "200": {
          description: summary,
          headers: uncounted(headers),
          content: { [type]: { schema } },
        },
        ...errors,
      },
    };
    return [path, { get: operation }];
  });
  return Object.fromEntries(entries) as Spec;
}
