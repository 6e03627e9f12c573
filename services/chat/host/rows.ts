/** The rows of the service's table that other nodes, other services and operators ask: what an actor does, knows and is. */
import { type Result } from "../../../contracts/actions";
import { isStaff } from "../../../contracts/caller";
import { storesOf } from "../../../mixins/documents";
import { probe } from "../../../platform/health";
import { act } from "../../../platform/service";
import { chatOf } from "../chat";
import { pairKey, run } from "../commands/create";
import { type CommandBody } from "../conversation/commands";
import { type collections } from "./collections";
import { unlessDone } from "../people/departures";
import { placesOf } from "../queries/places";
import { toldOf } from "../queries/told";
import { tracedOf } from "../queries/traced";

export const hostRows = {
  run: act("chat.run", function (caller, p) {
    return chatOf(this).actors.tell(p.conversationId, {
      userId: caller?.userId ?? 0,
      staff: caller ? isStaff(caller) : false,
      body: p.command as CommandBody,
    });
  }),
  told: act("chat.told", function (_caller, p) {
    return toldOf(chatOf(this).stores, p);
  }),
  places: act("chat.places", function (_caller, p) {
    return placesOf(chatOf(this).stores, p);
  }),
  traced: act("chat.traced", function (_caller, p) {
    const { stores: of, blocks } = chatOf(this);
    return tracedOf(of, async (id) => (await blocks.of(id)).blockedBy, p);
  }),
  audience: act("chat.audience", async function (_caller, p) {
    return (await chatOf(this).actors.tell(p.conversationId, {
      userId: 0,
      staff: false,
      body: { kind: "audience", ...(p.after === undefined ? {} : { after: p.after }) },
    })) as Result<"chat.audience">;
  }),
  changes: act("chat.changes", async function (_caller, { conversationId, userId, known, limit, atLeast }) {
    const body = { kind: "changes", limit, atLeast, ...(known === undefined ? {} : { known }) } as const;
    return chatOf(this).actors.tell(conversationId, { userId, staff: false, body });
  }),
  positions: act("chat.positions", async function (_caller, { conversationId, userIds }) {
    const filter = { conversation_id: conversationId, user_id: { $in: userIds } };
    const members = await chatOf(this).stores.members.find(filter, {
      fields: ["user_id", "last_read_seq", "read_above", "left_at"],
    });
    return members
      .filter((m) => !m.left_at)
      .map(({ user_id, last_read_seq, read_above }) => ({
        userId: user_id,
        seq: last_read_seq,
        above: read_above.map(([from, to]) => ({ from, to })),
      }));
  }),
  authors: act("chat.authors", async function (_caller, { messageIds }) {
    const found = await chatOf(this).stores.messages.find({ _id: { $in: messageIds } }, { fields: ["sender_id"] });
    return found.map(({ _id, sender_id }) => ({ messageId: _id, userId: sender_id }));
  }),
  applyBlock: act("chat.applyBlock", async function (_caller, { userId, blockedId }, ctx) {
    const pair = await chatOf(this).stores.conversations.findOne({ pair_key: pairKey(userId, blockedId) });
    if (pair && !pair.deleted_at) await unlessDone(run(ctx, pair._id, { kind: "blocks" }));
    return {};
  }),
  accountChanged: act("chat.accountChanged", async function (_caller, { userId }) {
    await chatOf(this).departures.of(userId);
    return {};
  }),
  inspect: act("chat.inspect", async function () {
    const { actors, stores } = chatOf(this);
    const { active, waiting } = actors.stats();
    const outbox = await stores.conversations.count({ outbox: true });
    const busiest = [...actors.list()].sort((a, b) => b.waiting - a.waiting || a.idleMs - b.idleMs).slice(0, 20);
    const shown = busiest.map(({ key, ...rest }) => ({
      conversationId: key,
      ...rest,
      idleMs: Math.round(rest.idleMs),
    }));
    return { node: this.broker.nodeID, actors: active, waiting, outbox, busiest: shown };
  }),
  health: act("chat.health", function () {
    const { conversations } = storesOf<typeof collections>(this); // asked before the service has started, too
    return probe({ documents: () => conversations.findOne({ _id: "0".repeat(24) }) });
  }),
};
