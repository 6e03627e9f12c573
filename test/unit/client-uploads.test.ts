/** A message that is taken back while its file goes up. */
import { createChat, memory } from "../../client/src";
import { actions } from "../../contracts/actions";
import { exampleOf } from "../../platform/specs/examples";
import { eventually } from "../support/eventually";
import { RecordedServer } from "../support/recorded-server";

const id = "507f1f77bcf86cd799439011";

test.each(["discarded", "left behind by signing out"])("an upload that is %s ends its request", async (how) => {
  const conversation = { ...(exampleOf(actions["chat.get"].result.json) as object), _id: id };
  const server = new RecordedServer({
    sync: { changes: [], cursors: { [id]: 1 }, next: null, reset: false },
    "conversation:list": [conversation],
    "conversation:get": conversation,
  });
  const uploads: AbortSignal[] = [];
  const slow: typeof fetch = (input, init) => {
    if (!(input as string).includes("/upload/")) return server.fetch(input, init);
    const signal = init?.signal as AbortSignal;
    uploads.push(signal);
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
  };
  const more = { storage: memory(), sockets: server.sockets, fetch: slow };
  const chat = createChat({ url: "http://chat.test", token: "t", ...more });
  try {
    await chat.connect();
    const c = chat.conversation(id);
    const outgoing = c?.send({ text: "with a file", files: [new Blob(["x"])] });
    await eventually(() => expect(uploads.length).toBe(1));
    expect(uploads[0]?.aborted).toBe(false);
    if (how === "discarded") outgoing?.discard();
    else await chat.signOut();
    expect(uploads[0]?.aborted).toBe(true);
    if (how === "discarded") await expect(outgoing?.sent).rejects.toMatchObject({ code: "UNAVAILABLE" });
    // Nothing tries it again.
    expect(server.asked.filter(({ action }) => action === "chat.send")).toEqual([]);
    if (how === "discarded") expect(c?.messages.value.filter(({ state }) => state !== "sent")).toEqual([]);
  } finally {
    await chat.close();
  }
});
