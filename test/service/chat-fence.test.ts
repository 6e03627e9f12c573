/** Two actors of one conversation, on a store whose updates find first and write the whole document then. */
import { codeOf } from "../../contracts/errors";
import { setTimeout as sleep } from "node:timers/promises";
import type * as stored from "../../mixins/documents";
import { chatOf, ChatContext } from "../../services/chat/chat";
import { type CommandBody } from "../../services/chat/conversation/commands";
import { type ConversationDoc, type MessageDoc } from "../../services/chat/conversation/documents";
import { follow, tidyCommits } from "../../services/chat/host/commits";
import { type ChatSystem, startChat } from "../support/chat";
import { hasFerretdb, startMongo } from "../support/ferretdb";
import { type Server } from "../support/servers";
import { claims, documentsOf } from "../support/truth";

let isTorn = true;
jest.mock("../../mixins/documents", () => {
  const real = jest.requireActual<typeof stored>("../../mixins/documents");
  return {
    ...real,
    transactionOf: () => undefined,
    updatesWhole: (service: never) => !isTorn && real.updatesWhole(service),
  };
});

const founders = [1, 2, 3, 4];
const nobody = { mentions: [], named: [], all: false };
const draft = (content: string) =>
  ({ kind: "send", content, attachments: [], type: "text", clientId: content, ...nobody }) as const;

let chat: ChatSystem;
let elsewhere: ChatContext;
const here = () => chatOf(chat.broker.getLocalService("chat"));
/** How long an update takes between finding its document and writing it. */
let gap = (): number => 0;

type Start = () => Promise<Server | undefined>;
const torn = ["the embedded store, torn", () => Promise.resolve(undefined)] as [string, Start];
const stores = hasFerretdb() ? [torn, ["FerretDB", startMongo] as [string, Start]] : [torn];

describe.each(stores)("on %s", (name, startStore) => {
  let server: Server | undefined;
  beforeAll(async () => {
    server = await startStore();
    isTorn = name !== "FerretDB";
    chat = await startChat(server ? { MONGODB_URI: server.url } : {});
    elsewhere = new ChatContext(chat.broker.getLocalService("chat"));
    expect(here().stores.commits).toBeDefined();
    if (!isTorn) return;
    const { conversations } = here().stores;
    const write = conversations.updateOne.bind(conversations);
    conversations.updateOne = async (filter, change) => {
      const found = await conversations.findOne(filter);
      if (!found) return 0;
      await sleep(gap());
      const { _id, ...whole } = found;
      return write({ _id }, { $set: { ...whole, ...change.$set } });
    };
  });
  afterAll(async () => {
    await elsewhere.stop();
    await chat.stop();
    await server?.stop();
  });

  /** Again until it is decided. */
  async function run(context: ChatContext, id: string, userId: number, body: CommandBody): Promise<unknown> {
    for (;;)
      try {
        return await context.actors.tell(id, { userId, staff: false, body });
      } catch (error) {
        if (codeOf(error) !== "UNAVAILABLE") return undefined;
      }
  }

  /**
   * Nobody waits for the write that clears what was to be redone; where a late one of the other was written over it, the next
   * turn clears it.
   */
  async function settled(context: ChatContext, id: string): Promise<void> {
    for (let pinned = true; ; pinned = !pinned) {
      await run(context, id, 4, { kind: "settings", pinned });
      for (let looks = 0; looks < 100; looks++) {
        if (!(await here().stores.conversations.findOne({ _id: id }))?.redo) return;
        await sleep(20);
      }
    }
  }

  const commands = (round: number, n: number, messages: readonly MessageDoc[]): [number, CommandBody][] => [
    [2, draft(`${round} ${n}`)],
    [1, { kind: "pinMessage", messageId: messages[n % 8]!._id, pinned: n % 3 > 0 }],
    [2, { kind: "deleteMessage", messageId: messages[n % 8]!._id, forMe: false }],
    [1, { kind: "update", slow_mode: n % 2 ? 5 : 0 }],
    [1, n % 2 ? { kind: "addMember", userId: 5, how: "added" } : { kind: "removeMember", userId: 5 }],
    [1, { kind: "setRole", userId: 3, role: n % 2 ? "moderator" : "member" }],
    [4, { kind: "markRead" }],
  ];

  test("nothing that one has committed is written over by the other", async () => {
    for (let round = 0; round < (server ? 2 : 4); round++) {
      gap = () => 0;
      const { _id: id } = await chat.group(...founders);
      const messages: MessageDoc[] = [];
      for (let i = 0; i < 8; i++) messages.push((await run(here(), id, 2, draft(`first ${i}`))) as MessageDoc);
      gap = () => Math.random() * 4;
      const acked: string[] = [];
      const work = async (context: ChatContext, which: number): Promise<void> => {
        for (let n = 0; n < 12; n++) {
          const all = commands(round, 2 * n + which, messages);
          const [by, body] = all[Math.floor(Math.random() * all.length)]!;
          const done = await run(context, id, by, body);
          if (done && body.kind === "send") acked.push((done as MessageDoc)._id);
        }
      };
      await Promise.all([work(here(), 0), work(elsewhere, 1)]);
      gap = () => 0;
      await sleep(20);
      for (const context of [here(), elsewhere, here()]) await settled(context, id);
      const documents = await documentsOf(here().stores, id);
      const { said, true: truth } = claims(documents, founders);
      expect(said).toEqual(truth);
      expect(documents.messages.map((m) => m._id)).toEqual(expect.arrayContaining(acked));
    }
  });

  test("a commit that was written over is followed again, and its row goes when nothing can be late any more", async () => {
    const { conversations, commits } = here().stores;
    const { _id: id } = await chat.group(...founders);
    const before = (await conversations.findOne({ _id: id })) as ConversationDoc;
    await run(here(), id, 1, { kind: "update", slow_mode: 5 });
    await run(here(), id, 1, { kind: "update", slow_mode: 10 });
    await run(here(), id, 2, { kind: "markRead" });
    const after = (await conversations.findOne({ _id: id })) as ConversationDoc;
    const { _id, ...whole } = before;
    await conversations.updateOne({ _id }, { $set: whole }); // somebody slow
    expect((await conversations.findOne({ _id: id }))?.pos).toBe(before.pos);
    expect(await follow(here().stores, id)).toBe(true);
    expect(await conversations.findOne({ _id: id })).toMatchObject({ pos: after.pos, slow_mode: 10 });
    await tidyCommits(here().stores, () => true);
    expect(await commits!.count({ conversation_id: id })).toBeGreaterThan(0);
    const late = Date.now() + 60_000;
    jest.spyOn(Date, "now").mockReturnValue(late);
    await tidyCommits(here().stores, () => false);
    expect(await commits!.count({ conversation_id: id })).toBeGreaterThan(0);
    await tidyCommits(here().stores, () => true);
    jest.restoreAllMocks();
    expect(await commits!.count({ conversation_id: id })).toBe(0);
    expect(await follow(here().stores, id)).toBe(false);
  });

  test("who dies between the commit and what follows it has committed all the same", async () => {
    const { conversations } = here().stores;
    const { _id: id } = await chat.group(...founders);
    const update = jest.spyOn(conversations, "updateOne").mockRejectedValueOnce(new Error("killed"));
    await here()
      .actors.tell(id, { userId: 1, staff: false, body: { kind: "update", slow_mode: 7 } })
      .catch(() => undefined);
    expect(update).toHaveBeenCalled();
    update.mockRestore();
    await run(elsewhere, id, 4, { kind: "markRead" });
    expect(await conversations.findOne({ _id: id })).toMatchObject({ slow_mode: 7 });
  });
});
