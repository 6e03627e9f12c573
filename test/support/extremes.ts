/** What people paste, taken to its ends: for the page, which shows all of it and bends to none. */
import { type Line } from "../../scripts/moving/format";

const emoji = ["😀", "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇻🇳", "❤️"];
const zalgo = (text: string): string =>
  [...text].map((c) => c + "\u0335\u0322\u0334\u0301\u0306\u0338".repeat(6)).join("");

export const extremes: Readonly<Record<string, string>> = {
  "a long word": "w".repeat(3_900),
  "a long url": `https://example.com/${"path/".repeat(300)}?${"q=1&".repeat(200)}`,
  "many emoji": Array.from({ length: 600 }, (_, i) => emoji[i % emoji.length]).join(""),
  arabic: "مرحبا بالجميع، هذا سطر طويل بالعربية مع English في الوسط و 12345 أرقام. ".repeat(8),
  vietnamese: "Đường xưa lối cũ, những chiều mưa rơi rả rích trên mái ngói rêu phong. ".repeat(8),
  zalgo: zalgo("everything comes to those who wait"),
  html: `<script>document.title="run"</script><img src=x onerror="document.title='run'"><svg onload="document.title='run'"><iframe srcdoc="<b>x"></iframe><b style="position:fixed;inset:0">x</b>`,
  code: `\`\`\`\n${"const x = 1; ".repeat(80)}\n${"line\n".repeat(40)}\`\`\``,
  "a deep list": Array.from({ length: 30 }, (_, i) => `${"  ".repeat(i)}- level ${i}`).join("\n"),
  "deep quotes": `${">".repeat(40)} far down`,
  lines: "\n".repeat(200) + "end",
  "a long table": `| a | b |\n|---|---|\n${"| cell | cell |\n".repeat(60)}`,
  "marks of direction": "\u202eright to left\u202c and \u2066isolated\u2069 \u200f\u200e",
};

/** The first emoji of the smileys' block and what follows it. */
const faces = Array.from({ length: 79 }, (_, i) => String.fromCodePoint(0x1f600 + i));
const animals = Array.from({ length: 62 }, (_, i) => String.fromCodePoint(0x1f400 + i));
const food = Array.from({ length: 60 }, (_, i) => String.fromCodePoint(0x1f330 + i)).filter((e) =>
  /\p{Emoji_Presentation}/u.test(e),
);

const since = Date.now() - 20 * 86_400_000;
const at = (minutes: number): string => new Date(since + minutes * 60_000).toISOString();

interface Sizes {
  readonly email: string;
  readonly members: number;
  readonly messages: number;
  readonly conversations: number;
}
/** A workspace of extremes, seen by one account. */
export function* extremeLines({ email, members, messages, conversations }: Sizes): Generator<Line> {
  yield { type: "user", key: "me", username: "Ann Archer", email };
  yield { type: "user", key: "long", username: "N".repeat(40) };
  yield { type: "user", key: "zalgo", username: zalgo("Zo").slice(0, 40) };
  yield { type: "user", key: "arab", username: "عبد الرحمن بن عبد العزيز" };
  for (let i = 0; i < members; i++) yield { type: "user", key: `m${i}`, username: `Member ${i}` };
  const small = ["me", "long", "zalgo", "arab"].map((user) => ({ user }));

  yield { type: "conversation", key: "extremes", kind: "group", name: "Extremes", members: small, created_at: at(0) };
  const reactions = Object.fromEntries([...faces, ...animals, ...food].map((one) => [one, ["long", "arab"]]));
  let n = 0;
  for (const content of Object.values(extremes)) {
    const sender = ["long", "zalgo", "arab", "me"][n % 4] as string;
    yield { type: "message", key: `x${n}`, conversation: "extremes", sender, content, created_at: at(10 + n++) };
  }
  const last = { conversation: "extremes", sender: "long", created_at: at(10 + n) };
  yield { type: "message", key: "reacted", content: "many reactions", reactions, ...last };

  const crowd = [...small, ...Array.from({ length: members }, (_, i) => ({ user: `m${i}` }))];
  yield { type: "conversation", key: "crowd", kind: "group", name: "Crowd", members: crowd, created_at: at(1) };
  yield { type: "message", key: "c1", conversation: "crowd", sender: "m0", content: "We are many", created_at: at(50) };

  yield { type: "conversation", key: "past", kind: "group", name: "Long past", members: small, created_at: at(2) };
  for (let i = 1; i <= messages; i++) {
    const [sender, content] = [
      i % 3 ? "long" : "me",
      `Message number ${i}${i % 7 ? "" : `\n${"and more ".repeat(i % 40)}`}`,
    ];
    yield { type: "message", key: `p${i}`, conversation: "past", sender, content, created_at: at(60 + i / 10) };
  }
  for (let i = 0; i < conversations; i++) {
    const key = `k${i}`;
    yield { type: "conversation", key, kind: "group", name: `Room ${i}`, members: small, created_at: at(3) };
    yield { type: "message", key, conversation: key, sender: "arab", content: `In room ${i}`, created_at: at(20 + i) };
  }
}
