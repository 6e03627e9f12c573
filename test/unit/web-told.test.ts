/** What the server words itself, in English, is shown on the page and mailed in the reader's language. */
import { tell, type Told, told, toldBy, toldIn } from "../../contracts/told";
import { vi as mailed } from "../../services/notifications/mail/texts/vi";
import { ofInvite, ofMessages } from "../../services/notifications/sources";
import { type Reader, wordsOf } from "../../web/src/list/notice-words";
import { vi } from "../../web/src/locales/vi";

const NOBODY = { nameOf: () => undefined, groupOf: () => undefined };
const vietnamese: Pick<Reader, "t" | "timeOf"> = {
  t(word, values = {}) {
    const words = vi as Readonly<Record<string, string>>;
    const text = words[word] ?? words[`${word}_other`] ?? "";
    return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ""));
  },
  timeOf: (at) => at,
};
const UNTIL = "2030-01-02T03:04:05.000Z";
const sample = (key: Told): string => (key === "mutedUntil" ? tell(key, UNTIL) : tell(key, 7));
const all = Object.keys(told) as Told[];
const base = { actor_id: null, related_id: null, title: "", content: "" };

test.each(all)("%s is recognised, and said in Vietnamese by mail", (key) => {
  expect(toldBy(sample(key))?.key).toBe(key);
  expect(toldIn(mailed.told, sample(key))).toBe(
    mailed.told[key].replace(/\{\w+\}/, key === "mutedUntil" ? UNTIL : "7"),
  );
  expect(/\{.*\}/.exec(mailed.told[key])?.[0]).toBe(/\{.*\}/.exec(told[key])?.[0]);
  expect(mailed.told[key]).not.toBe(told[key]);
});
test.each(all)("%s is said in Vietnamese in the bell", (key) => {
  const text = sample(key);
  const { title, content } = wordsOf(
    { ...base, type: "system", title: text, content: text },
    { ...vietnamese, ...NOBODY },
  );
  expect(title).not.toBe(text);
  expect(content).toBe(title);
  expect(title).not.toMatch(/\{|\}|^$/);
  if (told[key].includes("{")) expect(title).toContain(key === "mutedUntil" ? UNTIL : "7");
});

describe("what somebody wrote stays theirs", () => {
  it.each(["Reminder", "New message", "Sent some attachments", "You may not write until tomorrow", "a group"])(
    "a message of “%s”",
    (content) => {
      const words = wordsOf({ ...base, type: "message", title: "Ann", content }, { ...vietnamese, ...NOBODY });
      expect(words).toEqual({ title: "Ann", content });
    },
  );
  it("a broadcast", () => {
    const said = { title: "Sent by hand", content: "You may not write until the hall is swept" };
    expect(wordsOf({ ...base, type: "system", ...said }, { ...vietnamese, ...NOBODY })).toEqual(said);
  });
});

describe("as the server makes them", () => {
  const message = { _id: "m", seq: 1, version: 1, sender_id: 2, mentions: [], reply_to: null, deleted_at: null };
  const messagesOf = (attachments: number, name: string | null) =>
    ofMessages({
      conversationId: "c",
      type: name === null ? "private" : "group",
      name,
      recipients: [1],
      muted: [],
      messages: [
        { ...message, type: "file", content: "", attachments: Array(attachments).fill("/f"), created_at: UNTIL },
      ],
    } as unknown as Parameters<typeof ofMessages>[0]);
  const invite = (name: string | null) =>
    ofInvite({ factId: "f", conversationId: "c", userId: 1, actorId: 2, name, at: UNTIL });
  const reader = { ...vietnamese, ...NOBODY };
  const english = /\b(Sent|attachments?|New|message|Added|added|You|member|group|in)\b/;

  it.each([1, 2, 10])("%i attachments of somebody whose name is unknown", (count) => {
    for (const { type, titleOf, content } of messagesOf(count, null)) {
      const words = wordsOf({ ...base, type, title: titleOf(undefined), content }, reader);
      expect(words.title).toBe(vi.noticeMessage);
      expect(words.content).not.toMatch(english);
      if (count > 1) expect(words.content).toContain(String(count));
    }
  });
  it.each(["Crew", null])("being added to %s, with and without a name, in the group and out of it", (name) => {
    const { type, titleOf, content } = invite(name);
    for (const nameOf of [() => undefined, () => "Bảo"])
      for (const groupOf of [() => undefined, () => "Crew"]) {
        const title = titleOf(nameOf());
        const words = wordsOf({ type, title, content, actor_id: 2, related_id: "c" }, { ...reader, nameOf, groupOf });
        expect(`${words.title} ${words.content}`).not.toMatch(english);
        expect(words.title).toContain(nameOf() ?? "");
        if (name) expect(words.title).toContain(name);
      }
  });
});
