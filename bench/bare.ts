/**
 * The yardstick: Socket.IO as its documentation shows it. A token checked at connect, a room joined, a message given a
 * number, emitted to the room and acknowledged. It stores nothing, checks nothing and forgets all when it ends.
 */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import jwt, { type JwtPayload } from "jsonwebtoken";
import { type DefaultEventsMap, Server } from "socket.io";

interface Incoming {
  conversationId: string;
  content: string;
  clientId?: string;
}
type Answer = (ack: { ok: true; data: object }) => void;
type Nothing = DefaultEventsMap;

const secret = process.env.JWT_ACCESS_SECRET ?? "";
const http = createServer((_request, response) => response.end("ready"));
const io = new Server<Nothing, Nothing, Nothing, { userId: number }>(http);
const lastSeq = new Map<string, number>();

const chat = io.of("/chat");
chat.use((socket, next) => {
  const auth = socket.handshake.auth as { token?: string };
  try {
    const { sub } = jwt.verify(auth.token ?? "", secret, { algorithms: ["HS256"] }) as JwtPayload;
    socket.data.userId = Number(sub);
    next();
  } catch (error) {
    next(error as Error);
  }
});

chat.on("connection", (socket) => {
  socket.on("conversation:join", async ({ conversationId }: Incoming, answer: Answer) => {
    await socket.join(`conversation:${conversationId}`);
    answer({ ok: true, data: {} });
  });
  socket.on("message:send", (sent: Incoming, answer: Answer) => {
    const seq = (lastSeq.get(sent.conversationId) ?? 0) + 1;
    lastSeq.set(sent.conversationId, seq);
    const message = {
      _id: randomBytes(12).toString("hex"),
      conversation_id: sent.conversationId,
      seq,
      sender_id: socket.data.userId,
      type: "text",
      content: sent.content,
      clientId: sent.clientId,
      created_at: new Date().toISOString(),
    };
    chat.to(`conversation:${sent.conversationId}`).emit("message:created", message);
    answer({ ok: true, data: message });
  });
});

http.listen(Number(process.env.PORT), "127.0.0.1");
process.once("SIGTERM", () => process.exit(0));
