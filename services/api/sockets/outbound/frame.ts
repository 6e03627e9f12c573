/** One Socket.IO event as it goes over the wire, encoded once for all who receive it. */
import { type Namespace } from "../../../../contracts/sockets";
import { textFrame } from "./wire/frames";

/** Engine.IO's packet type "message", which it writes before what Socket.IO gives it. */
export const MESSAGE = "4";

export class Frame {
  private encoded: Buffer | undefined;

  /** The packet as Socket.IO gives it to Engine.IO. */
  readonly packet: string;

  /** `body` is the payload, already JSON. */
  constructor(namespace: Namespace, event: string, body: string) {
    this.packet = `2${namespace},["${event}",${body}]`;
  }

  /** The same as a WebSocket frame. */
  get wire(): Buffer {
    return (this.encoded ??= textFrame(MESSAGE + this.packet));
  }
}
