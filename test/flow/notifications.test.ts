/** Notifications through the whole system: real sockets, real stores, no stand-ins. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Ack, Client } from "../support/client";
import { eventually } from "../support/eventually";
import { readyDataDir } from "../support/pglite-template";
import { startSystem, type System } from "../support/system";

interface Person {
  readonly id: number;
  readonly token: string;
}

describe("notifications, end to end", () => {
  let system: System;
  let ann: Person;
  let ben: Person;
  let conversationId: string;
  const clients: Client[] = [];

  const rest = async (
    method: string,
    path: string,
    token?: string,
    body?: object,
  ): Promise<Ack & { status: number }> => {
    const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
    const response = await fetch(system.url + path, init);
    return { status: response.status, ...((await response.json()) as Ack) };
  };
  const register = async (username: string): Promise<Person> => {
    const account = { username, email: `${username}@example.org`, password: "a long walk by the river" };
    const { data } = await rest("POST", "/auth/register", undefined, account);
    return { id: data.user.user_id, token: data.accessToken };
  };
  const connect = async (who: Person, namespace: "/chat" | "/notifications"): Promise<Client> => {
    const client = await Client.connect(system.url, who.token, { namespace });
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    system = await startSystem({
      env: {
        DATA_DIR: await readyDataDir(),
        ADMIN_EMAIL: "root@example.org",
        ADMIN_PASSWORD: "a long walk by the river",
      },
    });
    [ann, ben] = [await register("Ann"), await register("Ben")];
    const chat = await connect(ann, "/chat");
    const body = { participantIds: [ben.id], type: "group", name: "Crew" };
    const bell = await connect(ben, "/notifications");
    conversationId = (await chat.send("conversation:create", body)).data._id;
    expect(await bell.next("notification:created")).toMatchObject({ type: "group_invite" });
    await bell.send("notification:read-all", {});
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.socket.close();
  });
  afterAll(() => system.stop());

  test("a message is announced on all devices with the count; reading it on one tells the other", async () => {
    const [phone, laptop] = [await connect(ben, "/notifications"), await connect(ben, "/notifications")];
    const chat = await connect(ann, "/chat");
    const sent = await chat.send("message:send", { conversationId, content: "hello Ben" });
    expect(sent.ok).toBe(true);
    const [here, there] = await Promise.all([phone.next("notification:created"), laptop.next("notification:created")]);
    expect(here).toEqual(there);
    expect(here).toMatchObject({
      title: "Ann in Crew",
      content: "hello Ben",
      type: "message",
      related_id: conversationId,
    });
    expect(await phone.next("notification:count", ({ count }: any) => count > 0)).toEqual({ count: 1 });

    const read = await phone.send("notification:read", { notificationId: here._id });
    expect(read).toMatchObject({ ok: true, data: { is_read: true } });
    expect(await laptop.next("notification:read")).toEqual({ notificationId: here._id, is_read: true });
    expect((await rest("GET", "/notifications/unread/count", ben.token)).data).toEqual({ count: 0 });
    expect((await rest("GET", "/notifications", ann.token)).data).toEqual([]);
    expect((await rest("GET", `/notifications/${here._id}`, ann.token)).status).toBe(404);
    expect((await rest("GET", `/notifications/explain/${sent.data._id}`, ben.token)).data).toMatchObject({
      reason: "made",
    });
    expect((await rest("GET", `/notifications/explain/${sent.data._id}`, ann.token)).data).toMatchObject({
      notification: null,
      reason: "own_message",
    });
  });

  test("who reads it at once gets none, and is told why", async () => {
    const [chat, benChat] = [await connect(ann, "/chat"), await connect(ben, "/chat")];
    // It is a second that one has for it: where this machine was slower, it is another message's turn.
    await eventually(async () => {
      const { data: message } = await chat.send("message:send", { conversationId, content: "are you there?" });
      await benChat.next("message:created", ({ _id }: any) => _id === message._id);
      expect((await benChat.send("message:read", { messageId: message._id })).ok).toBe(true);
      await sleep(2_000);
      const { data } = await rest("GET", `/notifications/explain/${message._id}`, ben.token);
      expect(data).toMatchObject({ notification: null, reason: "read" });
    });
  });

  test("an admin's broadcast reaches all there are; others may not send one", async () => {
    const benThere = await connect(ben, "/notifications");
    const word = { title: "Tonight", content: "we update" };
    expect((await rest("POST", "/notifications/broadcast", ben.token, word)).status).toBe(403);
    const login = { email: "root@example.org", password: "a long walk by the river" };
    const { accessToken } = (await rest("POST", "/auth/login", undefined, login)).data;
    const answer = await rest("POST", "/notifications/broadcast", accessToken, word);
    expect(answer.ok).toBe(true);
    const told = await benThere.next("notification:created", ({ type }: any) => type === "system");
    expect(told).toMatchObject({ related_id: null, ...word });
    const late = await register("Late");
    await sleep(500);
    expect((await rest("GET", "/notifications", late.token)).data).toEqual([]);
  });
});
