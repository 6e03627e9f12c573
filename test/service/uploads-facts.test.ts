/** What files put into the log of facts: stored once, removed once, in this order, whoever dies between the two steps. */
import { fail } from "../../contracts/errors";
import { type Happened } from "../../contracts/facts";
import { call } from "../../platform/bus";
import { act, service } from "../../platform/service";
import { newId } from "../../mixins/documents";
import { newAttachment } from "../../services/uploads/attachments";
import { contextOf } from "../../services/uploads/context";
import { closeFacts, intend, openFacts, tellFactsSoon } from "../../services/uploads/facts";
import { eventually } from "../support/eventually";
import { startUploads, textFile, type UploadsNode } from "../support/uploads";

let node: UploadsNode;
let happened: Happened[];
/** What a test makes the log do before it has a page (refuse it) or after (break off). */
let before: () => void;
let after: () => void;

async function start(vars: Record<string, string> = {}): Promise<void> {
  happened = [];
  before = after = () => undefined;
  node = await startUploads(vars);
  node.broker.createService(
    service({
      name: "notifications",
      actions: {
        record: act("notifications.record", (_c, { facts }) => {
          before();
          const known = new Set(happened.map(({ type, key }) => `${type}:${key}`));
          happened.push(...(facts as Happened[]).filter(({ type, key }) => !known.has(`${type}:${key}`)));
          after();
          return {};
        }),
      },
    }),
  );
}
beforeEach(() => start());
afterEach(() => node.stop());

const context = () => contextOf(node.broker.getLocalService("uploads"));
const told = (fileId: string) => happened.filter(({ key }) => key === fileId).map(({ type }) => type);
const store = async (content: string): Promise<string> =>
  (await node.as(1).upload(textFile(content, "secret name.txt"))).body.data.fileId as string;
const quiet = () =>
  eventually(async () => {
    tellFactsSoon(context());
    expect(await context().intents.count({})).toBe(0);
  });
const file = () =>
  newAttachment(
    1,
    { fileId: newId(), name: "n.txt", mime: "text/plain", size: 1, sha256: "0".repeat(64) },
    { size: 1, sha256: "0".repeat(64) },
    newId(),
  );

it("tells that a file was stored and that it was removed, and keeps no name of it", async () => {
  const fileId = await store("hello");
  await quiet();
  expect(happened).toMatchObject([
    { type: "upload.stored", key: fileId, data: { fileId, userId: 1, size: 5, mime: "text/plain" } },
  ]);
  await node.as(1).remove(`/files/${fileId}`);
  await quiet();
  expect(told(fileId)).toEqual(["upload.stored", "upload.removed"]);
  expect(JSON.stringify(happened)).not.toContain("secret");
});

it("tells of each of several files, of duplicates as well, and of those that nobody ever sent", async () => {
  const { body } = await node.as(1).uploadMany([textFile("a"), textFile("a"), textFile("b")]);
  await quiet();
  const ids = (body.data as { fileId: string }[]).map(({ fileId }) => fileId);
  expect(happened.map(({ key }) => key).sort()).toEqual([...ids].sort());
  await context().attachments.updateMany({}, { $set: { orphan_since: new Date(0) } });
  await call(node.broker, "uploads.sweep", {});
  await quiet();
  for (const id of ids) expect(told(id)).toEqual(["upload.stored", "upload.removed"]);
});

it("tells of no file that was refused, and of no removal that was", async () => {
  await node.as(1).upload({ name: "x.exe", type: "application/x-msdownload", bytes: Buffer.from("MZ") });
  const fileId = await store("hello");
  expect((await node.as(2).remove(`/files/${fileId}`)).status).toBeGreaterThanOrEqual(400);
  await quiet();
  expect(happened.map(({ type, key }) => [type, key])).toEqual([["upload.stored", fileId]]);
});

it("keeps what the log could not take, and tells it when it can, the storing first", async () => {
  before = () => {
    throw fail("UNAVAILABLE", "down");
  };
  const fileId = await store("hello");
  await node.as(1).remove(`/files/${fileId}`);
  expect(happened).toEqual([]);
  before = () => undefined;
  await quiet();
  expect(told(fileId)).toEqual(["upload.stored", "upload.removed"]);
});

it("who dies after the log has it tells it again, and it is there once", async () => {
  after = () => {
    throw fail("UNAVAILABLE", "the answer was lost");
  };
  const fileId = await store("hello");
  await eventually(() => expect(told(fileId)).toEqual(["upload.stored"]));
  await closeFacts(context());
  expect(await context().intents.count({})).toBe(1);
  after = () => undefined;
  openFacts(context()); // the next process
  await quiet();
  expect(told(fileId)).toEqual(["upload.stored"]);
});

it("who dies after the change and before it is told loses nothing", async () => {
  await closeFacts(context());
  const doc = file();
  await intend(context(), "upload.stored", [doc]);
  await context().attachments.insert([doc]); // and here the process dies
  openFacts(context());
  await quiet();
  expect(told(doc._id)).toEqual(["upload.stored"]);
});

it("what was meant and never done waits as long as it may be under way, and is dropped then", async () => {
  const [never, kept] = [file(), file()];
  await context().attachments.insert([kept]);
  await intend(context(), "upload.stored", [never]);
  await intend(context(), "upload.removed", [kept]);
  const fileId = await store("hello");
  await eventually(() => expect(told(fileId)).toEqual(["upload.stored"]));
  await eventually(async () => expect(await context().intents.count({})).toBe(2));
  await context().intents.updateMany({}, { $set: { at: new Date(0) } });
  await quiet();
  expect(told(never._id)).toEqual([]);
  expect(told(kept._id)).toEqual([]);
});

it("owes nothing where no log is kept", async () => {
  await node.stop();
  await start({ FACTS: "off" });
  await store("hello");
  expect(await context().intents.count({})).toBe(0);
});
