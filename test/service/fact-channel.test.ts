/** The channel of facts within one process, and that it is shut where nobody has opened it. */
import { type Happened } from "../../contracts/facts";
import { newId } from "../../mixins/documents";
import { call } from "../../platform/bus";
import { contextOf } from "../../services/notifications/context";
import { factChannelContract } from "../support/fact-channel";
import { notificationsNode } from "../support/notifications";

describe("in one process", () => factChannelContract(() => ({})));

test("is shut unless it is opened", async () => {
  const { broker } = await notificationsNode();
  const data = { conversationId: newId(), userId: 1, actorId: 1 };
  const facts: Happened[] = [{ type: "member.added", key: newId(), at: new Date().toISOString(), data }];
  await call(broker, "notifications.record", { log: "facts", facts });
  const { stores } = contextOf(broker.getLocalService("notifications"));
  expect(await stores.factChannel.count({})).toBe(0);
  await broker.stop();
});
