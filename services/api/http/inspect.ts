/** For operators: what every node holds, and where a conversation lives. */
import { type Service } from "moleculer";
import { type Server } from "socket.io";
import { type Params, type Result } from "../../../contracts/actions";
import { isToldToTenant } from "../../../contracts/tenants";
import { MAX_FILES } from "../../../contracts/uploads";
import { call } from "../../../platform/bus";
import { envOf } from "../../../platform/env";
import { placeOf } from "../../../platform/placement";
import { act } from "../../../platform/service";

interface Offer {
  readonly name: string;
  readonly nodeID: string;
}

const nodesOf = ({ broker }: Service, name: string): string[] =>
  (broker.registry.getServiceList({ onlyAvailable: true }) as Offer[])
    .filter((s) => s.name === name)
    .map((s) => s.nodeID);

/** A node that does not answer is left out: the others' answers are what an operator needs then. */
async function fromAll<N extends "chat.inspect" | "api.inspect">(service: Service, name: N): Promise<Result<N>[]> {
  const nodes = nodesOf(service, name.split(".")[0] ?? "");
  const nothing = {} as Params<N>;
  const answers = await Promise.allSettled(nodes.map((nodeID) => call(service.broker, name, nothing, { nodeID })));
  return answers.flatMap((a) => (a.status === "fulfilled" ? [a.value] : []));
}

export const inspectActions = {
  inspect: act("api.inspect", function () {
    const { io } = this as unknown as { io: Server | undefined };
    const count = (namespace: string): number => io?.of(namespace).sockets.size ?? 0;
    const users = new Set([...(io?.of("/chat").adapter.rooms.keys() ?? [])].filter((r) => r.startsWith("user:")));
    const sockets = { "/chat": count("/chat"), "/notifications": count("/notifications") };
    return { node: this.broker.nodeID, sockets, users: users.size };
  }),
  limits: act("api.limits", function () {
    const { MAX_CONTENT, MAX_MEMBERS, MAX_FILE_SIZE, FILE_TYPES } = envOf(this.broker);
    return {
      max_content: MAX_CONTENT,
      max_members: MAX_MEMBERS,
      max_attachments: MAX_FILES,
      max_file_size: MAX_FILE_SIZE,
      file_types: [...FILE_TYPES],
    };
  }),
  overview: act("api.overview", async function (_caller, { conversationId }) {
    const [chat, api] = await Promise.all([fromAll(this, "chat.inspect"), fromAll(this, "api.inspect")]);
    const hosts = nodesOf(this, "chat").map((id) => ({ id }));
    return { chat, api, livesOn: conversationId === undefined ? null : (placeOf(conversationId, hosts)?.id ?? null) };
  }),
  settings: act("api.settings", function () {
    const { SETTINGS, TENANT } = envOf(this.broker);
    const settings = SETTINGS.filter(({ name }) => TENANT === undefined || isToldToTenant(name));
    return { node: this.broker.nodeID, settings };
  }),
};
