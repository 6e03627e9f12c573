/** What goes on all the time while a system changes versions: people with clients of both, and a steady run of `verify`. */
import { setTimeout as sleep } from "node:timers/promises";
import type * as Sdk from "../../../client/src";
import { kept } from "../../../scripts/verify/ledger";
import { Verification } from "../../../scripts/verify/verification";
import { type Message } from "../../../client/src";
import { clientOf, judge, Person } from "./people";
import { rest, signIn } from "./rest";

const SETTLES = 90_000;

/** How much goes on. */
export interface Pace {
  /** Messages a second of `verify`. */
  readonly rate: number;
  /** Of each person, between two messages and between two questions. */
  readonly pauseMs: number;
}

export class Watch {
  private constructor(
    private readonly urls: readonly string[],
    readonly people: readonly Person[],
    private readonly group: string,
    private readonly run: Verification,
  ) {}

  /** @param trees whose clients come, each to every address */
  static async begin(urls: readonly string[], trees: readonly string[], { rate, pauseMs }: Pace): Promise<Watch> {
    const clients = (await Promise.all(trees.map(clientOf))).filter((sdk) => sdk !== undefined);
    const people: Person[] = [];
    for (const [i, sdk] of clients.entries())
      for (const [j, url] of urls.entries()) people.push(await Person.come(sdk, url, `client${i}at${j}`));
    const [first] = people;
    if (!first) throw new Error("nobody came");
    const members = people.map(({ id }) => id);
    const group = await first.chat.group({ name: "upgraded", members });
    while (people.some(({ chat }) => !chat.conversation(group.id))) await sleep(50);
    const run = new Verification({ urls, members: 4, conversations: 3, rate });
    await run.prepare();
    for (const person of people) person.start(group.id, pauseMs);
    run.start();
    return new Watch(urls, people, group.id, run);
  }

  /** @returns what is broken; nothing where all is well */
  async end(): Promise<string[]> {
    await Promise.all([...this.people.map((person) => person.stop()), this.run.stop()]);
    const outcome = await this.run.judge();
    let broken = ["never judged"];
    for (const until = Date.now() + SETTLES; broken.length > 0 && Date.now() < until; await sleep(500))
      broken = judge(this.people, await this.history());
    if (!kept(outcome)) broken.push(`verify: ${JSON.stringify(outcome)}`);
    for (const [failure, times] of this.run.failures) broken.push(`verify: ${times} times ${failure}`);
    const asked = this.people.map(({ asked: { times, again } }) => `${times} (${again} again)`);
    console.log(
      `  ${outcome.acked} acknowledged, ${outcome.received} received, ${outcome.lost} lost, ${outcome.duplicated} double, ` +
        `away ${outcome.awaySeconds.toFixed(1)} s; clients: ${this.people.map(({ sent }) => sent.length).join(" + ")} sent, asked ${asked.join(", ")}`,
    );
    return broken;
  }

  close(): void {
    this.run.close();
    for (const { chat } of this.people) void chat.close();
  }

  private async history(): Promise<Sdk.Message[]> {
    const [url = ""] = this.urls;
    const { email, password } = this.people[0]!.credentials;
    const { accessToken } = await signIn(url, email, password);
    const all: Message[] = [];
    for (;;) {
      const path = `/conversations/${this.group}/messages?limit=100&after=${all.at(-1)?.seq ?? 0}`;
      const page = await rest<Message[]>(url, accessToken, `GET ${path}`);
      all.push(...page.sort((a, b) => a.seq - b.seq));
      if (page.length < 100) return all;
    }
  }
}
