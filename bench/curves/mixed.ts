/** What people do in rooms of ten, over time: they send, read, type, edit, and lose their connection. */
import { setTimeout as sleep } from "node:timers/promises";
import { RawSocket } from "../raw-socket";
import { quantile } from "../stats";
import { look } from "../sustain";
import { type Person } from "../systems";
import { seeded } from "../written";
import { ask, type Curve, withOurs } from "./curve";

const [ROOMS, MEMBERS] = [10, 10];
/** Between two acts of one person: a hundred of them act some hundred times a second. */
const PAUSE_MS = 250;
const LOOK_MS = 2_000;
const random = seeded();

/** What has been done since the last look: how long each took, and how much was not done. */
interface Acts {
  took: number[];
  refused: number;
}

class Somebody {
  private socket: RawSocket | undefined;
  private readonly sent: string[] = [];

  constructor(
    private readonly port: number,
    private readonly person: Person,
    private readonly conversationId: string,
    private readonly acts: Acts,
  ) {}

  async live(until: number): Promise<void> {
    while (Date.now() < until) {
      await this.act();
      await sleep(PAUSE_MS * 2 * random());
    }
    this.socket?.close();
  }

  private async act(): Promise<void> {
    const began = performance.now();
    try {
      this.socket ??= await RawSocket.open(this.port, { token: this.person.token });
      await this.something(this.socket);
      this.acts.took.push(performance.now() - began);
    } catch {
      this.acts.refused++;
    }
  }

  private async something(socket: RawSocket): Promise<void> {
    const { conversationId } = this;
    const dice = random();
    const last = this.sent.at(-1);
    if (dice < 0.02) {
      socket.close();
      this.socket = await RawSocket.open(this.port, { token: this.person.token });
      await ask(this.socket, "sync", { since: Date.now() - 5_000 });
    } else if (dice < 0.35) await ask(socket, "conversation:mark-read", { conversationId });
    else if (dice < 0.55) await ask(socket, "typing", { conversationId, isTyping: random() < 0.5 });
    else if (dice < 0.6 && last !== undefined)
      await ask(socket, "message:edit", { messageId: last, content: `Said better: ${dice}` });
    else {
      const made = await ask(socket, "message:send", { conversationId, content: `See you at ${dice} or so` });
      this.sent.push((made as { _id: string })._id);
    }
  }
}

export const mixed: Curve = {
  name: "mixed",
  title: `${ROOMS} rooms of ${MEMBERS} that send, read, type, edit and reconnect`,
  x: "seconds",
  time: true,
  points: (seconds) =>
    withOurs(ROOMS * MEMBERS, async function* (system, { server, people }) {
      const acts: Acts = { took: [], refused: 0 };
      const until = Date.now() + seconds * 1_000;
      const lives: Promise<void>[] = [];
      for (let i = 0; i < people.length; i += MEMBERS) {
        const members = people.slice(i, i + MEMBERS);
        const id = await system.room(server, members);
        for (const person of members) lives.push(new Somebody(server.port, person, id, acts).live(until));
      }
      const began = performance.now();
      let cpu = server.cpu();
      while (Date.now() < until) {
        await sleep(LOOK_MS);
        const took = acts.took.splice(0);
        const { at, waiting, memory } = await look(server, began);
        const spent = server.cpu() - cpu;
        cpu += spent;
        const each = (spent / took.length) * 1e6;
        yield {
          x: at,
          y: { "us CPU an act": each, "p99, ms": quantile(took, 0.99), MB: memory, "messages behind": waiting },
        };
      }
      await Promise.all(lives);
      if (acts.refused > 0) throw new Error(`${acts.refused} acts were not done`);
    }),
};
