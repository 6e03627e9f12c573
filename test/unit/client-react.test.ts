/** The hooks: what changes is rendered, and nothing renders for nothing. */
import { createElement } from "react";
import { type Chat, createChat } from "../../client/src";
import * as hooks from "../../client/src/react";
import { randomOf, SimClock } from "../support/sim/clock";
import { SimNetwork } from "../support/sim/network";
import { CONVERSATION, SimServer } from "../support/sim/server";

const { JSDOM } = jest.requireActual("jsdom"); // its types would bring the DOM to every file
const { window } = new JSDOM("");
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });
Object.defineProperty(globalThis, "navigator", { value: window.navigator, configurable: true, writable: true });
const { createRoot } = jest.requireActual("react-dom/client");
const { act } = jest.requireActual("react");

async function worldOf(): Promise<{ chat: Chat; clock: SimClock; server: SimServer }> {
  const random = randomOf(1);
  const clock = new SimClock(random);
  const server = new SimServer([1, 2], () => clock.now());
  const net = new SimNetwork(clock, server, { delay: 5, loss: 0, doubles: 0 }, random);
  const life = { dead: false };
  const [sockets, fetch] = [net.sockets(1, life), net.fetch(1, life)];
  const chat = createChat({ url: "http://sim", token: "opaque", clock: clock.ofLife(life), sockets, fetch });
  void chat.connect();
  await clock.pass(2_000);
  return { chat, clock, server };
}

test("messages that come are rendered; what concerns others renders nothing", async () => {
  const { chat, clock, server } = await worldOf();
  const renders = { messages: 0, connection: 0, unread: 0 };
  const Messages = (): unknown => {
    renders.messages++;
    const { conversation } = hooks.useConversation(CONVERSATION);
    return hooks.useMessages(conversation).messages.map((m) => createElement("p", { key: m.key }, m.content));
  };
  const Connection = (): unknown => (renders.connection++, hooks.useConnection().state);
  const Unread = (): unknown => (renders.unread++, createElement("b", null, hooks.useUnread()));
  const root = createRoot(window.document.body);
  const parts = [Messages, Connection, Unread].map((part, key) => createElement(part as never, { key }));
  await act(() => root.render(createElement(hooks.ChatProvider, { chat }, parts)));
  await act(() => clock.pass(5_000));
  const texts = (): string[] => [...window.document.querySelectorAll("p")].map((e: any) => e.textContent);
  server.answer(2, "message:send", { content: "hello", clientId: "a" });
  await act(() => clock.pass(1_000));
  expect(texts()).toEqual(["hello"]);
  expect(window.document.querySelector("b").textContent).toBe("1");
  const before = { ...renders };
  // Told again, and told what changes nothing here.
  server.tell("message:created", server.messages[0]);
  server.tell("presence", { userId: 2, online: true, lastSeen: null });
  server.tell("typing", { conversationId: CONVERSATION, userId: 2, isTyping: true });
  await act(() => clock.pass(1_000));
  expect(renders).toEqual(before);
  chat.conversation(CONVERSATION)?.read();
  await act(() => clock.pass(1_000));
  expect(window.document.querySelector("b").textContent).toBe("0");
  expect(renders.connection).toBe(before.connection);
  await act(() => root.unmount());
  await chat.close();
});
