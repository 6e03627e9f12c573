/** Senders who write down what they were answered, and the reading of it all again: nothing that was acknowledged may be missing. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Ack, RawSocket } from "./raw-socket";
import { type Person, serverEnv } from "./systems";

/** Nothing may be kept waiting longer without an answer. */
const LONGEST_MS = 20_000;
const PAGE = 100;

interface Message {
  readonly seq: number;
  readonly content: string;
}

/** What happened, by its name, and how often. */
export type Tally = Map<string, number>;
export const count = (tally: Tally, what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1);

export class Answered {
  /** By conversation: what was acknowledged with a number, the newest number last. */
  private readonly messages = new Map<string, Map<number, string>>();
  private readonly accounts = new Set<number>();
  private texts = 0;
  readonly tally: Tally = new Map();
  acknowledged = 0;

  /** Sends, one after another, until it is told to stop or the connection ends. */
  async send(port: number, { token }: Person, room: string, stop: () => boolean): Promise<void> {
    const socket = await RawSocket.open(port, { token }).catch(() => undefined);
    if (!socket) return; // killed meanwhile
    const gone = new Promise<undefined>((resolve) => (socket.onClose = () => resolve(undefined)));
    while (!stop()) {
      const content = `${this.texts++} ${"x".repeat(200)}`;
      const late = new AbortController();
      const ack = await Promise.race([
        socket.ask("message:send", { conversationId: room, content }),
        gone,
        sleep(LONGEST_MS, "late" as const, { signal: late.signal, ref: false }).catch(() => "late" as const),
      ]);
      late.abort();
      if (ack === undefined) break;
      this.note(room, content, ack);
      if (ack !== "late" && !ack.ok) await sleep(20);
    }
    socket.close();
  }

  private note(room: string, content: string, ack: Ack | "late"): void {
    if (ack === "late") return count(this.tally, "no answer");
    if (!ack.ok) return count(this.tally, `send: ${ack.error?.code}`);
    const of = this.messages.get(room) ?? new Map<number, string>();
    this.messages.set(room, of.set((ack.data as Message).seq, content));
    this.acknowledged++;
    count(this.tally, "send: acknowledged");
  }

  /** Makes accounts, one after another. */
  async register(port: number, stop: () => boolean): Promise<void> {
    while (!stop()) {
      const answer = await asked(port, "POST", "/admin/users", { username: `Round ${this.texts++}` });
      if (answer === undefined) return;
      if (answer.ok) this.accounts.add((answer.data as { user_id: number }).user_id);
      count(this.tally, `account: ${answer.ok ? "made" : answer.error?.code}`);
      await sleep(answer.ok ? 50 : 200);
    }
  }

  /** @returns what is missing or not as it was, of all that was ever acknowledged */
  async missing(port: number, { token }: Person): Promise<string[]> {
    const found: string[] = [];
    const socket = await RawSocket.open(port, { token });
    for (const [room, answered] of this.messages) {
      const stored = await historyOf(socket, room);
      for (const [seq, content] of answered)
        if (stored.get(seq) !== content) found.push(`message ${seq} of ${room}: ${stored.get(seq) ?? "gone"}`);
      const top = Math.max(...stored.keys());
      for (let seq = 1; seq <= top; seq++) if (!stored.has(seq)) found.push(`number ${seq} of ${room} is left out`);
    }
    socket.close();
    for (const id of this.accounts) {
      const answer = await asked(port, "POST", `/admin/users/${id}/tokens`, {});
      if (!answer?.ok) found.push(`account ${id}: ${answer?.error?.code ?? "no answer"}`);
    }
    return found;
  }
}

async function historyOf(socket: RawSocket, room: string): Promise<Map<number, string>> {
  const stored = new Map<number, string>();
  for (let after = 0; ;) {
    const ack = await socket.ask("message:list", { conversationId: room, limit: PAGE, after });
    if (!ack.ok) throw new Error(`message:list answered ${JSON.stringify(ack.error)}`);
    const page = ack.data as Message[];
    for (const { seq, content } of page) stored.set(seq, content);
    after = Math.max(after, ...page.map(({ seq }) => seq));
    if (page.length < PAGE) return stored;
  }
}

/** Undefined where nobody answers. */
async function asked(port: number, method: string, path: string, body: object): Promise<Ack | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { "content-type": "application/json", authorization: `Bearer ${serverEnv.SERVER_KEYS}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(LONGEST_MS),
    });
    return (await answer.json()) as Ack;
  } catch {
    return undefined;
  }
}
