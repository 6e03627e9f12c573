/** Mails in HTML: whatever people call themselves and write, it stays text, and both forms lead to the same places. */
import { type Env, readEnv } from "../../contracts/env";
import { type Mail } from "../../platform/mail";
import { type Item, mailOf } from "../../services/notifications/mail/letter";
import { textsIn } from "../../services/notifications/mail/texts";
import { inviteMail, resetMail, verifyMail } from "../../services/users/mailer";

const { JSDOM } = jest.requireActual("jsdom"); // its types would bring the DOM to every file

const BASE = "https://chat.example.org";
const env: Env = readEnv({ PUBLIC_URL: BASE });

const hostile: Readonly<Record<string, string>> = {
  tags: "<script>alert(1)</script><img src=x onerror=alert(1)><b>bold",
  "an end of what is around it": "</bdi></b></p></div></body></html><h1>Pay here</h1>",
  "an end of the title": "</title></head><style>*{display:none}</style>",
  "a comment that does not end": "<!-- nothing more ]]> <![CDATA[",
  quotes: `" onmouseover="alert(1)' onclick='alert(1)\` style=\`x`,
  entities: "&lt;script&gt; &amp;amp; &#60;b&#62; &nbsp",
  "an address": "https://evil.example/login?a=1&b=2",
  "an address of ours": `${BASE}/#unsubscribe=1.abc`,
  "a script as an address": "javascript:alert(1)",
  "a form": '<form action="https://evil.example"><input name="password">',
  "another direction": "\u202Egnp.exe \u2067\u2066 \u202B abc",
  Arabic: "مرحبا <b>بالعالم</b>",
  "marks piled up": "Z" + "\u0301\u0316\u0337".repeat(60),
  "control characters": "a\u0000b\u0008c\u001b[31md\u007fe\u0085f",
  "half a character": "a\ud800b",
  "templates of others": "{{constructor}} ${7*7} <%= x %> $& $1",
};
/** As it can be shown. */
const shown = (text: string): string => text.toWellFormed().replace(/\p{Cc}/gu, "");

const item = (more: Partial<Item>): Item => ({
  type: "message",
  conversation: { id: "b".repeat(24), type: "group", name: "Crew" },
  by: "Ben",
  title: "t",
  words: "hello",
  at: new Date("2026-01-02T03:04:05Z"),
  ...more,
});
function letter(text: string, language: "en" | "vi" = "en", items?: readonly Item[]): Mail {
  const usual = [
    item({ conversation: { id: "c".repeat(24), type: "group", name: text } }),
    item({ by: text, words: text }),
    item({ conversation: { id: "d".repeat(24), type: "private", name: null }, by: text }),
    item({ type: "group_invite", conversation: { id: "e".repeat(24), type: "group", name: text }, by: text }),
    item({ type: "system", conversation: null, title: text, words: text }),
  ];
  return mailOf({
    to: { userId: 2, email: "two@example.org", username: text },
    texts: textsIn[language],
    items: items ?? usual,
    unread: 40,
    showsWords: true,
    timezone: "UTC",
    base: BASE,
    token: "2.token",
    key: "k",
  });
}
const documentOf = ({ html }: Mail) => new JSDOM(html).window.document;
type Document = ReturnType<typeof documentOf>;
const all = (document: Document) => [...document.querySelectorAll("*")];
/** The tree without what is said in it. */
const shapeOf = (document: Document): string[] =>
  all(document).map((one) => `${one.tagName} ${one.getAttributeNames().join(" ")}`);
const linksOf = (document: Document): string[] =>
  [...document.querySelectorAll("[href]")].map((one) => one.getAttribute("href") ?? "");
const accountMails = [
  resetMail(env, "a@b.cd", "tok-en_1"),
  verifyMail(env, "a@b.cd", "x"),
  inviteMail(env, "a@b.cd", "y", "2026-01-02"),
];

const usual = documentOf(letter("Ann"));

describe.each(Object.entries(hostile))("%s", (_name, text) => {
  test("is shown as it was written, and makes nothing that was not there", () => {
    const document = documentOf(letter(text));
    expect(shapeOf(document)).toEqual(shapeOf(usual));
    expect(linksOf(document)).toEqual(linksOf(usual));
    const said = [...document.querySelectorAll("bdi, title, p")].map(({ textContent }): string => textContent);
    expect(said).toEqual(expect.arrayContaining([shown(text)]));
    expect(said.filter((one) => one.includes(shown(text))).length).toBeGreaterThanOrEqual(6);
  });
});

test("what others wrote keeps its direction to itself", () => {
  const document = documentOf(letter(hostile["another direction"]!));
  for (const block of document.querySelectorAll("p:not(:has(a)), h2")) expect(block.getAttribute("dir")).toBe("auto");
  for (const { textContent } of document.querySelectorAll("h2 bdi, b bdi")) expect(textContent).not.toBe("");
});

test.each([
  ["a letter", letter("Ann")],
  ["a letter in Vietnamese", letter("Ann", "vi")],
  [
    "of many conversations",
    letter(
      "Ann",
      "en",
      Array.from({ length: 200 }, (_, i) =>
        item({ conversation: { id: `${i % 12}`.repeat(24), type: "group", name: "x" } }),
      ),
    ),
  ],
  ...accountMails.map((mail): [string, Mail] => [mail.subject, mail]),
])("%s leads to the same places in both forms", (_name, mail) => {
  const inText = mail.text.match(/https:\S+/g) ?? [];
  const document = documentOf(mail);
  expect(new Set(linksOf(document))).toEqual(new Set(inText));
  expect(inText.length).toBeGreaterThan(0);
  expect(document.title).toBe(mail.subject);
});

test.each([letter("Ann"), ...accountMails])(
  "nothing is loaded, nothing is run, no colour hides what is written",
  (mail) => {
    expect(mail.html).not.toMatch(
      /url\(|@import|\bsrc=|srcset|<(script|img|link|iframe|object|form|input|style|base)\b/i,
    );
    for (const one of all(documentOf(mail))) {
      const style = one.getAttribute("style") ?? "";
      // Readers with a dark ground change both of them, or none.
      expect(/(^|;)color:/.test(style)).toBe(/background/.test(style));
      for (const name of one.getAttributeNames()) expect(name).not.toMatch(/^on/);
    }
  },
);

test("it is in the language of its words, says first what it is about, and its length is bounded", () => {
  const document = documentOf(letter("Ann", "vi"));
  expect(document.documentElement.lang).toBe("vi");
  expect(document.body.firstElementChild?.textContent).toBe(textsIn.vi.unread(40));
  const long = Array.from({ length: 100 }, (_, i) =>
    item({
      by: "<".repeat(100),
      words: "'".repeat(600),
      conversation: { id: `${i % 12}`.repeat(24), type: "group", name: "&".repeat(100) },
    }),
  );
  expect(letter("Ann", "en", long).html.length).toBeLessThan(250_000);
});
