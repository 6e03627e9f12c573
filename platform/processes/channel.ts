/** What a process of a group and whoever started it say to each other, beside the sockets that go along. */
import { type Socket } from "node:net";

export type ToProcess =
  /** A client's connection goes along; `head`: what was read of it already, one byte a letter. */
  | { readonly say: "connection"; readonly head?: string }
  /** All of them are there, and the port is open. */
  | { readonly say: "open"; readonly port: number }
  | { readonly say: "stop" };

export type ToSupervisor =
  | { readonly say: "started" }
  /** How many clients' connections it holds. */
  | { readonly say: "holds"; readonly connections: number }
  /** A connection goes along that belongs to another gateway. */
  | { readonly say: "elsewhere"; readonly index: number; readonly head: string }
  /** It was told by a signal to end. */
  | { readonly say: "signalled" };

/** Settles when it is on its way, `false` where nobody is there to hear it. */
export function tell(message: ToSupervisor, socket?: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    if (!process.send || !process.connected) return resolve(false);
    process.send(message, socket, {}, (error) => resolve(!error));
  });
}

export function onTold<S extends ToProcess["say"]>(
  say: S,
  hear: (message: Extract<ToProcess, { say: S }>, socket: Socket | undefined) => void,
): void {
  process.on("message", (message: ToProcess, socket) => {
    if (message.say === say) hear(message as Extract<ToProcess, { say: S }>, socket as Socket | undefined);
  });
}
