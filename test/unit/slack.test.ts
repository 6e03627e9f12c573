/** What Slack's webhooks are given, as one text: examples of its documentation, and whatever else may come. */
import { mrkdwnOf, type SlackMessage } from "../../services/chat/incoming/slack";
import { escaped, namedIn, toText } from "../../services/chat/incoming/mrkdwn";

const names = new Map([[7, "Ann Lee"]]);
const nameOf = (id: number): string | undefined => names.get(id);
const read = (message: SlackMessage): string => toText(mrkdwnOf(message), nameOf);
const section = (text: unknown, more: object = {}) => ({ type: "section", text, ...more });
const mrkdwn = (text: string) => ({ type: "mrkdwn", text });
const plain = (text: string) => ({ type: "plain_text", text });
const rich = (...elements: object[]) => ({ type: "rich_text", elements });
const line = (...elements: object[]) => ({ type: "rich_text_section", elements });

const texts: [string, string][] = [
  ["hello", "hello"],
  ["<https://example.org|the page>", "the page (https://example.org)"],
  ["<https://example.org>", "https://example.org"],
  ["<https://example.org|https://example.org>", "https://example.org"],
  ["see <https://example.org/?a=1&amp;b=2|this>", "see this (https://example.org/?a=1&b=2)"],
  ["<mailto:ann@example.org|ann@example.org>", "ann@example.org"],
  ["<tel:123>", "123"],
  ["<!channel> <!everyone> <!here>", "@all @all @here"],
  ["<!channel|channel>", "@all"],
  ["<!subteam^S1|@cooks> <!subteam^S2>", "@cooks @S2"],
  ["<!date^1392734382^{date}|Feb 18>", "Feb 18"],
  ["<@7> and <@7|someone>", "@Ann Lee and @Ann Lee"],
  ["<@8|Bob> <@U024BE7LH>", "@Bob @U024BE7LH"],
  ["<#C1|general> <#C2>", "#general #C2"],
  ["1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"],
  ["&amp;lt;", "&lt;"],
  ["a < b and c > d", "a < b and c > d"],
  ["<javascript:alert(1)|click>", "<javascript:alert(1)|click>"],
  ["<>", "<>"],
  ["*bold* _it_ ~no~ `code`", "*bold* _it_ ~no~ `code`"],
];
it.each(texts)("reads %j", (text, expected) => expect(read({ text })).toBe(expected));

const shown: [string, SlackMessage, string][] = [
  ["blocks instead of the text for notifications", { text: "fallback", blocks: [section(mrkdwn("real"))] }, "real"],
  ["the text where the blocks say nothing", { text: "fallback", blocks: [section(plain(" "))] }, "fallback"],
  [
    "a header and a divider",
    { blocks: [{ type: "header", text: plain("<Build>") }, { type: "divider" }] },
    "<Build>\n---",
  ],
  [
    "fields and an accessory",
    {
      blocks: [
        section(mrkdwn("*Where*"), {
          fields: [mrkdwn("<@7>"), plain("<@7>")],
          accessory: { type: "button", text: plain("Open"), url: "https://example.org" },
        }),
      ],
    },
    "*Where*\n@Ann Lee\n<@7>\nOpen (https://example.org)",
  ],
  [
    "context and pictures",
    {
      blocks: [
        {
          type: "context",
          elements: [{ type: "image", image_url: "https://e.org/a.png", alt_text: "cat" }, mrkdwn("a")],
        },
        { type: "image", title: plain("Graph"), image_url: "https://e.org/g.png", alt_text: "x" },
      ],
    },
    "cat (https://e.org/a.png) a\nGraph (https://e.org/g.png)",
  ],
  [
    "rich text",
    {
      blocks: [
        rich(
          line({ type: "text", text: "a <b> " }, { type: "link", url: "https://e.org", text: "here" }),
          {
            type: "rich_text_list",
            style: "ordered",
            elements: [line({ type: "user", user_id: "7" }), line({ type: "text", text: "two" })],
          },
          { type: "rich_text_quote", elements: [{ type: "text", text: "said" }] },
          { type: "rich_text_preformatted", elements: [{ type: "text", text: "x=1" }] },
          line(
            { type: "emoji", name: "wave", unicode: "1f44b" },
            { type: "emoji", name: "own" },
            { type: "broadcast", range: "here" },
          ),
        ),
      ],
    },
    "a <b> here (https://e.org)\n1. @Ann Lee\n2. two\n> said\n```\nx=1\n```\n👋:own:@here",
  ],
  [
    "what can't be shown, by its name",
    { blocks: [{ type: "input", label: plain("x") }, { type: "hologram" }, {}] },
    "[input]\n[hologram]\n[?]",
  ],
  [
    "attachments",
    {
      text: "Alarm",
      attachments: [
        {
          fallback: "not this",
          pretext: "before",
          title: "Disk",
          title_link: "https://e.org",
          text: "95 % <!channel>",
          fields: [{ title: "Host", value: "db1" }, { value: "alone" }],
          footer: "Grafana <v9>",
          color: "#f00",
        },
        { fallback: "only this" },
      ],
    },
    "Alarm\nbefore\nDisk (https://e.org)\n95 % @all\nHost: db1\nalone\nGrafana <v9>\nonly this",
  ],
  ["blocks inside of attachments", { attachments: [{ blocks: [section(mrkdwn("in"))] }] }, "in"],
  [
    "a link that is none",
    { blocks: [section(plain("x"), { accessory: { type: "button", text: plain("y"), url: "javascript:1" } })] },
    "x\ny",
  ],
  [
    "signs in what becomes a link",
    { attachments: [{ title: "a|b>c", title_link: "https://e.org/<x>" }] },
    "a b c (https://e.org/ x)",
  ],
];
it.each(shown)("shows %s", (_what, message, expected) => expect(read(message)).toBe(expected));

it("names those whom it names, each once, and nobody whose number is none", () => {
  expect(namedIn("<@7> <@7|x> <@12> <@U1> <@0> <@99999999999> @5 <@2147483648>")).toEqual([7, 12]);
});

it("takes no plain text for markup", () => {
  for (const text of ["<@7>", "&amp;", "<https://e.org|x>", "a & b < c"])
    expect(toText(escaped(text), nameOf)).toBe(text);
});

const rubbish: unknown[] = [
  null,
  1,
  "x",
  [],
  [[]],
  {},
  { type: 1 },
  { type: "section", text: 7, fields: "x" },
  { type: "__proto__" },
  { type: "constructor" },
];
it("gives a text whatever it is given, and looks no deeper than there is anything", () => {
  let deep: object = { type: "text", text: "down" };
  for (let n = 0; n < 100; n++) deep = { type: "rich_text_section", elements: [deep] };
  const nested = rubbish.flatMap((one) => [
    one,
    { type: "section", text: one, fields: [one] },
    rich({ elements: one }),
    { fields: [one], blocks: [one] },
  ]);
  const text = read({ text: null, blocks: [...nested, rich(deep)], attachments: nested });
  expect(typeof text).toBe("string");
  expect(text).not.toContain("down");
  expect(read({ blocks: Array(1_000).fill(section(mrkdwn("a"))) }).split("\n")).toHaveLength(200);
  expect(read({ text: "<".repeat(100_000) })).toHaveLength(100_000);
  expect(read({ text: `<${"a".repeat(100_000)}` })).toHaveLength(100_001);
});
