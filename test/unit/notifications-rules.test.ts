/** Who is told what. */
import { decide, defaultPreferences, isQuiet, isTimezone } from "../../services/notifications/rules";
import { ofInvite, ofMessages } from "../../services/notifications/sources";
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
    expect(() => pathsOf({ dnd: { from: "22:00", to: "07:00", timezone: "Mars/Olympus" } })).toThrow(/time zone/);
  });
});

describe("what a fact could make", () => {
  test("one for each message and recipient but the sender of that message", () => {
    const messages = [message({ sender_id: 1 }), message({ sender_id: 2 })];
    const drafts = [...ofMessages(fact({ messages, recipients: [1, 2, 3] }), [1, 2, 3])];
    expect(drafts.map((d) => [d.userId, d.seq - messages[0]!.seq])).toEqual([
      [2, 0],
      [3, 0],
      [1, 1],
      [3, 1],
    ]);
    expect(new Set(drafts.map((d) => d.source)).size).toBe(4);
  });
  test("none for what the system tells, what is deleted, what was read", () => {
    const read = message();
    const messages = [message({ type: "system" }), message({ deleted_at: "2026-01-01T00:00:00.000Z" }), read];
    expect([
      ...ofMessages(
        fact({ messages }),
        [2],
        new Map([[2, { userId: 2, seq: 0, above: [{ from: read.seq, to: read.seq }] }]]),
      ),
    ]).toEqual([]);
  });
  test("a mention, a mention of all, and a reply name their reader", () => {
    const reply_to = { message_id: "a".repeat(24), seq: 1, sender_id: 2, content: "" };
    const messages = [message({ mentions: [2] }), message({ mention_all: true }), message({ reply_to }), message()];
    expect([...ofMessages(fact({ messages }), [2])].map((d) => d.named)).toEqual([true, true, true, false]);
  });
  test("a group of 51 is large, of 50 is not, and a private one never", () => {
    const of = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
    const large = (n: number, type: "group" | "private") =>
      [...ofMessages(fact({ type, recipients: of(n) }), [2])].map((d) => d.large);
    expect([large(50, "group"), large(51, "group"), large(51, "private")]).toEqual([[false], [true], [false]]);
  });
  test("titles name who wrote and where; without a name they still say something", () => {
    const [inGroup] = [...ofMessages(fact({ type: "group", name: "Crew" }), [2])];
    const [inPrivate] = [...ofMessages(fact(), [2])];
    expect([inGroup!.titleOf("Ann"), inPrivate!.titleOf("Ann")]).toEqual(["Ann in Crew", "Ann"]);
    expect([inGroup!.titleOf(undefined), inPrivate!.titleOf(undefined)]).toEqual(["Crew", "New message"]);
  });
  test("a long text is cut between characters, a mere attachment is told as one", () => {
    const messages = [message({ content: "😀".repeat(300) }), message({ content: "", attachments: ["a"] })];
    const [long, file] = [...ofMessages(fact({ messages }), [2])].map((d) => d.content);
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
