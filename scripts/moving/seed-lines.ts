/** A workspace that could be one: the same people and words each time, up to now. */
import { type Line, type MessageLine } from "./format";
import { groupScenes, pairScenes, type Said } from "./seed-scenes";

export const PASSWORD = "correct horse battery";
const names = [
  "Ann Archer",
  "Bob Baker",
  "Nguyễn Thị Mai",
  "Chloé Dubois",
  "Trần Văn Nam",
  "Yara Haddad",
  "Diego Ramírez",
  "Kenji Sato",
  "Lena Fischer",
  "Omar Farouk",
  "Priya Nair",
  "Sofia Rossi",
  "Tomás Silva",
  "Wei Zhang",
  "Zoe Adams",
  "Emeka Obi",
];
export const people = names.map((username) => ({
  username,
  email: `${username
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/đ/gi, "d")
    .toLowerCase()
    .replace(/[^a-z]+/g, ".")}@example.com`,
}));
const groups = [
  ["Product", 12],
  ["Design", 6],
  ["Release 2.0", 8],
  ["Ăn trưa 🍜", 7],
  ["On call", 5],
  ["Book club", 6],
  ["Everyone", 16],
] as const;
const openings = [
  "Morning! Who has looked at the numbers?",
  "The build is green again.",
  "Can somebody review my change?",
  "Hôm nay ăn gì?",
  "I moved the meeting to **Thursday**.",
  "Does anyone know where the old logo is?",
  "Shipped it 🎉",
  "The customer asks for a date.",
  "I'll be away next week.",
  "Here is the draft: https://example.com/draft",
  "What did we decide about `retry`?",
  "Cảm ơn mọi người!",
];
const answers = [
  "Looks good to me.",
  "I'll take it.",
  "Not yet, after lunch.",
  "👍",
  "Phở nhé?",
  "Nice work!",
  "On it.",
  "Could you say more?",
  "That was me, sorry.",
  "Let us ask Yara.",
  "Yes.",
  "No idea, but I can find out.",
  "Done ✅",
  "Được luôn.",
  "Tomorrow works.",
  "1. first\n2. then\n3. done",
  "> What did we decide?\n\nThree tries, then give up.",
  "مرحبا، شكرا على المساعدة",
  "Ok 😄",
];
const emoji = ["👍", "❤️", "🎉", "😂", "👀", "✅"];
/** By their places; these can sign in, and are everywhere. */
export const signedUp: readonly number[] = [0, 1, 2, 3];
const DAYS = 365;
const DAY_MS = 86_400_000;

/** A sequence that looks random and is the same each time (mulberry32). */
function dice(seed: number): (sides: number) => number {
  let a = seed;
  return (sides) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * sides);
  };
}

const key = (i: number): string => `seed/${i}`;
export const groupKey = (name: string): string => `seed/group/${groups.findIndex(([one]) => one === name)}`;
/** With Ann. */
export const pairKey = (other: number): string => `seed/pair/0-${other}`;

/** What is said today. */
function* sceneOf(conversation: string, scene: readonly Said[], now: Date): Generator<MessageLine> {
  const own = (at: number): string => `${conversation}/today/${at}`;
  for (const [at, { ago, by, text, to, reactions, mentions, pinned, edited }] of scene.entries()) {
    const created_at = new Date(now.getTime() - ago * 60_000).toISOString();
    const reacted = Object.entries(reactions ?? {}).map(([emoji, who]) => [emoji, who.map(key)] as const);
    yield {
      type: "message",
      key: own(at),
      conversation,
      sender: key(by),
      content: text,
      created_at,
      ...(to === undefined ? {} : { reply_to: own(to) }),
      ...(mentions ? { mentions: mentions.map(key) } : {}),
      ...(reacted.length > 0 ? { reactions: Object.fromEntries(reacted) } : {}),
      ...(pinned ? { pinned_at: created_at, pinned_by: key(by) } : {}),
      ...(edited ? { edited_at: created_at } : {}),
    };
  }
}

/** Days with some talk, in working hours. */
function* talk(
  conversation: string,
  members: readonly number[],
  now: Date,
  seed: number,
  perDay: number,
): Generator<MessageLine> {
  const roll = dice(seed);
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)] as T;
  let number = 0;
  for (let day = DAYS; day > 0; day--) {
    if (roll(3) === 0) continue;
    let at = Math.floor(now.getTime() / DAY_MS - day) * DAY_MS + (8 * 60 + roll(300)) * 60_000;
    let opened: string | undefined;
    for (let i = roll(perDay) + 1; i > 0; i--) {
      at += (roll(40) + 1) * 20_000;
      if (at >= now.getTime()) return;
      const own = `${conversation}/${++number}`;
      const reacted = roll(6) === 0 ? { reactions: { [pick(emoji)]: [key(pick(members))] } } : {};
      const reply = opened !== undefined && roll(4) === 0 ? { reply_to: opened } : {};
      const content = opened === undefined ? pick(openings) : pick(answers);
      yield {
        type: "message",
        key: own,
        conversation,
        sender: key(pick(members)),
        content,
        created_at: new Date(at).toISOString(),
        ...reply,
        ...reacted,
      };
      opened ??= own;
    }
  }
}

export function* seedLines(now: Date): Generator<Line> {
  const born = new Date(now.getTime() - (DAYS + 1) * DAY_MS).toISOString();
  for (const [i, { username, email }] of people.entries())
    yield { type: "user", key: key(i), username, email, created_at: born };
  for (const [g, [name, size]] of groups.entries()) {
    const scene = groupScenes[name] ?? [];
    const some = Array.from({ length: size }, (_, i) => (i === 0 ? 0 : (i * 5 + g) % people.length));
    const members = [...new Set([...some, ...signedUp, ...scene.map(({ by }) => by)])];
    const conversation = groupKey(name);
    const roles = members.map((m, i) => ({
      user: key(m),
      role: i === 0 ? ("admin" as const) : i === 1 ? ("moderator" as const) : ("member" as const),
    }));
    yield { type: "conversation", key: conversation, kind: "group", name, created_at: born, members: roles };
    yield* talk(conversation, members, now, 100 + g, 14);
    yield* sceneOf(conversation, scene, now);
  }
  for (let other = 1; other < people.length; other++) {
    const conversation = pairKey(other);
    yield {
      type: "conversation",
      key: conversation,
      kind: "private",
      created_at: born,
      members: [{ user: key(0) }, { user: key(other) }],
    };
    yield* talk(conversation, [0, other], now, 200 + other, 5);
    yield* sceneOf(conversation, pairScenes[other] ?? [], now);
  }
}
