import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startChat } from "moleculer-chat/testing";

const chat = await startChat();
after(() => chat.stop());

void test("what ann says while bob is cut off reaches him", async () => {
  const [ann, bob] = [await chat.user("ann"), await chat.user("bob")];
  const heard = new Promise((resolve) => bob.on("message:created", ({ content }) => resolve(content)));
  const room = await ann.group({ name: "walks", members: [bob.me!.user_id] });
  await chat.cut("bob");
  room.send("are you there?");
  assert.equal(await heard, "are you there?");
});
