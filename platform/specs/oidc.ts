/** The end of a way through a provider: the page's request for its tokens. What comes before is for browsers alone. */
import { text } from "../../contracts/schema";

type Spec = Record<string, unknown>;

const errors = (...statuses: readonly number[]): Spec =>
  Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/Status${status}` }]));

export function oidcPages(headers: Spec): Spec {
  const json = {
    type: "object",
    properties: { ok: { const: true }, data: { $ref: "#/components/schemas/Tokens" } },
    required: ["ok", "data"],
  };
  const body = {
    type: "object",
    properties: { code: text({ min: 6, max: 40, about: "of the second factor" }).json },
  };
  return {
    "/oidc/session": {
      post: {
        operationId: "oidc_session",
        tags: ["registration"],
        summary: "Tokens for who has come back",
        description:
          "Tokens for who has come back, in the same browser. FORBIDDEN with `details.required: code` asks for a second factor; " +
          "CONFLICT with `details.required: verification` says that an account here has the address unverified.",
        security: [],
        requestBody: { required: false, content: { "application/json": { schema: body } } },
        responses: {
          "200": { description: "Done.", headers, content: { "application/json": { schema: json } } },
          ...errors(400, 401, 403, 404, 405, 409, 413, 415, 429, 431, 500, 503),
        },
      },
    },
  };
}
