/** Requests that offer to speak another protocol: only a WebSocket of Socket.IO is taken up (RFC 9110, 7.8). */
import { IncomingMessage } from "node:http";

const SOCKET_IO = /^\/socket\.io(\/|\?|$)/;
const OF_TENANT = /^\/t\/[^/?]*(?=\/)/;

/**
 * Node hands a request over to the listener for upgrades, without its body and out of the server's count, whenever it
 * offers one. What this one says of itself decides: every other offer is ignored, and the request is one like any.
 */
export class OfferingRequest extends IncomingMessage {
  // Asked for by Node right after the head was read, and set by it before.
  declare private offered: unknown;
  /** What is asked for, as the door behind knows it. */
  protected target(): string {
    return this.url ?? "";
  }

  set upgrade(offered: unknown) {
    this.offered = offered;
  }

  get upgrade(): boolean {
    if (this.offered !== true) return false;
    // Tunnels are refused by Node itself, which has nobody to give them to.
    if (this.method === "CONNECT") return true;
    return SOCKET_IO.test(this.target()) && this.headers.upgrade?.toLowerCase() === "websocket";
  }
}

/** The same below a tenant's path. Node asks more than once, also when the path is gone. */
export class OfferingToTenants extends OfferingRequest {
  protected override target(): string {
    return super.target().replace(OF_TENANT, "");
  }
}
