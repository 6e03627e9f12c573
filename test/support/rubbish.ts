/** What no client of ours would send: forty packets that are broken at one layer or another, each on a fresh socket. */
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";

type Sent = string | Buffer;
type Send = (url: string, token: string) => Promise<void>;
/** How long the server may think about one, and how long one that it lets wait stays. */
const STAY_MS = 300;
const PATIENCE_MS = 10_000;

const deep = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const deepObject = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const event = (text: string, id = ""): string => `42/chat,${id}${text}`;

/** Frames of Engine.IO (the first digit) and Socket.IO (the second), for a socket that has signed in. */
const frames: readonly (readonly [string, readonly Sent[]])[] = [
  ["an unknown engine packet", ["9"]],
  ["an empty frame", [""]],
  ["an unknown socket packet", ["49"]],
  ["no packet at all", ["4"]],
  ["JSON that breaks off", [event('["message:send",{')]],
  ["an event that is no array", [event('{"a":1}')]],
  ["an event that is a number", [event("42")]],
  ["an empty event", [event("[]", "1")]],
  ["an event without a name", [event("[null,{}]", "1")]],
  ["an event named by an object", [event('[{"toString":1},{}]', "1")]],
  ["an event named by a number", [event("[7,{}]", "1")]],
  ["a reserved event", [event('["disconnect"]', "1")]],
  ["another reserved event", [event('["connect_error",{}]')]],
  ["an event of the prototype", [event('["__proto__",{}]', "1")]],
  ["a method of ours as an event", [event('["constructor",{}]', "1")]],
  ["moleculer-io's own event", [event('["call","$node.list",{}]', "1")]],
  ["a huge event name", [event(`["${"e".repeat(900_000)}",{}]`, "1")]],
  ["a payload of the prototype", [event('["message:send",{"__proto__":{"x":1}}]', "1")]],
  ["a deep list", [event(`["message:send",${deep(100_000)}]`, "1")]],
  ["a deep object", [event(`["message:send",${deepObject(100_000)}]`, "1")]],
  ["a wide object", [event(`["message:send",{${Array.from({ length: 50_000 }, (_, i) => `"k${i}":1`).join()}}]`, "1")]],
  ["an ack nobody asked for", ["43/chat,77[1]"]],
  ["an ack with a huge id", [event('["typing",{}]', "9".repeat(400))]],
  ["an ack with a negative id", ["42/chat,-1[]"]],
  ["an attachment that never comes", ['451-/chat,["message:send",{"_placeholder":true,"num":0}]']],
  ["a million attachments", ['451000000-/chat,["message:send",{"_placeholder":true,"num":0}]']],
  ["a negative count of attachments", ['45-1-/chat,["x"]']],
  ["no count of attachments", ['45-/chat,["x"]']],
  ["a placeholder out of range", ['451-/chat,["x",{"_placeholder":true,"num":9}]', Buffer.from("x")]],
  ["a text between header and attachment", ['451-/chat,["x",{"_placeholder":true,"num":0}]', event('["typing",{}]')]],
  ["an attachment of nothing", [Buffer.from("who asked?")]],
  ["an unknown namespace", ["40/admin,{}"]],
  ["a namespace of the prototype", ["40/__proto__,{}"]],
  ["a huge namespace", [`40/${"n".repeat(900_000)},{}`]],
  ["a second sign-in", ["40/chat,{}"]],
  ["a sign-in that is no JSON", ["40/notifications,{"]],
  ["a frame over the limit", [event(`["message:send",{"content":"${"x".repeat(1_200_000)}"}]`, "1")]],
];

/** A WebSocket that has signed in sends its frames, and goes when the server cuts it, or after a while. */
function overWebSocket(packets: readonly Sent[]): Send {
  return (url, token) =>
    new Promise((resolve, reject) => {
      const ws = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
      const late = setTimeout(() => (ws.terminate(), reject(new Error("the server says nothing"))), PATIENCE_MS * 3);
      ws.on("error", () => undefined);
      ws.on("close", () => (clearTimeout(late), resolve()));
      ws.on("message", (data: Buffer) => {
        const text = data.toString();
        if (text.startsWith("0{")) ws.send(`40/chat,${JSON.stringify({ token })}`);
        if (!text.startsWith("40/chat,")) return;
        for (const packet of packets) ws.send(packet);
        setTimeout(() => ws.close(), STAY_MS);
      });
    });
}

/** A long-polling session that sends one body. */
function overPolling(body: string | Buffer): Send {
  return async (url) => {
    const at = `${url}/socket.io/?EIO=4&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(at)).text()).slice(1)) as { sid: string };
    const headers = { "content-type": "text/plain;charset=UTF-8" };
    // Whatever it answers, or if it hangs up on us: it does so in time.
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answered = await fetch(`${at}&sid=${sid}`, { method: "POST", headers, body, signal }).catch((e: Error) => e);
    if (answered instanceof Error && answered.name === "TimeoutError") throw answered;
    await sleep(100);
  };
}

export const rubbish: readonly (readonly [string, Send])[] = [
  ...frames.map(([what, packets]) => [what, overWebSocket(packets)] as const),
  ["polling: thousands of packets in one body", overPolling(Array(20_000).fill("4").join("\u001e"))],
  ["polling: a body over the limit", overPolling("4".repeat(1_200_000))],
  ["polling: bytes that are no text", overPolling(Buffer.from([0xff, 0xfe, 0, 4, 0x1e, 0x62]))],
];

/** All of it, a few at a time. */
export async function sendRubbish(url: string, token: string): Promise<void> {
  const left = [...rubbish];
  const sender = async (): Promise<void> => {
    for (let next = left.pop(); next; next = left.pop()) await next[1](url, token);
  };
  await Promise.all([sender(), sender(), sender()]);
}
