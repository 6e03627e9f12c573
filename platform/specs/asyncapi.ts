/** asyncapi.yml, made from the socket events of the contract: every event, payload, ack and error of both namespaces. */
import { type ActionName, actions } from "../../contracts/actions";
import { errorTable } from "../../contracts/errors";
import { Fact, factKinds } from "../../contracts/facts";
import { type Json, type JsonSchema, nothing, type Schema } from "../../contracts/schema";
import { WireErrorShape } from "../../contracts/shapes";
import { type ClientEvent, clientEvents, type Namespace, serverEvents } from "../../contracts/sockets";
import { Components } from "./components";
import { exampleOf } from "./examples";
import { taken } from "./inputs";

type Spec = Record<string, unknown>;

/** What the few events do that concern the socket itself. */
const doorAbout: Readonly<Record<string, string>> = {
  "conversation:leave": "Leaves the room of a conversation; one stays a member.",
  "auth:renew": "Gives this socket a fresh access token before the old one runs out.",
};

const idOf = (event: string): string => event.replace(/[^\w]+/g, "_");
const channelOf = (namespace: Namespace): string => namespace.slice(1);

const statesOf = ({ action }: ClientEvent): { about: string; params: Schema<unknown>; result: Schema<unknown> } => {
  if (action === "door") return { about: "", params: nothing, result: nothing };
  return actions[action satisfies ActionName];
};

class AsyncApi {
  readonly #components = new Components();

  #clientMessages(namespace: Namespace): Spec {
    const entries = Object.entries(clientEvents[namespace]).flatMap(([event, row]: [string, ClientEvent]) => {
      const { about, params, result } = statesOf(row);
      const payload = taken((row.params ?? params).json);
      const data = result.json;
      const summary = doorAbout[event] ?? about;
      const success: JsonSchema = {
        type: "object",
        properties: { ok: { const: true }, data },
        required: ["ok", "data"],
      };
      return [
        [`client_${idOf(event)}`, this.#message(event, summary, payload)],
        [
          `ack_${idOf(event)}`,
          {
            name: `${event} (ack)`,
            title: `Acknowledgement of ${event}`,
            summary: "Given to the callback of the emit; without one a failure comes as the event `error`.",
            payload: this.#ack(success),
            examples: [{ name: "done", payload: { ok: true, data: exampleOf(data) } }],
          },
        ],
      ];
    });
    return Object.fromEntries(entries) as Spec;
  }

  #ack(success: JsonSchema): JsonSchema {
    return { oneOf: [this.#components.ref(success), { $ref: "#/components/schemas/Failure" }] };
  }

  #message(event: string, summary: string, payload: JsonSchema): Spec {
    return {
      name: event,
      title: event,
      ...(summary ? { summary } : {}),
      contentType: "application/json",
      payload: this.#components.ref(payload),
      examples: [{ name: "example", payload: exampleOf(payload) }],
    };
  }

  #serverMessages(namespace: Namespace): Spec {
    const entries = Object.entries(serverEvents[namespace]).map(([event, schema]: [string, Schema<unknown>]) => [
      `server_${idOf(event)}`,
      this.#message(event, "", schema.json),
    ]);
    return Object.fromEntries(entries) as Spec;
  }

  #operations(namespace: Namespace): Spec {
    const channel = { $ref: `#/channels/${channelOf(namespace)}` };
    const message = (id: string): Spec => ({ $ref: `${channel.$ref}/messages/${id}` });
    const received = Object.entries(clientEvents[namespace]).map(([event, row]: [string, ClientEvent]) => [
      `${channelOf(namespace)}_on_${idOf(event)}`,
      {
        action: "receive",
        channel,
        summary: doorAbout[event] ?? statesOf(row).about,
        messages: [message(`client_${idOf(event)}`)],
        reply: { channel, messages: [message(`ack_${idOf(event)}`)] },
        security: [{ $ref: "#/components/securitySchemes/token" }],
      },
    ]);
    const sent = Object.keys(serverEvents[namespace]).map((event) => [
      `${channelOf(namespace)}_emit_${idOf(event)}`,
      { action: "send", channel, messages: [message(`server_${idOf(event)}`)] },
    ]);
    return Object.fromEntries([...received, ...sent]) as Spec;
  }

  /** The log of facts: a message for each kind. */
  #facts(): Spec {
    const messages = Object.entries(factKinds).map(([kind, { about, data }]) => {
      const { properties, ...rest } = Fact.json;
      const own = { ...(properties as unknown as JsonSchema), type: { const: kind }, data: data.json };
      const payload: JsonSchema = { ...rest, title: `Fact_${idOf(kind)}`, properties: own };
      return [`fact_${idOf(kind)}`, this.#message(kind, about, payload)];
    });
    return {
      address: "/admin/facts/stream",
      title: "The log of facts",
      description:
        "Everything that happens, in one numbered log: as server-sent events here (`GET /admin/facts/stream`), in pages " +
        "(`GET /admin/facts`), and by signed webhooks.",
      servers: [{ $ref: "#/servers/http" }],
      messages: Object.fromEntries(messages) as Spec,
    };
  }

  build(): Spec {
    const namespaces = Object.keys(clientEvents) as Namespace[];
    const channels: [string, Spec][] = namespaces.map((namespace): [string, Spec] => [
      channelOf(namespace),
      {
        address: namespace,
        title: `Namespace ${namespace}`,
        description: channelAbout[namespace],
        servers: [{ $ref: "#/servers/socketio" }],
        messages: { ...this.#clientMessages(namespace), ...this.#serverMessages(namespace) },
      },
    ]);
    channels.push(["facts", this.#facts()]);
    const ofFacts = { facts_send: { action: "send", channel: { $ref: "#/channels/facts" } } };
    const operations = Object.assign(ofFacts, ...namespaces.map((n) => this.#operations(n))) as Spec;
    const error = this.#components.ref(WireErrorShape.json);
    const { Error: shape } = this.#components.schemas;
    const codes = { type: "string", enum: Object.keys(errorTable), description: codeTable };
    if (shape) shape.properties = { ...(shape.properties as JsonSchema), code: codes as unknown as JsonSchema };
    const Failure = { type: "object", properties: { ok: { const: false }, error }, required: ["ok", "error"] };
    const schemas = { ...this.#components.schemas, Failure };
    return { ...head, channels: Object.fromEntries(channels), operations, components: { securitySchemes, schemas } };
  }
}

const codeTable = Object.entries(errorTable)
  .map(([code, { about }]) => `\`${code}\`: ${about}`)
  .join("\n");

const channelAbout: Record<Namespace, string> = {
  "/chat": 'Conversations, messages, presence. `auth.join: "all"` joins every room of the user at once.',
  "/notifications": "One's notifications and their count, on all of one's devices.",
};

const securitySchemes: Spec = {
  token: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description:
      "An access token in the handshake: `auth.token`, or the header `Authorization`; with or without `Bearer`. " +
      "Refused handshakes show as `connect_error` with `data: {code, message}`.",
  },
};

const head: Spec = {
  asyncapi: "3.0.0",
  info: {
    title: "Chat, live",
    version: "1.0.0",
    license: { name: "MIT", url: "https://opensource.org/license/mit" },
    description:
      "Socket.IO 4. A client's event takes one JSON object and an optional acknowledgement: `{ok: true, data}` or " +
      "`{ok: false, error: {code, message, details?}}`. Ids of conversations and messages are 24 hex digits, user ids " +
      "integers, times ISO 8601 in UTC. Every message has a `seq`: 1, 2, 3, ... in its conversation, without gaps; a " +
      "gap that a client sees is filled by `sync`.",
  },
  defaultContentType: "application/json",
  servers: {
    socketio: {
      host: "localhost:3000",
      pathname: "/socket.io",
      protocol: "ws",
      description: "Socket.IO over WebSocket or long polling; namespaces are the channels.",
      security: [{ $ref: "#/components/securitySchemes/token" }],
    },
    http: {
      host: "localhost:3000",
      protocol: "http",
      description: "Server-sent events; for admins and server keys.",
      security: [{ $ref: "#/components/securitySchemes/token" }],
    },
  },
};

export type AsyncApiDocument = Record<string, Json>;
export const asyncApi = (): AsyncApiDocument => JSON.parse(JSON.stringify(new AsyncApi().build())) as AsyncApiDocument;
