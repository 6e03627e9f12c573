/** Names in titles are those that people have now: of a deleted account none is left, however old the title. */
import { type Params } from "../../contracts/actions";
import { DELETED_NAME } from "../../contracts/shapes";
import { newId } from "../../mixins/documents";
import { publish } from "../../platform/bus";
import { publishFact } from "../../platform/facts";
import { contextOf } from "../../services/notifications/context";
import { keyOfMessage } from "../../services/notifications/ids";
import { until } from "../support/facts";
import { fact, message, type Node, notificationsNode } from "../support/notifications";

let node: Node;
beforeEach(async () => {
  node = await notificationsNode();
});
afterEach(() => node.broker.stop());

const renamed = async (user_id: number, username: string, tellIt = true): Promise<void> => {
  node.world.users.set(user_id, { username, created_at: "" });
  const profile = {
    user_id,
    username,
    avatar_url: null,
    custom: {},
    status: "active" as const,
    created_at: new Date(0).toISOString(),
  };
  if (tellIt) await publish(node.broker, "users.changed", { userId: user_id, profile });
};
const titles = async (params: Partial<Params<"notifications.list">> = {}): Promise<string[]> =>
  (await node.as(2, "notifications.list", { limit: 100, ...params })).map(({ title }) => title).sort();

async function scene() {
  await renamed(1, "Ann Lee");
  const [pair, group] = [message({ sender_id: 1 }), message({ sender_id: 1 })];
  await publishFact(node.broker, "message.created", fact({ messages: [pair] }));
  await publishFact(
    node.broker,
    "message.created",
    fact({ type: "group", name: "Ann Lee's friends", messages: [{ ...group, conversation_id: "1".repeat(24) }] }),
  );
  const invite = { factId: "f", conversationId: "2".repeat(24), name: "Crew", userId: 2, actorId: 1 };
  await publishFact(node.broker, "group_invite.created", { ...invite, at: new Date().toISOString() });
  return { pair, group };
}
const told = (name: string): string[] => [name, `${name} added you to Crew`, `${name} in Ann Lee's friends`].sort();

it("a deleted account's is in no title through any door, live ones of later edits included", async () => {
  const { pair } = await scene();
  expect(await titles()).toEqual(told("Ann Lee"));
  await renamed(1, DELETED_NAME);
  expect(await titles()).toEqual(told(DELETED_NAME));
  expect(await titles({ group: true })).toEqual(told(DELETED_NAME));
  expect(await titles({ unreadOnly: true })).toEqual(told(DELETED_NAME));
  for (const { _id } of await node.list(2)) {
    const [shown, read] = [
      await node.as(2, "notifications.get", { notificationId: _id }),
      await node.as(2, "notifications.read", { notificationId: _id }),
    ];
    expect([shown.title, read.title]).toEqual([expect.stringMatching(/^deleted user/), shown.title]);
  }
  await node.online(2);
  await publishFact(node.broker, "message.changed", fact({ messages: [{ ...pair, content: "edited", version: 2 }] }));
  expect(node.events(2, "notification:updated")).toMatchObject([{ title: DELETED_NAME, content: "edited" }]);
  await publishFact(node.broker, "message.created", fact({ messages: [message({ sender_id: 1 })] }));
  expect(node.events(2, "notification:created")).toMatchObject([{ title: DELETED_NAME }]);
});

it("a new name is in the old titles, also where nobody had told this node", async () => {
  await scene();
  await renamed(1, "Ann");
  expect(await titles()).toEqual(told("Ann"));
  await renamed(1, "Bea", false);
  expect(await titles()).toEqual(told("Ann"));
});

it("what was stored without the name beside it keeps its title until the account is gone", async () => {
  const { group } = await scene();
  const { notifications } = contextOf(node.broker.getLocalService("notifications")).stores;
  await notifications.updateMany({ _id: keyOfMessage(group._id) }, { $unset: { actor_name: true } } as never);
  await renamed(1, "Ann");
  expect(await titles()).toContain("Ann Lee in Ann Lee's friends");
  await renamed(1, DELETED_NAME);
  expect((await titles()).filter((title) => title.includes("Ann Lee in"))).toEqual([]);
});

it("a title whose author had no name to be had is as it was", async () => {
  node.world.failProfiles = true;
  await publishFact(
    node.broker,
    "message.created",
    fact({ type: "group", name: "Crew", messages: [message({ sender_id: 7 })] }),
  );
  node.world.failProfiles = false;
  expect(await titles()).toEqual(["Crew"]);
});

it("of the oldest ones, which do not say whose doing they are, the name goes all the same", async () => {
  const at = new Date(Date.now() - 100_000);
  const [kept, renamedOne, gone, lost] = Array.from({ length: 4 }, () => newId()) as [string, string, string, string];
  const old = (n: number, source: string, title: string, more: object = {}) => ({
    _id: newId(),
    user_id: 2,
    source: `${source}:2`,
    title,
    content: `old ${n}`,
    type: "message" as const,
    related_id: "b".repeat(24),
    is_read: false,
    created_at: new Date(at.getTime() + n),
    updated_at: at,
    ...more,
  });
  const { notifications } = contextOf(node.broker.getLocalService("notifications")).stores;
  await notifications.insert([
    old(1, `message:${kept}`, "Ann in Crew"),
    old(2, `message:${renamedOne}`, "Bob in Crew"),
    old(3, `message:${gone}`, "Carl"),
    old(4, `message:${lost}`, "Dora"),
    old(5, `invite:${gone}`, "Carl added you to Crew", { type: "group_invite" }),
    old(6, `invite:${lost}`, "Dora added you to Crew", { type: "group_invite" }),
    old(7, "broadcast:x", "Carl is the name of our new office", { type: "system", related_id: null }),
  ] as never[]);
  for (const [id, userId] of [
    [kept, 1],
    [renamedOne, 3],
    [gone, 4],
  ] as const)
    node.world.authors.set(id, userId);
  await renamed(1, "Ann");
  await renamed(3, "Robert");
  await renamed(4, DELETED_NAME);
  contextOf(node.broker.getLocalService("notifications")).start(); // as after an update: they are brought into the new form
  await until(async () => (await notifications.count({ user_id: { $gt: 0 } })) === 0);
  const shown = ["Added to a group", "Ann in Crew", "Carl is the name of our new office", "New message", "Robert"];
  expect(await titles()).toEqual([...shown, DELETED_NAME, DELETED_NAME].sort());
});
