import { codeOf } from "../../contracts/errors";
import { type ChatSystem, startChat } from "../support/chat";

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat({ CUSTOM_REACTIONS: "party-parrot, +1" });
});
afterAll(() => chat.stop());

const refusal = (code: string) => expect.objectContaining({ type: code });

describe("one member's nonsense", () => {
  it("fails no send of the others, whatever it is", async () => {
    const [a, b, mean] = [1, 2, 3];
    const { _id } = await chat.group(a, b, mean);
    const { _id: messageId } = await chat.send(a, _id, "hello");
    const nonsense = [...Object.getOwnPropertyNames(Object.prototype), "\ud83d", "\u202e", "\u200b", "👍\u2060"];
    const outcomes = await Promise.allSettled(
      nonsense.flatMap((emoji, i) => [
        chat.send(i % 2 ? a : b, _id, `honest ${i}`),
        chat.as(mean)("chat.react", { messageId, emoji }),
        chat.as(mean)("chat.unreact", { messageId, emoji }),
      ]),
    );
    outcomes.forEach((outcome, i) => {
      if (i % 3 === 0) expect(outcome.status).toBe("fulfilled");
      else expect(codeOf((outcome as PromiseRejectedResult).reason)).toBe("BAD_REQUEST");
    });
    expect((await chat.as(a)("chat.message", { messageId })).reactions).toEqual({});
  });

  it("fails only its own command where it finds a bug of ours, and leaves nothing half done", async () => {
    const { _id } = await chat.group(4, 5, 6);
    const run = (userId: number, command: object) =>
      chat.broker.call("chat.run", { conversationId: _id, command }, { meta: { caller: { userId, roles: [] } } });
    const bug = { kind: "send", content: "x", attachments: [], type: "text", clientId: "k", mentions: 5 };
    const renamed = { kind: "update", name: "fine" };
    const outcomes = await Promise.allSettled([
      chat.send(4, _id, "one"),
      run(5, { ...bug, mentions: { length: 1 } }),
      run(4, renamed),
      run(6, { kind: "send", content: null, attachments: [], clientId: "k" }),
      chat.send(5, _id, "two"),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    const list = await chat.as(6)("chat.messages", { conversationId: _id, limit: 20 });
    expect(list.map(({ seq, content }) => [seq, content])).toEqual([
      [3, "two"],
      [2, "The group is now called fine."],
      [1, "one"],
    ]);
  });
});

describe("a reaction", () => {
  it("has one form, however its emoji is spelled", async () => {
    const { _id } = await chat.group(7, 8);
    const { _id: messageId } = await chat.send(7, _id, "hello");
    await chat.as(7)("chat.react", { messageId, emoji: "❤" });
    await chat.as(8)("chat.react", { messageId, emoji: "❤️" });
    const { reactions } = await chat.as(8)("chat.react", { messageId, emoji: "❤\ufe0e" });
    expect(reactions).toEqual({ "❤️": [7, 8] });
    expect((await chat.as(7)("chat.unreact", { messageId, emoji: "❤" })).reactions).toEqual({ "❤️": [8] });
    expect(chat.heard(8, "message:reaction").map(({ emoji }) => emoji)).toEqual(["❤️", "❤️", "❤️"]);
  });

  it("may be a name that is registered, and no other", async () => {
    const { _id } = await chat.group(7, 8);
    const { _id: messageId } = await chat.send(7, _id, "hello");
    await chat.as(7)("chat.react", { messageId, emoji: "party-parrot" });
    const { reactions } = await chat.as(8)("chat.react", { messageId, emoji: "+1" });
    expect(reactions).toEqual({ "party-parrot": [7], "+1": [8] });
    await expect(chat.as(8)("chat.react", { messageId, emoji: "-1" })).rejects.toEqual(refusal("BAD_REQUEST"));
  });
});
