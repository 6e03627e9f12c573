/** The hook before files and profiles: what it refuses leaves nothing behind, and its failure is decided as the operator chose. */
import { type Accounts, openAccounts } from "../support/accounts";
import { Hook } from "../support/hook-server";
import { startUploads, stored, textFile, type UploadsNode } from "../support/uploads";
import { eventually } from "../support/eventually";

const hook = new Hook();
let url: string;
beforeAll(async () => {
  url = await hook.start();
});
afterAll(() => hook.stop());
beforeEach(() => {
  hook.reply = () => ({});
  hook.asked.length = 0;
});

describe("before files", () => {
  let node: UploadsNode;
  const start = async (vars: Record<string, string> = {}): Promise<void> => {
    node = await startUploads({ HOOK_BEFORE_SEND: url, ...vars });
  };
  afterEach(() => node.stop());

  it("it is told whose they are and what they are, and lets them in", async () => {
    await start();
    const { status, body } = await node.as(7).uploadMany([textFile("hello"), textFile("other", "b.txt")]);
    expect(status).toBe(201);
    expect(hook.asked).toHaveLength(1);
    expect(hook.asked[0]).toMatchObject({
      type: "upload",
      data: { userId: 7, files: [{ fileId: body.data[0].fileId, name: "note.txt", mime: "text/plain", size: 5 }, {}] },
    });
  });

  it("what it refuses is in no store and takes no room", async () => {
    await start({ UPLOAD_QUOTA: "2000" });
    hook.reply = () => ({ allow: false, reason: "No files today." });
    for (let n = 0; n < 3; n++) {
      const { status, body } = await node.as(7).upload(textFile("x".repeat(1_200)));
      expect([status, body.error.message]).toEqual([403, "No files today."]);
      expect(body.error.details).toMatchObject({ refusedBy: "hook" });
    }
    await eventually(() => expect(stored(node)).toEqual([]));
    hook.reply = () => ({});
    expect((await node.as(7).upload(textFile("x".repeat(1_200)))).status).toBe(201);
  });

  it("is not asked about what is no file of ours", async () => {
    await start();
    await node.as(7).upload({ name: "x.exe", type: "application/x-msdownload", bytes: Buffer.from("MZ") });
    expect(hook.asked).toEqual([]);
  });

  it.each([
    ["open", 201],
    ["closed", 503],
  ])("where it fails and the operator chose %s, the answer is %d", async (choice, status) => {
    await start({ HOOK_ON_FAILURE: choice });
    hook.reply = () => 500;
    expect((await node.as(7).upload(textFile())).status).toBe(status);
    expect(stored(node)).toHaveLength(status === 201 ? 1 : 0);
  });
});

describe("before profiles", () => {
  let accounts: Accounts;
  const start = async (vars: Record<string, string> = {}): Promise<void> => {
    accounts = await openAccounts({ HOOK_BEFORE_SEND: url, ...vars });
  };
  afterEach(() => accounts.stop());
  const refused = { type: "FORBIDDEN", data: { refusedBy: "hook" } };

  it("it is asked about names of people and bots that are made, and refuses them", async () => {
    await start();
    const ann = await accounts.person({ username: "Ann" });
    expect(hook.asked).toMatchObject([{ type: "profile", data: { userId: null, username: "Ann" } }]);
    hook.reply = () => ({ allow: false });
    await expect(accounts.person({ username: "Rude" })).rejects.toMatchObject(refused);
    await expect(accounts.as(ann.caller, "users.createBot", { username: "Rude" })).rejects.toMatchObject(refused);
    expect(await accounts.as(ann.caller, "users.bots", {})).toEqual([]);
    expect(await accounts.as(ann.caller, "users.search", { q: "Rude", limit: 10 })).toEqual([]);
  });

  it("it is asked about every change, and may refuse or change it; the rules of names hold for what it says", async () => {
    await start();
    const ann = await accounts.person({ username: "Ann" });
    const update = (change: object) => accounts.as(ann.caller, "users.update", change);
    await update({ custom: { a: 1 }, avatar_url: "https://example.org/a.png" });
    expect(hook.asked.at(-1)).toMatchObject({
      data: { userId: ann.caller.userId, profileOf: ann.caller.userId, custom: { a: 1 } },
    });
    hook.reply = () => ({ change: { username: "Ann the Kind" } });
    expect((await update({ username: "Ann the Rude" })).username).toBe("Ann the Kind");
    hook.reply = () => ({ allow: false, reason: "Not that one." });
    await expect(update({ username: "Rude" })).rejects.toMatchObject({ ...refused, message: "Not that one." });
    hook.reply = () => ({ change: { username: "\u0007" } });
    await expect(update({ username: "Fine" })).rejects.toMatchObject({ type: "BAD_REQUEST" });
    expect((await accounts.as(ann.caller, "users.me", {})).username).toBe("Ann the Kind");
  });

  it.each([
    ["open", "accepted"],
    ["closed", "UNAVAILABLE"],
  ])("where it fails and the operator chose %s, a change is %s", async (choice, outcome) => {
    await start({ HOOK_ON_FAILURE: choice });
    const ann = await accounts.person();
    hook.reply = () => "no json";
    expect(await accounts.refusal(ann.caller, "users.update", { username: "Other" })).toBe(outcome);
  });
});
