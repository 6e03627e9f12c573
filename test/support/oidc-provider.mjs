/** A real OpenID provider in a process of its own, for it is an ES module alone. A login is `name|email|verified`. */
import { createServer } from "node:http";
import Provider from "oidc-provider";

const server = createServer((req, res) => handle(req, res));
let handle = (_req, res) => res.writeHead(503).end();

server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
process.on("message", ({ redirectUris }) => {
  const provider = new Provider(`http://127.0.0.1:${server.address().port}`, {
    clients: [{ client_id: "chat", client_secret: "the secret of the chat", redirect_uris: redirectUris }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: ["a key of this test"] },
    pkce: { required: () => true },
    findAccount(_ctx, id) {
      const [name, email, verified] = id.split("|");
      return { accountId: id, claims: () => ({ sub: id, name, email, email_verified: verified === "verified" }) };
    },
  });
  handle = provider.callback();
  process.send({ ready: true });
});
process.on("disconnect", () => process.exit());
