/** People with a version's own client: each sends all the time, asks for this and that, and notes all that it is told. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type * as Sdk from "../../../client/src";

type Client = typeof Sdk;

/** Undefined for a version from before there was one. */
export async function clientOf(tree: string): Promise<Client | undefined> {
  const path = join(tree, "client/src/index.ts");
  return existsSync(path) ? ((await import(path)) as Client) : undefined;
}

/** A retry hides these. */
const passing = new Set(["UNAVAILABLE", "TIMEOUT", "RATE_LIMITED"]);
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

export class Person {
  /** Of the group, as they were told. */
  readonly heard: Sdk.Message[] = [];
  readonly sent: Sdk.Outgoing[] = [];
  /** What nothing has hidden. */
  readonly errors: string[] = [];
  readonly asked = { times: 0, again: 0 };
  private readonly working: Promise<void>[] = [];
  private going = true;

  private constructor(
    readonly name: string,
    readonly chat: Sdk.Chat,
    readonly id: number,
    readonly credentials: Sdk.Credentials,
  ) {
    chat.on("message:created", (message) => void this.heard.push(message));
    chat.on("error", ({ error, where }) => void this.errors.push(`${name}: ${where} ${String(error)}`));
    chat.on("signedOut", ({ error }) => void this.errors.push(`${name}: signed out, ${error.code}`));
  }

  static async come(sdk: Client, url: string, name: string): Promise<Person> {
    const session = sdk.createSession({ url });
    const credentials = { email: `${name}-${Date.now()}@upgrade.example`, password: `correct horse ${name}` };
    const { user_id } = await session.signUp({ username: name, ...credentials });
    const chat = sdk.createChat({ url, token: session.token, storage: sdk.memory(), begin: "unread" });
    const person = new Person(name, chat, user_id, credentials);
    await chat.connect();
    return person;
  }

  /** @param pause between two messages and between two questions, in ms */
  start(group: string, pause: number): void {
    this.working.push(this.talk(group, pause), this.ask(group, pause));
  }

  async stop(): Promise<void> {
    this.going = false;
    await Promise.all(this.working);
  }

  private async talk(group: string, pause: number): Promise<void> {
    for (let n = 1; this.going; n++) {
      const mine = this.chat.conversation(group);
      if (mine) {
        const outgoing = mine.send(`${this.name} ${n}`);
        outgoing.sent.catch((error: unknown) => void this.errors.push(`${this.name} ${n}: ${String(error)}`));
        this.sent.push(outgoing);
      }
      await sleep(pause);
    }
  }

  /** Through many doors, one after the other; what a retry hides is asked again. */
  private async ask(group: string, pause: number): Promise<void> {
    const { chat } = this;
    const withLast = async (what: (room: Sdk.Conversation, last: Sdk.Message) => Promise<unknown>): Promise<void> => {
      const [room, last] = [chat.conversation(group), this.heard.at(-1)];
      if (room && last) await what(room, last);
    };
    const doors: readonly [string, () => Promise<unknown>][] = [
      ["message:list", () => chat.ask("message:list", { conversationId: group, limit: 10 })],
      ["react", () => withLast((room, last) => room.react(last, "👍"))],
      ["save", () => withLast((room, last) => room.save(last))],
      ["search", () => chat.search(this.name)],
      ["notifications", () => chat.rest.call("GET /notifications")],
      ["unread", () => chat.rest.call("GET /conversations/unread")],
      ["me", () => chat.rest.call("GET /users/me")],
      ["members", () => chat.rest.call("GET /conversations/:conversationId/members", { conversationId: group })],
      ["upload", () => chat.upload(new File([PICTURE], "dot.png", { type: "image/png" }))],
      ["export", () => chat.rest.call("GET /users/me/export")],
      ["draft", () => chat.conversation(group)!.keepDraft("half a")],
      ["sessions", () => chat.rest.call("GET /auth/sessions")],
      ["group", () => chat.group({ name: `of ${this.name}`, members: [] })],
      ["rename", () => chat.rest.call("PATCH /users/:id", { id: this.id, username: `${this.name} too` })],
    ];
    for (let n = 0; this.going; n++) {
      const [name, ask] = doors[n % doors.length]!;
      await this.insist(name, ask);
      await sleep(pause);
    }
  }

  private async insist(name: string, ask: () => Promise<unknown>): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        this.asked.times++;
        await ask();
        return;
      } catch (error) {
        const { code = "" } = error as { code?: string };
        if (!passing.has(code) || tries > 60)
          return void this.errors.push(
            `${this.name}: ${name} ${code} ${String(error)} ${JSON.stringify((error as { details?: unknown }).details)}`,
          );
        this.asked.again++;
        await sleep(500);
      }
    }
  }
}

/** What a group's messages say of what these people sent and heard; empty where all is well. */
export function judge(people: readonly Person[], history: readonly Sdk.Message[]): string[] {
  const broken = people.flatMap(({ errors }) => errors);
  history.forEach(({ seq }, i) => seq === i + 1 || broken.push(`number ${seq} stands where ${i + 1} should`));
  const text = JSON.stringify(history.map(({ seq, content }) => [seq, content]));
  for (const { name, sent, heard } of people) {
    for (const { clientId, state } of sent) if (state !== "sent") broken.push(`${name}: ${clientId} is ${state}`);
    const mine = history.filter(({ content }) => content.startsWith(`${name} `)).map(({ content }) => content);
    const expected = sent.map((_, i) => `${name} ${i + 1}`);
    if (mine.join() !== expected.join()) broken.push(`${name}: sent ${expected.length}, there are ${mine.join()}`);
    if (JSON.stringify(heard.map(({ seq, content }) => [seq, content])) !== text)
      broken.push(`${name}: heard ${heard.length} of ${history.length}, the last ${heard.at(-1)?.seq}`);
  }
  return broken;
}
