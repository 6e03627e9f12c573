/** What can't be imported, because it happens: faces, a picture, a poll with votes, what is new to Ann, what she has put aside. */
import { createChat, createSession, isChatError, memory, type Rest } from "../../client/src";
import { idOf } from "./importer";
import { drawing, faceOf } from "./seed-pictures";
import { groupKey, pairKey, PASSWORD, people, signedUp } from "./seed-lines";

interface Signed {
  readonly rest: Rest;
  upload(file: File): Promise<string>;
  leave(): Promise<void>;
}

interface Credentials {
  readonly email: string;
  readonly password: string;
}
async function signIn(url: string, credentials: Credentials): Promise<Signed> {
  const session = createSession({ url });
  await session.signIn(credentials);
  const chat = createChat({ url, token: session.token, storage: memory() });
  return {
    rest: chat.rest,
    upload: async (file) => (await chat.upload(file)).url,
    leave: async () => {
      await chat.close();
      await session.signOut();
    },
  };
}

/** What is drawn or dated anew in a second run is not the same under its key: what the first one made stays. */
const unlessThere = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => {
    if (!isChatError(error) || error.code !== "CONFLICT") throw error;
  });

/** The same key each time: run again, nothing is said twice. */
const say = ({ rest }: Signed, conversation: string, key: string, what: object) =>
  rest.call("POST /conversations/:conversationId/messages", {
    conversationId: idOf(conversation),
    clientId: `seed/${key}`,
    ...what,
  });

/** Some keep their initials, as people do. */
const hasFace = (n: number): boolean => n % 4 !== 3;

async function faces(admin: Signed, ids: readonly number[]): Promise<void> {
  const known = await admin.rest.call("POST /users/batch", { ids: [...ids] });
  for (const [n, id] of ids.entries()) {
    if (!hasFace(n) || known.find(({ user_id }) => user_id === id)?.avatar_url) continue;
    const avatar_url = await admin.upload(await faceOf(n));
    await admin.rest.call("PATCH /users/:id", { id, avatar_url });
  }
}

async function lunch(ann: Signed, others: readonly Signed[]): Promise<void> {
  const poll = { question: "Trưa nay ăn gì?", options: ["Phở bò", "Bún chả", "Bánh mì", "Pizza"] };
  const { _id: messageId } = await say(ann, groupKey("Ăn trưa 🍜"), "lunch", { poll });
  for (const [i, one] of [ann, ...others].entries())
    await one.rest.call("PUT /messages/:messageId/vote", { messageId, options: [i % 2] });
}

async function aside(ann: Signed): Promise<void> {
  const release = idOf(groupKey("Release 2.0"));
  const [latest] = await ann.rest.call("GET /conversations/:conversationId/messages", { conversationId: release });
  if (latest) await ann.rest.call("PUT /messages/:messageId/save", { messageId: latest._id });
  const at = new Date(Date.now() + 86_400_000).toISOString();
  const planned = { conversationId: release, content: "Good morning! Anything left from **yesterday**?", at };
  await unlessThere(
    ann.rest.call("POST /conversations/:conversationId/scheduled", { ...planned, clientId: "seed/planned" }),
  );
}

/** @param ids of the people, in their order */
export async function seedToday(url: string, credentials: Credentials, ids: readonly number[]) {
  const admin = await signIn(url, credentials);
  const doors = await Promise.all(
    people.slice(0, signedUp.length).map(({ email }) => signIn(url, { email, password: PASSWORD })),
  );
  const [ann, bob, mai, chloe] = doors as [Signed, Signed, Signed, Signed];
  try {
    await faces(admin, ids);
    const attachments = [await ann.upload(await drawing())];
    const content = "How about this for the start page?";
    await unlessThere(say(ann, groupKey("Design"), "sketch", { content, attachments }));
    await lunch(ann, [bob, mai, chloe]);
    await say(chloe, pairKey(3), "thursday", { content: "Et j'apporte le gâteau 🍰" });
    await say(bob, pairKey(1), "dashboard", { content: "Fixed, have another look?" });
    await say(bob, groupKey("Everyone"), "shipped", {
      content: "**2.0 is out.** Thank you all, this was a good one 🚀",
    });
    await say(mai, groupKey("Everyone"), "thanks", { content: "@Ann Archer tối nay ăn mừng nhé?" });
    await aside(ann);
  } finally {
    await Promise.all([admin, ...doors].map((one) => one.leave()));
  }
}
