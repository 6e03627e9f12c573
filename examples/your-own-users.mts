import express from "express";
import session from "express-session";
import jwt from "jsonwebtoken";
import { createChatServer } from "moleculer-chat-client";

declare module "express-session" {
  interface SessionData {
    user: string;
  }
}
const { CHAT_URL = "http://localhost:3000", CHAT_KEY = "", CHAT_SECRET = "", PORT = "4000" } = process.env;
const chat = createChatServer({ url: CHAT_URL, key: CHAT_KEY }); // one of its SERVER_KEYS
const people = new Map(Object.entries({ ann: "a secret", bob: "another" })); // yours, kept as you keep them
const app = express().use(express.json(), session({ secret: CHAT_SECRET, resave: false, saveUninitialized: false }));
app.post("/login", async ({ body, session }, answer) => {
  const { name = "", password = null } = body as Record<string, string>;
  if (people.get(name) !== password) return void answer.sendStatus(401);
  await chat.putUser(name, { username: name }); // in step with every sign-in
  session.user = name;
  answer.sendStatus(204);
});
app.use(({ session }, answer, next) => (session.user === undefined ? void answer.sendStatus(401) : next()));
// The chat's TRUSTED_ISSUERS: [{ "issuer": "shop", "audience": "chat", "secret": "<CHAT_SECRET>", "prefix": "" }]
app.get("/chat-token", ({ session: { user = "" } }, answer) => {
  answer.send(jwt.sign({}, CHAT_SECRET, { issuer: "shop", audience: "chat", subject: user, expiresIn: "15m" }));
});
app.post("/orders/:id/chat", async ({ session: { user = "" }, params: { id } }, answer) => {
  await chat.putUser("support", { username: "Support" });
  const { user_id } = await chat.findUser(user);
  const order = { type: "group", name: `Order ${id}`, custom: { order: id }, participantIds: [user_id] };
  const one = { ...order, external_id: `order-${user}-${id}` }; // the same one, however often it is asked for
  answer.json(await chat.ask({ external_id: "support" }, "POST", "/conversations", one));
});
const server = app.listen(Number(PORT), "127.0.0.1", () => console.log(server.address()));
