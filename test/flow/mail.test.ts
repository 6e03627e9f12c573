/** A message that stays unread, through the whole system: from one person's words to the other's mailbox, and its end. */
import { contextOf } from "../../services/notifications/context";
import { type Account, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { readyDataDir } from "../support/pglite-template";
import { type Caught, MailCatcher } from "../support/smtp";
import { startSystem, type System } from "../support/system";

let system: System;
let catcher: MailCatcher;
beforeAll(async () => {
  catcher = await MailCatcher.start();
  system = await startSystem({
    env: {
      DATA_DIR: await readyDataDir(),
      SMTP_URL: catcher.url,
      PUBLIC_URL: "https://chat.example.org",
      UNREAD_MAIL: "soon",
      UNREAD_MAIL_AFTER: "1ms",
    },
  });
});
afterAll(async () => {
  await system?.stop();
  catcher.stop();
});

const ask = async ({ token }: Account, method: string, path: string, body?: unknown): Promise<any> => {
  const { body: answer } = await request(system.url, method, path, { token, ...(body === undefined ? {} : { body }) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.error.code}`);
  return answer.data;
};
const context = () => contextOf(system.broker.getLocalService("notifications"));
/** What waits goes out without waiting for the next look. */
async function mailTo(account: Account, words: RegExp): Promise<Caught> {
  const find = (): Caught | undefined => catcher.mails.find(({ to, text }) => to === account.email && words.test(text));
  await eventually(async () => {
    await context().mail?.dispatcher.work();
    expect(find()).toBeDefined();
  });
  return find() as Caught;
}

async function verify(account: Account): Promise<void> {
  await ask(account, "POST", "/auth/email/verification");
  const mail = await mailTo(account, /#verify=/);
  await ask(account, "POST", "/auth/email/verify", { token: /#verify=([\w-]+)/.exec(mail.text)![1] });
}

test("it is mailed to a verified address alone, and one POST without any login is the end of it", async () => {
  const [ann, ben, cat] = [await register(system.url), await register(system.url), await register(system.url)];
  await verify(ben);
  const group = await ask(ann, "POST", "/conversations", {
    type: "group",
    name: "Crew",
    participantIds: [ben.id, cat.id],
  });
  const sent = await ask(ann, "POST", `/conversations/${group._id}/messages`, { content: "the **draft** is there" });
  const mail = await mailTo(ben, /the draft is there/);
  expect(mail.text).toContain(`https://chat.example.org/#/c/${group._id}`);
  for (const [who, state] of [
    [ben, "sent"],
    [cat, "no_address"],
  ] as const)
    await eventually(async () =>
      expect(await ask(who, "GET", `/notifications/explain/${sent._id}`)).toMatchObject({ mail: { state } }),
    );
  await ask(ben, "PUT", `/conversations/${group._id}/mute`, { muted: true });
  expect(await context().service.broker.call("chat.places", { userId: ben.id, conversationIds: [group._id] })).toEqual([
    { conversationId: group._id, type: "group", name: "Crew", muted: true, pending: false },
  ]);

  const link = /^<https:\/\/chat\.example\.org(.+)>$/.exec(mail.headers.get("list-unsubscribe") ?? "")![1]!;
  const wish = async (): Promise<string> => (await ask(ben, "GET", "/notifications/preferences")).mail.when;
  const looked = await fetch(system.url + link, { redirect: "manual" });
  expect([looked.status, looked.headers.get("location")]).toEqual([
    302,
    `https://chat.example.org/#unsubscribe=${link.split("/").at(-1)}`,
  ]);
  expect(await wish()).toBe("soon");
  const form = new FormData();
  form.set("List-Unsubscribe", "One-Click");
  for (const body of [form, new URLSearchParams({ "List-Unsubscribe": "One-Click" })]) {
    expect((await fetch(system.url + link, { method: "POST", body })).status).toBe(200);
    expect(await wish()).toBe("off");
  }
  const forged = link.replace(/\/(\d+)\./, `/${cat.id}.`);
  expect((await fetch(system.url + forged, { method: "POST", body: form })).status).toBe(400);
  expect((await fetch(system.url + link, { method: "PUT" })).status).toBe(405);
  expect(catcher.mails.filter(({ to }) => to === cat.email)).toEqual([]);
});
