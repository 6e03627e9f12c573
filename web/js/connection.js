/** The two sockets, and questions over them. */
import { io } from "/socket.io/socket.io.esm.min.js";
import { accessToken, freshToken, onSession, Refused, renew } from "./session.js";

let sockets;

/** `handlers.chat` and `handlers.notifications`: event -> function; `onUp` runs at every (re)connection, `onDown` between. */
export function openSockets({ chat, notifications, onUp, onDown }) {
  closeSockets();
  const open = (namespace, auth, events) => {
    const token = (give) => void freshToken().then((t) => give({ token: `Bearer ${t}`, ...auth }));
    const socket = io(namespace, { auth: token });
    for (const [event, handler] of Object.entries(events)) socket.on(event, handler);
    socket.on("connect_error", (error) => refused(socket, error));
    socket.on("error", (error) => error.code === "AUTH_EXPIRED" && renew().catch(() => undefined));
    // After a cut by the server the client does not come back by itself.
    socket.on("disconnect", (why) => why === "io server disconnect" && setTimeout(() => socket.connect(), 500));
    return socket;
  };
  sockets = { chat: open("/chat", { join: "all" }, chat), notifications: open("/notifications", {}, notifications) };
  sockets.chat.on("connect", onUp);
  sockets.chat.on("disconnect", onDown);
}

/** A token that has run out is renewed; one that was revoked ends the session (see `renew`). */
function refused(socket, error) {
  const { code } = error.data ?? {};
  if (!code?.startsWith("AUTH_")) return; // the client itself tries again
  renew().then(
    () => setTimeout(() => socket.connect(), 1000),
    () => setTimeout(() => sockets && accessToken() && socket.connect(), 3000),
  );
}

export function closeSockets() {
  sockets?.chat.disconnect();
  sockets?.notifications.disconnect();
  sockets = undefined;
}

onSession((session) => {
  if (!session || !sockets) return;
  for (const socket of [sockets.chat, sockets.notifications])
    if (socket.connected) socket.emit("auth:renew", { token: session.accessToken }, () => undefined);
});

async function question(socket, event, payload) {
  if (!socket?.connected) throw new Refused({ code: "UNAVAILABLE", message: "Not connected." });
  const ack = await socket
    .timeout(10_000)
    .emitWithAck(event, payload)
    .catch(() => ({ ok: false, error: { code: "UNAVAILABLE", message: "The server did not answer in time." } }));
  if (!ack.ok) throw new Refused(ack.error);
  return ack.data;
}

/** Emits on /chat and gives the ack's data. @throws Refused */
export const ask = (event, payload = {}) => question(sockets?.chat, event, payload);
export const askNotifications = (event, payload = {}) => question(sockets?.notifications, event, payload);
export const connected = () => sockets?.chat.connected === true;
