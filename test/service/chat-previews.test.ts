/** Previews of links: after the message, out of public addresses alone, gone with the link, and nobody waits for a site. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";
import { type Conversation, type Message } from "../../contracts/shapes";
import { type ChatSystem, startChat } from "../support/chat";
import { eventually } from "../support/eventually";

// Two sites of this test stand for the world; every other address of this machine is as private as ever.
jest.mock("../../platform/addresses", () => {
  const real = jest.requireActual<{ isInward(address: string): boolean }>("../../platform/addresses");
  return { ...real, isInward: (address: string) => !/^127\.0\.0\.[13]$/.test(address) && real.isInward(address) };
});

type Answer = (req: IncomingMessage, res: ServerResponse) => void;
let chat: ChatSystem;
let site: Server;
let port: number;
let group: Conversation;
/** But for the silent ones, whose turns come for as long as all of them take. */
let asked: string[] = [];
const [me, other, third] = [1, 2, 3] as const;
const pages: Record<string, Answer> = {};
const SILENT = "/silent";
const html =
  (head: string): Answer =>
  (_req, res) =>
    void res.setHeader("content-type", "text/html").end(`<html><head>${head}</head><body>long`);
const movedTo =
  (location: string): Answer =>
  (_req, res) =>
    void res.writeHead(302, { location }).end();
const at = (path: string, host = "127.0.0.1"): string => `http://${host}:${port}${path}`;

beforeAll(async () => {
  site = createServer((req, res) => {
    if (!req.url?.startsWith(SILENT)) asked.push(`${req.headers.host?.split(":")[0]}${req.url}`);
    const answer = pages[req.url ?? ""];
    if (answer) answer(req, res);
    else res.writeHead(404).end();
  }).listen(0, "0.0.0.0");
  await new Promise((resolve) => site.once("listening", resolve));
  port = (site.address() as AddressInfo).port;
  chat = await startChat({ LINK_PREVIEWS: "full" });
  group = await chat.group(me, other, third);
});
afterAll(async () => {
  await chat.stop();
  site.closeAllConnections();
  site.close();
});
beforeEach(() => void (asked = []));

const graph = `<meta property="og:title" content="A page"><meta property="og:description" content="about this"><meta property="og:image" content="https://example.org/a.png">`;
const words = { title: "A page", description: "about this", site_name: null, image: "https://example.org/a.png" };
let count = 0;
/** A path of its own: what was asked for once is remembered. */
function page(answer: Answer = html(graph)): string {
  const path = `/p${(count += 1)}`;
  pages[path] = answer;
  return path;
}
const now = (messageId: string): Promise<Message> => chat.as(other)("chat.message", { messageId });
async function previewed(messageId: string): Promise<Message> {
  await previewedFor(other, messageId);
  return now(messageId);
}
/** By when a preview would have been made: that of another message of the same sender, sent after it. */
async function later(userId: number = me, conversationId = group._id): Promise<void> {
  await previewedFor(userId, (await chat.send(userId, conversationId, at(page())))._id);
}
const previewedFor = (userId: number, messageId: string) =>
  eventually(async () => expect((await chat.as(userId)("chat.message", { messageId })).preview).toBeDefined());

it("comes after the message, by an update, in lists and sync", async () => {
  const { cursors } = await chat.as(other)("chat.sync", {});
  const url = at(page());
  const sent = await chat.send(me, group._id, `look: ${url}.`);
  expect(sent).not.toHaveProperty("preview");
  const seen = await previewed(sent._id);
  expect(seen).toMatchObject({ preview: { url, ...words }, version: 2, content: sent.content, edited_at: null });
  await eventually(() => expect(chat.heard(other, "message:updated").at(-1)).toEqual(seen));
  const { changes } = await chat.as(other)("chat.sync", { cursors });
  expect(changes.map(({ message }) => message?.preview)).toContainEqual({ url, ...words });
});

it("is of the page where the link has moved to, over a few redirections", async () => {
  const end = page();
  const url = at(page(movedTo(page(movedTo(at(end))))));
  expect((await previewed((await chat.send(me, group._id, url))._id)).preview).toEqual({ url, ...words });
  const loop = page();
  pages[loop] = movedTo(loop);
  const { _id } = await chat.send(me, group._id, at(loop));
  const followed = () => asked.filter((path) => path.endsWith(loop));
  await eventually(() => expect(followed()).toHaveLength(4));
  await later();
  expect((await now(_id)).preview).toBeUndefined();
  expect(followed()).toHaveLength(4);
});

it("never asks a private address, named or redirected to", async () => {
  const inner = page();
  const sent = [
    await chat.send(me, group._id, at(inner, "127.0.0.2")),
    await chat.send(me, group._id, at(inner, "[::ffff:127.0.0.2]")),
    await chat.send(me, group._id, at(inner, "0x7f.2")),
    await chat.send(me, group._id, at(page(movedTo(at(inner, "127.0.0.2"))))),
    await chat.send(me, group._id, at(page(movedTo(`//127.0.0.2:${port}${inner}`)))),
    await chat.send(me, group._id, at(page(movedTo("file:///etc/passwd")))),
  ];
  await later();
  for (const { _id } of sent) expect((await now(_id)).preview).toBeUndefined();
  expect(asked.filter((path) => path.endsWith(inner))).toEqual([]);
});

it.each<[string, Answer]>([
  ["is no page", (_req, res) => void res.setHeader("content-type", "image/png").end(`<title>x</title>`)],
  ["says what it is by no header", (_req, res) => void res.end(`<title>x</title>`)],
  [
    "is packed",
    (_req, res) => void res.writeHead(200, { "content-type": "text/html", "content-encoding": "gzip" }).end("x"),
  ],
  ["fails", (_req, res) => void res.writeHead(500, { "content-type": "text/html" }).end("<title>x</title>")],
  [
    "breaks off",
    (_req, res) => {
      res.writeHead(200, { "content-type": "text/html" }).write("<ti");
      res.destroy();
    },
  ],
])("a site that %s has none, and the message stays as it is", async (_what, answer) => {
  const { _id } = await chat.send(me, group._id, at(page(answer)));
  await later();
  expect(await now(_id)).toMatchObject({ version: 1 });
});

it("reads no more than the head of an endless page", async () => {
  let isCut = false;
  const url = at(
    page((_req, res) => {
      res.writeHead(200, { "content-type": "text/html" }).write(`<head><title>endless</title>`);
      const more = setInterval(() => void res.write(" ".repeat(65_536)), 1);
      res.once("close", () => {
        clearInterval(more);
        isCut = true;
      });
    }),
  );
  const seen = await previewed((await chat.send(me, group._id, url))._id);
  expect(seen.preview?.title).toBe("endless");
  await eventually(() => expect(isCut).toBe(true));
});

it("a sender's silent sites hold up no other's, nor any message", async () => {
  for (let i = 0; i < 12; i += 1) pages[`${SILENT}?${i}`] = () => undefined;
  for (let i = 0; i < 12; i += 1) await chat.send(third, group._id, at(`${SILENT}?${i}`, "127.0.0.3"));
  const { _id } = await chat.send(other, group._id, at(page()));
  await previewedFor(other, _id);
  expect((await chat.send(me, group._id, "goes on")).content).toBe("goes on");
});

it("goes with the link: edited away, followed by another's, deleted", async () => {
  const url = at(page());
  const { _id, version } = await previewed((await chat.send(me, group._id, url))._id);
  const same = await chat.as(me)("chat.edit", { messageId: _id, content: `${url} again`, version });
  expect(same.preview?.url).toBe(url);
  expect(await chat.as(me)("chat.edit", { messageId: _id, content: "nothing" })).not.toHaveProperty("preview");
  const next = at(page(html("<title>next</title>")));
  await chat.as(me)("chat.edit", { messageId: _id, content: next });
  expect((await previewed(_id)).preview).toMatchObject({ url: next, title: "next", description: null, image: null });
  await chat.as(me)("chat.deleteMessage", { messageId: _id });
  expect(JSON.stringify(await now(_id))).not.toContain("next");
});

it("does not come to a message that was edited or deleted meanwhile", async () => {
  const waiting: ServerResponse[] = [];
  const slow = (): string => at(page((_req, res) => void waiting.push(res)));
  const edited = await chat.send(me, group._id, slow());
  const deleted = await chat.send(me, group._id, slow());
  await chat.as(me)("chat.edit", { messageId: edited._id, content: "other words" });
  await chat.as(me)("chat.deleteMessage", { messageId: deleted._id });
  await eventually(() => expect(waiting).toHaveLength(2));
  for (const res of waiting) html(graph)({} as IncomingMessage, res);
  await later();
  for (const { _id } of [edited, deleted]) expect(await now(_id)).not.toHaveProperty("preview");
});

it("is made of nothing that the other side may not know: a request, a blocked sender", async () => {
  const [a, b] = [11, 12];
  const request = await chat.as(a)("chat.create", { participantIds: [b], content: at(page()) });
  const friends = await chat.pair(a, 13);
  chat.blocks.add(`13>${a}`);
  await chat.as(a)("chat.applyBlock", { userId: 13, blockedId: a });
  asked = [];
  await chat.send(a, friends._id, at(page()));
  await later(a, (await chat.group(a, b))._id);
  expect(asked).toHaveLength(1);
  expect((await chat.as(a)("chat.get", { conversationId: request._id })).lastMessage?.preview).toBeUndefined();
});

it("has no picture where words alone are wanted, and nothing is asked where it is off", async () => {
  for (const [how, preview] of [
    ["text", { ...words, image: null }],
    ["off", undefined],
  ] as const) {
    const another = await startChat(how === "off" ? {} : { LINK_PREVIEWS: how });
    try {
      const { _id } = await another.group(me, other);
      const { _id: messageId } = await another.send(me, _id, at(page()));
      if (preview)
        await eventually(async () =>
          expect((await another.as(me)("chat.message", { messageId })).preview).toMatchObject(preview),
        );
      else expect(asked).toHaveLength(1); // that of the round before
    } finally {
      await another.stop();
    }
  }
});
