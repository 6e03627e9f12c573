/** Who is told what. */
import { decide, defaultPreferences, isQuiet, isTimezone } from "../../services/notifications/rules";
import { idFor, keyFrom, keyOfMessage } from "../../services/notifications/ids";
import {
  isNamedBy,
  lastOfSystemFeed,
  names,
  ofInvite,
  ofMessages,
  systemFeedOf,
} from "../../services/notifications/sources";
import { pathsOf } from "../../services/notifications/preferences";
import { fact, message } from "../support/notifications";

const draft = { type: "message", relatedId: "a".repeat(24), named: false, muted: false, large: false } as const;
const level = (l: "all" | "mentions" | "none") => ({ ...defaultPreferences, conversations: { [draft.relatedId]: l } });

describe("the rules", () => {
  test("with no wishes of one's own every message in a small group is news", () => {
    expect(decide(draft, defaultPreferences)).toBe("made");
  });
  test("a type that is off makes none, whatever else holds", () => {
    const preferences = { ...defaultPreferences, types: { message: false, group_invite: false, system: false } };
    expect(decide({ ...draft, named: true }, preferences)).toBe("type_off");
    expect(decide({ ...draft, type: "system", relatedId: null }, preferences)).toBe("type_off");
  });
  test("a muted conversation is silent even where it names one", () => {
    expect(decide({ ...draft, muted: true, named: true }, level("all"))).toBe("muted");
  });
  test("`none` is silent, `mentions` lets what names one through", () => {
    expect(decide({ ...draft, named: true }, level("none"))).toBe("conversation_off");
    expect(decide(draft, level("mentions"))).toBe("mentions_only");
    expect(decide({ ...draft, named: true }, level("mentions"))).toBe("made");
  });
  test("a large group tells those it names, and those who ask for all", () => {
    expect(decide({ ...draft, large: true }, defaultPreferences)).toBe("large_group");
    expect(decide({ ...draft, large: true, named: true }, defaultPreferences)).toBe("made");
    expect(decide({ ...draft, large: true }, level("all"))).toBe("made");
  });
  test("wishes about one conversation don't touch another", () => {
    expect(decide({ ...draft, relatedId: "b".repeat(24) }, level("none"))).toBe("made");
  });
});

describe("do not disturb", () => {
  const at = (time: string): Date => new Date(`2026-01-15T${time}:00.000Z`);
  const night = { from: "22:00", to: "07:00", timezone: "UTC" };
  test("hours may pass midnight; the end is no part of them", () => {
    expect([isQuiet(night, at("21:59")), isQuiet(night, at("22:00")), isQuiet(night, at("00:00"))]).toEqual([
      false,
      true,
      true,
    ]);
    expect([isQuiet(night, at("06:59")), isQuiet(night, at("07:00")), isQuiet(null, at("00:00"))]).toEqual([
      true,
      false,
      false,
    ]);
  });
  test("they are hours of the user's own clock, daylight saving included", () => {
    const berlin = { ...night, timezone: "Europe/Berlin" };
    expect(isQuiet(berlin, at("21:30"))).toBe(true); // 22:30 in winter
    expect(isQuiet(berlin, new Date("2026-07-15T05:30:00.000Z"))).toBe(false); // 07:30 in summer
  });
  test("equal ends are the whole day", () => {
    expect(isQuiet({ from: "08:00", to: "08:00", timezone: "UTC" }, at("07:59"))).toBe(true);
  });
  test("a zone that does not exist is refused by name", () => {
    expect(isTimezone("Mars/Olympus")).toBe(false);
    expect(isTimezone("europe/BERLIN")).toBe(true); // however it is written
    expect(() => pathsOf({ dnd: { from: "22:00", to: "07:00", timezone: "Mars/Olympus" } })).toThrow(/time zone/);
  });
});

describe("the id of a notification", () => {
  const key = keyOfMessage("a".repeat(24));
  test("is one for each user, and leads back to what is stored", () => {
    const ids = [1, 2, 2 ** 31 - 1].map((user) => idFor(key, user));
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{24}$/);
    expect(ids.map((id, i) => keyFrom(id, [1, 2, 2 ** 31 - 1][i]!))).toEqual([key, key, key]);
  });
  test("is nobody else's, nor the stored one's own", () => {
    expect(keyFrom(idFor(key, 1), 2)).toBeUndefined();
    expect(keyFrom(key, 1)).toBeUndefined();
    expect(keyFrom("f".repeat(24), 1)).toBeUndefined();
  });
});

describe("what a fact could make", () => {
  test("one piece of news for each message, at its place in the conversation", () => {
    const messages = [message({ sender_id: 1 }), message({ sender_id: 2 })];
    const news = ofMessages(fact({ messages, recipients: [1, 2, 3] }));
    expect(news.map((n) => [n.actorId, n.position, n.recipients])).toEqual([
      [1, messages[0]!.seq, [1, 2, 3]],
      [2, messages[1]!.seq, [1, 2, 3]],
    ]);
    expect(new Set(news.map((n) => n.source)).size).toBe(2);
  });
  test("none for what the system tells; what is deleted has no words", () => {
    const messages = [message({ type: "system" }), message({ deleted_at: "2026-01-01T00:00:00.000Z" })];
    expect(ofMessages(fact({ messages }))).toMatchObject([{ deleted: true, content: "" }]);
  });
  test("a mention, a mention of all, and a reply name their reader", () => {
    const reply_to = { message_id: "a".repeat(24), seq: 1, sender_id: 2, content: "" };
    const messages = [message({ mentions: [2] }), message({ mention_all: true }), message({ reply_to }), message()];
    expect(ofMessages(fact({ messages })).map((n) => names(n, 2))).toEqual([true, true, true, false]);
    expect(messages.map((m) => isNamedBy(m, 2))).toEqual([true, true, true, false]);
  });
  test("a group of 51 is large, of 50 is not, and a private one never", () => {
    const of = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
    const large = (n: number, type: "group" | "private") =>
      ofMessages(fact({ type, recipients: of(n) })).map((d) => d.large);
    expect([large(50, "group"), large(51, "group"), large(51, "private")]).toEqual([[false], [true], [false]]);
  });
  test("a broadcast is told by the feeds that its users' ids fall into", () => {
    expect([systemFeedOf(1), systemFeedOf(499), systemFeedOf(500)]).toEqual(["system:0", "system:0", "system:1"]);
    expect([lastOfSystemFeed(1), lastOfSystemFeed(500)]).toEqual([499, 999]);
  });
  test("titles name who wrote and where; without a name they still say something", () => {
    const [inGroup] = ofMessages(fact({ type: "group", name: "Crew" }));
    const [inPrivate] = ofMessages(fact());
    expect([inGroup!.titleOf("Ann"), inPrivate!.titleOf("Ann")]).toEqual(["Ann in Crew", "Ann"]);
    expect([inGroup!.titleOf(undefined), inPrivate!.titleOf(undefined)]).toEqual(["Crew", "New message"]);
  });
  test("a long text is cut between characters, a mere attachment is told as one", () => {
    const messages = [message({ content: "😀".repeat(300) }), message({ content: "", attachments: ["a"] })];
    const [long, file] = ofMessages(fact({ messages })).map((d) => d.content);
    expect([...long!]).toHaveLength(200);
    expect(long!.endsWith("😀…")).toBe(true);
    expect(file).toBe("Sent an attachment");
  });
  test("an invitation has one source however often it comes", () => {
    const invite = {
      factId: "f",
      conversationId: "a".repeat(24),
      name: "Crew",
      userId: 3,
      actorId: 1,
      at: "2026-01-01T00:00:00.000Z",
    };
    expect(ofInvite(invite).source).toBe(ofInvite({ ...invite }).source);
    expect(ofInvite(invite).titleOf("Ann")).toBe("Ann added you to Crew");
  });
});
