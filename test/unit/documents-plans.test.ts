/** Every question that services ask of large collections is answered by an index, in order where an order is asked for. */
import { Database } from "../../mixins/documents/embedded/database";
import { Layout } from "../../mixins/documents/embedded/layout";
import { type AnyFilter, orderOf, type Sort, whereOf } from "../../mixins/documents/embedded/query";
import { type Collection } from "../../mixins/documents";
import { collections as chat } from "../../services/chat/host/collections";
import { collections as notifications } from "../../services/notifications/documents";
import { theirsIn, unreadIn } from "../../services/notifications/marks";
import { collections as uploads } from "../../services/uploads/attachments";

const now = new Date();
const some = { $in: ["a", "b"] };
const conversation_id = "c";
type Question = [filter: AnyFilter, sort?: Sort];
const questions: [Collection<never>, Question[]][] = [
  [
    chat.messages as never,
    [
      [{ _id: "m" }],
      [{ _id: some, deleted_at: null }],
      [{ conversation_id, seq: { $lt: 9 } }, [["seq", -1]]],
      [{ conversation_id, seq: { $gt: 9 }, deleted_at: null }, [["seq", 1]]],
      [{ conversation_id }, [["seq", -1]]],
      [{ conversation_id, changed_pos: { $gt: 9 } }, [["changed_pos", 1]]],
      [{ conversation_id, created_at: { $lte: now } }, [["created_at", -1]]],
      [{ conversation_id, pinned_at: { $gt: now } }],
      [{ conversation_id, attachments: "url" }],
      [{ conversation_id, attachments: "url", _id: { $nin: ["a", "b"] } }],
      [{ conversation_id, $or: [{ sender_id: 1, client_id: "x" }] }],
      [{ thread_id: some, deleted_at: null }],
    ],
  ],
  [
    chat.conversations as never,
    [
      [{ participants: 7 }],
      [{ participants: 7, admin_id: 7 }],
      [{ pair_key: "1:2" }],
      [{ outbox: true, _id: { $gt: "" } }, [["_id", 1]]],
    ],
  ],
  [
    chat.members as never,
    [
      [{ user_id: 7 }],
      [{ conversation_id, user_id: some }],
      [{ user_id: 7, left_at: { $gt: now } }],
      [{ user_id: 7, saved_at: { $gt: now } }],
    ],
  ],
  [
    chat.later as never,
    [
      [{ user_id: 7, kind: "message" }],
      [{ due_at: { $lte: now } }, [["due_at", 1]]],
      [{ conversation_id, attachments: "/files/1" }],
    ],
  ],
  [chat.receipts as never, [[{ keys: some }]]],
  [chat.lastSeen as never, [[{ user_id: some }]]],
  [
    notifications.notifications as never,
    [
      [{ feed: "f", position: { $gt: 9 } }, [["position", 1]]],
      [{ feed: "f", created_at: { $lt: now } }, [["created_at", -1]]],
      [
        { feed: "f", created_at: { $lt: now, $gte: now } },
        [
          ["created_at", 1],
          ["position", 1],
        ],
      ],
      [{ unread_by: 7 }],
    ],
  ],
  [
    uploads.attachments as never,
    [
      [{ owner_id: 7 }],
      [{ object_key: some }],
      [{ owner_id: 7, source_sha256: some }],
      [{ orphan_since: { $lt: now } }],
    ],
  ],
];

const database = new Database(":memory:");
afterAll(() => database.close());

describe.each(questions.map(([collection, asked]) => [collection.name, collection, asked] as const))(
  "%s",
  (_, collection, asked) => {
    const layout = new Layout(collection as never);
    layout.makeTables(database);
    layout.makeIndexes(database);
    test.each(asked.map(([filter, sort]) => [JSON.stringify(filter), filter, sort ?? []] as const))(
      "%s",
      (_text, filter, sort) => {
        const { sql } = whereOf(layout, filter);
        const plan = database.plan(`SELECT _doc FROM ${layout.table} WHERE ${sql}${orderOf(layout, sort)} LIMIT 50`);
        expect(plan.filter((step) => /^SCAN (?!json_each)/.test(step) || step.includes("TEMP B-TREE"))).toEqual([]);
        expect(plan.some((step) => step.startsWith("SEARCH"))).toBe(true);
      },
    );
  },
);

test.each([
  ["messages", chat.messages, { conversation_id, attachments: "url" }],
  ["messages, but for some", chat.messages, { conversation_id, attachments: "url", _id: { $nin: ["a", "b"] } }],
  ["messages, in another order", chat.messages, { attachments: "url", $and: [{ conversation_id }] }],
  ["later", chat.later, { conversation_id, attachments: "url" }],
  ["notifications", notifications.notifications, { feed: "f", unread_by: 7 }],
] as unknown as [string, Collection<never>, AnyFilter][])(
  "who asks for an element of a list within something large is led by the list: %s",
  (_, collection, filter) => {
    const layout = new Layout(collection as never);
    const { sql } = whereOf(layout, filter);
    const plan = database.plan(`SELECT _doc FROM ${layout.table} WHERE ${sql} LIMIT 1`);
    expect(plan[0]).toBe(`SEARCH ${collection.name} USING INTEGER PRIMARY KEY (rowid=?)`);
    const list = Object.keys(filter).find((field) => layout.lists.includes(field));
    expect(plan).toContain(`SEARCH ${collection.name}.${list} USING PRIMARY KEY (value=?)`);
  },
);

const cursor = { read: 3, gone: 3 };
test.each([
  ["what is theirs", theirsIn("f", 7, cursor, now)],
  ["what is theirs up to a position", { $and: [theirsIn("f", 7, cursor, now), { position: { $lte: 9 } }] }],
  ["what is theirs and older", { $and: [theirsIn("f", 7, cursor, now), { created_at: { $lte: now } }] }],
  ["what they have not read", unreadIn("f", 7, cursor)],
] as unknown as [string, AnyFilter][])("of much in a feed is walked along the time and not sorted: %s", (_, filter) => {
  const layout = new Layout(notifications.notifications as never);
  const planOf = (along?: string): string[] => {
    const { sql } = whereOf(layout, filter, along);
    const sort: Sort = [
      ["created_at", -1],
      ["position", -1],
    ];
    return database.plan(`SELECT _doc FROM ${layout.table} WHERE ${sql}${orderOf(layout, sort)} LIMIT 50`);
  };
  expect(planOf("created_at").join()).toContain("feed,-created_at,-position");
  expect(planOf("created_at").join()).not.toContain("TEMP B-TREE");
  expect(planOf().join()).toContain("feed"); // little of it: by an index, whatever is sorted then
});

test("a question without an index would be noticed", () => {
  const layout = new Layout(chat.messages as never);
  const { sql } = whereOf(layout, { content: "x" });
  expect(database.plan(`SELECT _doc FROM messages WHERE ${sql}`)).toContain("SCAN messages");
});
