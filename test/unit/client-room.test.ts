/** Where a conversation stands in the list. */
import { systemClock } from "../../client/src/clock";
import { type Conversation, type Message } from "../../client/src/protocol";
import { Room } from "../../client/src/room";

const ME = 1;
const before = "2030-01-01T00:00:00.000Z";
const after = "2030-01-02T00:00:00.000Z";
const conversation = {
  _id: "c",
  type: "group",
  participants: [ME, 2],
  status: "accepted",
  last_seq: 4,
  last_read_seq: 4,
  unreadCount: 0,
  lastMessage: null,
  hidden: false,
  updated_at: before,
} as unknown as Conversation;
const message = { _id: "m", conversation_id: "c", seq: 5, version: 1, sender_id: 2, created_at: after } as Message;

test("a conversation stays where its newest message has put it, also once that is read", () => {
  const room = new Room(conversation, 4, ME, systemClock);
  room.apply({ ...message, type: "text", reply_to: null, seen_by: [], delivery_info: [], deleted_at: null } as never);
  expect(room.conversation.updated_at).toBe(after);
  room.readUpTo({ userId: ME, seq: 5, timestamp: null });
  expect(room.conversation).toMatchObject({ updated_at: after, unreadCount: 0, last_seq: 5 });
});
