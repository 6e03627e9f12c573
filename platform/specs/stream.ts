/** What is answered line by line: the log of facts, which does not end, and an account with all that it may see. */
import { Fact, factKind, factNames } from "../../contracts/facts";
import { int, list, oneOf, text } from "../../contracts/schema";
import { type Components } from "./components";

type Spec = Record<string, unknown>;

const from = int({
  min: 0,
  max: Number.MAX_SAFE_INTEGER,
  about: "go on after this position; 0: the oldest that is kept",
});
const frames = text({ max: 1_000_000, about: "one page at a time; `data` of an event is at most one fact" });
const example = `retry: 2000

id: 1207
event: message.created
data: {"id":"message.created:…","position":1207,"type":"message.created","timestamp":"…","data":{}}

id: 1207
: alive

`;

const statusesOf = (statuses: readonly number[]): Spec =>
  Object.fromEntries(statuses.map((s) => [s, { $ref: `#/components/responses/Status${s}` }]));
const query = (name: string, schema: unknown, more: Spec): Spec => ({
  name,
  in: "query",
  required: false,
  schema,
  ...more,
});

export function accountExport(headers: Spec): Spec {
  const files = oneOf(["yes", "no"]);
  return {
    "/users/me/export/all": {
      get: {
        operationId: "users_exportAll",
        tags: ["users"],
        summary: "The account with its conversations and files",
        description:
          "Everything that the account may see, as JSON Lines that `import jsonl` takes: people, conversations, messages, and " +
          "files as base64. Three in an hour. What breaks off ends with a line of the type `error`.",
        parameters: [query("files", files.json, { description: "with the bytes of files, unless `no`" })],
        responses: {
          "200": {
            // A kind of content that generators don't know: they would leave the operation out.
            description: "`application/jsonl`: one JSON document in each line, each with a `type`.",
            headers,
          },
          ...statusesOf([400, 401, 403, 404, 405, 429, 431, 500, 503]),
        },
      },
    },
  };
}

export function factStream(components: Components, headers: Spec): Spec {
  const { description, ...position } = from.json;
  const fact = components.ref(Fact.json);
  return {
    "/admin/facts/stream": {
      get: {
        operationId: "facts_stream",
        tags: ["admin"],
        summary: "The log of facts, as it grows",
        description:
          "The log of facts, as it grows, as server-sent events: `id` is the position, `event` the kind, `data` a fact " +
          "(`x-event-data`). A line comes at least every 4 s. It ends with `event: error` and the code where the key or " +
          "session does. NOTFOUND where what follows the position is not kept any more. Needs the role `admin`.",
        parameters: [
          query("from", position, { description }),
          query("types", list(factKind, { max: factNames.length }).json, {
            style: "form",
            explode: false,
            description: "only these kinds, with commas between them or one by one",
          }),
          {
            ...{ name: "Last-Event-ID", in: "header", required: false, schema: position },
            description: "Counts more than `from`; a client that comes back sends it by itself.",
          },
        ],
        responses: {
          "200": {
            description: "Events, until somebody ends it.",
            headers,
            content: { "text/event-stream": { schema: frames.json, example, "x-event-data": fact } },
          },
          ...statusesOf([400, 401, 403, 404, 405, 429, 431, 500, 503]),
        },
      },
    },
  };
}
