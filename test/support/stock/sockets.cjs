/** A socket.io-client of any version, by the folder that it lies in: sends over a socket, hears it, and prints the list. */
const [folder, base, email, password, conversationId, content] = process.argv.slice(2);
const { io } = require(folder);

async function main() {
  const login = await fetch(`${base}/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  const { data } = await login.json();
  const socket = io(`${base}/chat`, { auth: { token: data.accessToken }, reconnection: false });
  await new Promise((resolve, reject) => socket.on("connect", resolve).on("connect_error", reject));
  const emit = (event, payload) => new Promise((resolve) => socket.emit(event, payload, resolve));
  const heard = new Promise((resolve) => {
    socket.on("message:created", (message) => message.content === content && resolve());
  });
  const sent = await emit("message:send", { conversationId, content });
  if (!sent.ok) throw new Error(JSON.stringify(sent));
  await heard;
  console.log(JSON.stringify(await emit("message:list", { conversationId })));
  socket.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
