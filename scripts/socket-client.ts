/** A small typed client for the scripts: REST in the envelope, sockets with acks, and waiting for events. */
import { io, type Socket } from "socket.io-client";
import { type Namespace, type ServerEvents } from "../contracts/sockets";
import { type Tokens } from "../contracts/users";

export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(`${code}: ${message}`);
  }
}

type Envelope<T> = { ok: true; data: T } | { ok: false; error: { code: string; message: string } };

function opened<T>(answer: Envelope<T>): T {
  if (answer.ok) return answer.data;
  throw new Refused(answer.error.code, answer.error.message);
}

export async function rest<T>(url: string, method: string, path: string, body?: object, token?: string): Promise<T> {
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return opened((await response.json()) as Envelope<T>);
}

export const register = (url: string, username: string, email: string, password: string): Promise<Tokens> =>
  rest<Tokens>(url, "POST", "/auth/register", { username, email, password });

type Heard = { event: string; payload: unknown };

/** One socket of one namespace. It keeps what it heard, so that nothing is missed between two steps. */
export class Client<N extends Namespace = "/chat"> {
  readonly heard: Heard[] = [];

  private constructor(readonly socket: Socket) {
    socket.onAny((event: string, payload: unknown) => this.heard.push({ event, payload }));
  }

  /** @throws Refused with the server's code when the handshake is refused */
  static connect<N extends Namespace>(url: string, namespace: N, token: string, auth: object = {}): Promise<Client<N>> {
    const socket = io(new URL(namespace, url).href, {
      auth: { token: `Bearer ${token}`, ...auth },
      forceNew: true,
      reconnection: false,
    });
    return new Promise((resolve, reject) => {
      const client = new Client<N>(socket);
      socket.once("connect", () => resolve(client));
      socket.once("connect_error", (error) => {
        socket.disconnect();
        const { code } = (error as { data?: { code?: string } }).data ?? {};
        reject(new Refused(code ?? "UNREACHABLE", error.message));
      });
    });
  }

  async ask<T>(event: string, payload: unknown = {}): Promise<T> {
    return opened((await this.socket.timeout(10_000).emitWithAck(event, payload)) as Envelope<T>);
  }

  /** The first event that fits, already heard or still to come. */
  async wait<E extends keyof ServerEvents<N> & string>(
    event: E,
    fits: (payload: ServerEvents<N>[E]) => boolean = () => true,
    ms = 5000,
  ): Promise<ServerEvents<N>[E]> {
    const until = Date.now() + ms;
    for (;;) {
      const found = this.all(event).find(fits);
      if (found !== undefined) return found;
      if (Date.now() > until) throw new Error(`no ${event} within ${ms} ms`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  all<E extends keyof ServerEvents<N> & string>(event: E): ServerEvents<N>[E][] {
    return this.heard.filter((h) => h.event === event).map((h) => h.payload as ServerEvents<N>[E]);
  }

  close(): void {
    this.socket.disconnect();
  }
}
