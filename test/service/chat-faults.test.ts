/** Every command, with every operation it asks of the store failed or held up once: nothing stalls, nothing tears. */
import { codeOf } from "../../contracts/errors";
import type * as stored from "../../mixins/documents";
import { chatOf, ChatContext } from "../../services/chat/chat";
import { type CommandBody } from "../../services/chat/conversation/commands";
import { type MessageDoc } from "../../services/chat/conversation/documents";
import { type ChatSystem, startChat } from "../support/chat";
import { eventually } from "../support/eventually";
import { type Fault, Faults, isWrite } from "../support/faults";
import { claims, documentsOf } from "../support/truth";

const ways = ["in steps", "as a transaction", "behind a fence"] as const;
let way: (typeof ways)[number] = "in steps";
let faults = new Faults();
jest.mock("../../mixins/documents", () => {
  const real = jest.requireActual<typeof stored>("../../mixins/documents");
  return {
    ...real,
    transactionOf: (service: never) => {
      const transact = real.transactionOf(service);
      return way !== "as a transaction" || !transact ? undefined : faults.through(transact);
    },
    updatesWhole: () => way !== "behind a fence",
  };
});

const [admin, moderator, member, other] = [1, 2, 3, 4];
const founders = [admin, moderator, member, other];
/** 1: by the admin, 2: by the member, 3: a reply of the moderator to it, 4: by the admin; and a promotion as 5. */
interface Stage {
  readonly id: string;
  readonly messages: readonly MessageDoc[];
}
type Command = (stage: Stage) => { readonly by: number; readonly body: CommandBody };

const nobody = { mentions: [], named: [], all: false };
const draft = (content: string, more: object = {}) =>
  ({
    kind: "send",
    content,
    attachments: [],
    type: "text",
    clientId: `key ${content}`,
    ...nobody,
    ...more,
  }) as const;

/** One at least of every kind that writes. */
const inGroup: Record<string, Command> = {
  send: () => ({ by: member, body: draft("hello") }),
  reply: ({ messages }) => ({ by: member, body: draft("answer", { replyTo: messages[0]!._id }) }),
  edit: ({ messages }) => ({
    by: member,
    body: { kind: "edit", messageId: messages[1]!._id, content: "edited", ...nobody },
  }),
  "edit of the last": ({ messages }) => ({
    by: admin,
    body: { kind: "edit", messageId: messages[3]!._id, content: "new", ...nobody },
  }),
  "delete for all": ({ messages }) => ({
    by: member,
    body: { kind: "deleteMessage", messageId: messages[1]!._id, forMe: false },
  }),
  "delete for oneself": ({ messages }) => ({
    by: other,
    body: { kind: "deleteMessage", messageId: messages[0]!._id, forMe: true },
  }),
  react: ({ messages }) => ({
    by: other,
    body: { kind: "react", messageId: messages[0]!._id, emoji: "👍", added: true },
  }),
  pinMessage: ({ messages }) => ({
    by: admin,
    body: { kind: "pinMessage", messageId: messages[0]!._id, pinned: true },
  }),
  "receipt: read": ({ messages }) => ({
    by: other,
    body: { kind: "receipt", messageIds: [messages[1]!._id], status: "read" },
  }),
  "receipt: delivered": ({ messages }) => ({
    by: other,
    body: { kind: "receipt", messageIds: [messages[2]!._id], status: "delivered" },
  }),
  markRead: () => ({ by: other, body: { kind: "markRead" } }),
  "markRead up to": () => ({ by: other, body: { kind: "markRead", seq: 3 } }),
  update: () => ({ by: admin, body: { kind: "update", name: "renamed" } }),
  addMember: () => ({ by: admin, body: { kind: "addMember", userId: 5, how: "added" } }),
  removeMember: () => ({ by: admin, body: { kind: "removeMember", userId: member } }),
  leave: () => ({ by: admin, body: { kind: "removeMember", userId: admin } }),
  promote: () => ({ by: admin, body: { kind: "setRole", userId: member, role: "moderator" } }),
  transfer: () => ({ by: admin, body: { kind: "setRole", userId: member, role: "admin" } }),
  settings: () => ({ by: other, body: { kind: "settings", muted: true, pinned: true } }),
  hide: () => ({ by: other, body: { kind: "settings", hidden: true } }),
  clear: () => ({ by: other, body: { kind: "clear" } }),
  delete: () => ({ by: admin, body: { kind: "delete" } }),
};
const inPair: Record<string, Command> = {
  accept: () => ({ by: moderator, body: { kind: "accept" } }),
  decline: () => ({ by: moderator, body: { kind: "decline" } }),
  reopen: () => ({ by: moderator, body: { kind: "reopen" } }),
  block: () => ({ by: 0, body: { kind: "blocks" } }),
  "answer by writing": () => ({ by: moderator, body: draft("yes") }),
};
const kinds = [
  ...Object.entries(inGroup).map(([name, command]) => ({ name, command, pair: false })),
  ...Object.entries(inPair).map(([name, command]) => ({ name, command, pair: true })),
];

/** Of what a fence is for, one of each form: messages, changes of one, of members, of the conversation, its end. */
const behindFence = new Set(["send", "edit", "addMember", "transfer", "update", "markRead", "delete", "accept"]);

describe.each(ways)("a turn that is written %s", (how) => {
  let chat: ChatSystem;
  /** Another node's view of the same store. */
  let elsewhere: ChatContext;
  let people = 100;
  const stages: { stage: Stage; founders: readonly number[] }[] = [];
  const here = () => chatOf(chat.broker.getLocalService("chat"));

  const run = (context: ChatContext, by: number, { id }: Stage, body: CommandBody): Promise<unknown> =>
    context.actors.tell(id, { userId: by, staff: false, body });

  beforeAll(async () => {
    way = how;
    faults = new Faults();
    chat = await startChat();
    elsewhere = new ChatContext(chat.broker.getLocalService("chat"));
    // Another node would not host them: its sweep would wake a conversation just before it is to be woken.
    jest.spyOn(elsewhere.outbox, "sweep").mockResolvedValue(undefined);
    faults.install(here().stores);
  });
  afterAll(async () => {
    await elsewhere.stop();
    await chat.stop();
  });
  it("is written so", () => expect(here().stores.transact !== undefined).toBe(how === "as a transaction"));

  async function group(): Promise<Stage> {
    const { _id: id } = await chat.group(...founders);
    const stage = { id, messages: [] };
    const first = [run(here(), admin, stage, draft("one")), run(here(), member, stage, draft("two"))];
    const [, two] = (await Promise.all(first)) as MessageDoc[];
    await Promise.all([
      run(here(), moderator, stage, draft("three", { replyTo: two!._id })),
      run(here(), admin, stage, draft("four")),
      run(here(), admin, stage, { kind: "setRole", userId: moderator, role: "moderator" }),
      run(here(), moderator, stage, { kind: "markRead" }),
    ]);
    stages.push({ stage, founders });
    return { id, messages: (await documentsOf(here().stores, id)).messages };
  }

  async function pair(): Promise<Stage> {
    const [a, b] = [people++, people++];
    const { _id: id } = await chat.as(a)("chat.create", { participantIds: [b], content: "may I?" });
    stages.push({ stage: { id, messages: [] }, founders: [a, b] });
    return { id, messages: (await documentsOf(here().stores, id)).messages };
  }

  /** Users of a pair are others each time: 1 is who asked, 2 who was asked. */
  async function scene(inPair: boolean, command: Command) {
    const stage = inPair ? await pair() : await group();
    const users = stages.at(-1)!.founders;
    const { by, body } = command(stage);
    if (body.kind === "reopen") await run(here(), users[1]!, stage, { kind: "decline" });
    await new Promise((resolve) => setImmediate(resolve)); // the command begins a run of its own, not the end of another
    const real = (id: number) => (inPair && id ? (users[id - 1] as number) : id);
    if (body.kind === "blocks") chat.blocks.add(`${users[1]}>${users[0]}`);
    return { stage, users, send: (context: ChatContext) => run(context, real(by), stage, body) };
  }

  async function sound(stage: Stage, users: readonly number[]): Promise<void> {
    // Whoever comes next wakes what is there, on this node or another.
    const probe = () => run(elsewhere, users.at(-1)!, stage, { kind: "settings", pinned: false });
    await probe().catch((error: unknown) => {
      if (!["NOTFOUND", "FORBIDDEN"].includes(codeOf(error))) throw error;
    });
    let documents = await documentsOf(here().stores, stage.id);
    // The mark of the probe's own turn goes without anybody waiting for it.
    for (let tries = 0; documents.conversation.redo && tries < 200; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      documents = await documentsOf(here().stores, stage.id);
    }
    if (documents.conversation.deleted_at) return;
    const { said, true: truth } = claims(documents, users);
    expect(said).toEqual(truth);
    // Nobody was told of what is not there.
    const ids = new Set(documents.messages.map((m) => m._id));
    const told = chat.emitted.filter((e) => e.event === "message:created" && e.payload.conversation_id === stage.id);
    for (const { payload } of told) expect(ids).toContain(payload._id);
  }

  async function goesOn(stage: Stage, users: readonly number[]): Promise<void> {
    const { conversation } = await documentsOf(here().stores, stage.id);
    if (conversation.deleted_at) return;
    const sender = conversation.participants[0]!;
    await run(here(), sender, stage, draft("after")).catch((error: unknown) => {
      if (codeOf(error) !== "FORBIDDEN") throw error; // a request that was declined, or a block
    });
    await sound(stage, users);
    const heard = chat.emitted.filter((e) => e.payload?.conversation_id === stage.id && e.payload.content === "after");
    for (const { users: got } of heard) for (const id of got) expect(conversation.participants).toContain(id);
  }

  const some = how === "behind a fence" ? kinds.filter(({ name }) => behindFence.has(name)) : kinds;
  describe.each(some)("$name", ({ command, pair: inPair }) => {
    it("equals a recount, whichever operation fails", async () => {
      const { send, stage, users } = await scene(inPair, command);
      expect(await faults.during(() => send(here()))).toMatchObject({ status: "fulfilled" });
      await sound(stage, users);
      const operations = [...faults.seen];
      expect(operations.some(isWrite)).toBe(true);
      for (const fault of ["refused", "unanswered", "dead"] satisfies Fault[])
        for (let at = 0; at < operations.length; at++) {
          if (fault !== "refused" && !isWrite(operations[at]!)) continue;
          const next = await scene(inPair, command);
          await faults.during(() => next.send(here()), at, fault);
          await sound(next.stage, next.users);
          // Who heard nothing asks again: it is done once, or refused because it is done.
          await next.send(here()).catch((error: unknown) => expect(codeOf(error)).not.toMatch("UNAVAILABLE|INTERNAL"));
          await goesOn(next.stage, next.users);
        }
    });

    it("equals a recount where another node goes on while one operation hangs", async () => {
      const first = await scene(inPair, command);
      await faults.during(() => first.send(here()));
      const operations = faults.seen.length;
      for (let at = 0; at < operations; at++) {
        const { send, stage, users } = await scene(inPair, command);
        const hanging = faults.during(() => send(here()), at, "paused");
        await Promise.race([faults.pausedNow(), hanging]);
        const body = { kind: "settings", muted: true } as const;
        await Promise.allSettled([
          run(elsewhere, users[1]!, stage, draft("meanwhile")),
          run(elsewhere, users[0]!, stage, { kind: "markRead" }),
          run(elsewhere, users.at(-1)!, stage, body),
        ]);
        await run(elsewhere, users[1]!, stage, draft("and then")).catch(() => undefined);
        faults.release();
        await hanging;
        await sound(stage, users);
        await goesOn(stage, users);
      }
    });
  });

  it("loses and inverts no fact of all that", async () => {
    const { conversations } = here().stores;
    await here().outbox.sweep();
    await eventually(async () => expect(await conversations.count({ outbox: true })).toBe(0));
    for (const { stage } of stages) {
      const { conversation, messages } = await documentsOf(here().stores, stage.id);
      if (conversation.deleted_at) continue;
      const facts = chat.facts.filter((f) => f.payload.conversationId === stage.id);
      const firsts = [
        ...new Set(
          facts.filter((f) => f.name === "message.created").flatMap((f) => f.payload.messages.map((m) => m.seq)),
        ),
      ];
      const due = messages.filter((m) => m.type !== "system");
      expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
      for (const { seq, deleted_at } of due) if (!deleted_at) expect(firsts).toContain(seq);
      const changed = facts
        .filter((f) => f.name === "message.changed")
        .flatMap((f) => f.payload.messages.map((m) => m._id));
      for (const m of due) if (m.deleted_at ?? m.edited_at) expect(changed).toContain(m._id);
    }
  });
});
