/** The rows of the service's table that read: what the caller may know, as it is stored. */
import { type Conversation } from "../../../contracts/shapes";
import { act } from "../../../platform/service";
import { chatOf } from "../chat";
import { membershipOf, placeOf, summariesOf } from "./access";
import { evidenceOf } from "./evidence";
import { listConversations } from "./list";
import { listMembers } from "./members";
import * as reads from "./reads";
import { savedMessages } from "./saved";
import { threadSummaries } from "./threads";

export const queryRows = {
  list: act("chat.list", function (caller, p) {
    return listConversations(chatOf(this).stores, caller.userId, p);
  }),
  get: act("chat.get", async function (caller, p) {
    const place = await placeOf(chatOf(this).stores, caller.userId, p.conversationId);
    const [view] = await reads.conversationsOf(chatOf(this).stores, [place]);
    return view as Conversation;
  }),
  look: act("chat.look", function (caller, p) {
    return reads.lookedAt(chatOf(this).stores, caller.userId, p.conversationId);
  }),
  join: act("chat.join", async function (caller, p) {
    await membershipOf(chatOf(this).stores, caller.userId, p.conversationId);
    return {};
  }),
  mine: act("chat.mine", async function (caller) {
    return [...(await summariesOf(chatOf(this).stores, caller.userId)).places.keys()];
  }),
  members: act("chat.members", function (caller, p) {
    const { stores: of, names, presence } = chatOf(this);
    return listMembers(of, names, presence, caller.userId, p);
  }),
  messages: act("chat.messages", function (caller, p) {
    return reads.listMessages(chatOf(this).stores, caller.userId, p);
  }),
  message: act("chat.message", function (caller, p) {
    return reads.oneMessage(chatOf(this).stores, caller.userId, p.messageId);
  }),
  status: act("chat.status", function (caller, p) {
    return reads.statusOf(chatOf(this).stores, caller.userId, p.messageId);
  }),
  thread: act("chat.thread", function (caller, p) {
    return reads.thread(chatOf(this).stores, caller.userId, p);
  }),
  threadSummaries: act("chat.threadSummaries", function (caller, p) {
    return threadSummaries(chatOf(this).stores, caller.userId, p.messageIds);
  }),
  ownVote: act("chat.ownVote", function (caller, p) {
    return reads.ownVote(chatOf(this).stores, caller.userId, p.messageId);
  }),
  saved: act("chat.saved", function (caller, p) {
    return savedMessages(chatOf(this).stores, caller.userId, p);
  }),
  history: act("chat.history", function (caller, p) {
    return reads.history(chatOf(this).stores, caller.userId, p.messageId);
  }),
  pins: act("chat.pins", function (caller, p) {
    return reads.pinsOf(chatOf(this).stores, caller.userId, p.conversationId);
  }),
  search: act("chat.search", function (caller, p) {
    return chatOf(this).search.find(caller.userId, p);
  }),
  sync: act("chat.sync", function (caller, p) {
    return chatOf(this).sync.of(caller.userId, p);
  }),
  presence: act("chat.presence", function (caller, p) {
    return chatOf(this).presence.get(caller.userId, p.userIds);
  }),
  unread: act("chat.unread", function (caller) {
    return reads.unread(chatOf(this).stores, caller.userId);
  }),
  evidence: act("chat.evidence", function (_caller, p) {
    return evidenceOf(chatOf(this).stores, p);
  }),
};
