/** What is said today in the seeded workspace: talk that makes sense, with all that a message can have. */

/** Minutes ago, who (by their place among the people), what; what follows belongs to it. */
export interface Said {
  readonly ago: number;
  readonly by: number;
  readonly text: string;
  /** The place of what it answers, in this scene. */
  readonly to?: number;
  readonly reactions?: Readonly<Record<string, readonly number[]>>;
  readonly mentions?: readonly number[];
  readonly pinned?: boolean;
  readonly edited?: boolean;
}

/** Their places among the people. */
const ann = 0;
const bob = 1;
const mai = 2;
const chloe = 3;
const nam = 4;
const yara = 5;
const diego = 6;
const kenji = 7;
const lena = 8;
const omar = 9;
const priya = 10;
const sofia = 11;
const tomas = 12;
const wei = 13;

/** By the name of the group; whoever speaks is one of its members. */
export const groupScenes: Readonly<Record<string, readonly Said[]>> = {
  "Release 2.0": [
    { ago: 171, by: kenji, text: "Release candidate 3 is on staging. Please try to break it 🔨", pinned: true },
    {
      ago: 168,
      by: yara,
      text: "Search in large groups went from 900 ms to 40 ms. I had to look twice.",
      reactions: { "🎉": [ann, bob, kenji], "👀": [sofia] },
    },
    { ago: 166, by: bob, text: "How did you do that?", to: 1 },
    {
      ago: 163,
      by: yara,
      text: "An index that also knows the conversation:\n\n```sql\nCREATE INDEX messages_words\n  ON messages (conversation_id, word, seq DESC);\n```\n\nBefore, it read every message with the word and *then* asked where it was.",
      to: 1,
      reactions: { "❤️": [bob, tomas] },
    },
    {
      ago: 121,
      by: ann,
      text: "What is left before we ship?\n\n- [ ] translations\n- [ ] the upgrade guide\n- [x] load test, **10,000** sockets",
      edited: true,
    },
    {
      ago: 118,
      by: sofia,
      text: "Translations are done since this morning, Vietnamese too.",
      reactions: { "👍": [ann, diego] },
    },
    {
      ago: 116,
      by: tomas,
      text: "@Ann Archer the guide needs another hour. I'll have it before lunch.",
      mentions: [ann],
    },
    {
      ago: 64,
      by: tomas,
      text: "Guide is up: https://example.com/docs/upgrading",
      reactions: { "🙌": [ann, kenji, yara] },
    },
    { ago: 62, by: diego, text: "Read it, followed it, 4 minutes from 1.9 to 2.0 with no downtime. 👏", to: 7 },
    {
      ago: 21,
      by: kenji,
      text: "Then I'd say **today at 16:00**. Objections?",
      reactions: { "👍": [ann, bob, yara, sofia, tomas], "🚀": [diego] },
    },
  ],
  Design: [
    { ago: 97, by: sofia, text: "New icons for the composer, in both themes. The plus opens files and polls now." },
    { ago: 95, by: ann, text: "Much calmer than before. Can the send button be a little larger on phones?", to: 0 },
    { ago: 92, by: sofia, text: "Done, 44 pixels: a thumb's width ✅", reactions: { "❤️": [ann] } },
  ],
  "On call": [
    { ago: 55, by: bob, text: "RabbitMQ restarted itself at 04:12. Nothing lost, clients were back after 0.4 s." },
    { ago: 53, by: ann, text: "Do we know why?", to: 0 },
    {
      ago: 49,
      by: bob,
      text: "> memory high watermark set to 0.4\n\nThe old default. I raised it and left a note in the runbook.",
    },
  ],
  "Ăn trưa 🍜": [{ ago: 33, by: ann, text: "Trưa nay ăn gì cả nhà?" }],
  Everyone: [
    {
      ago: 44,
      by: ann,
      text: "Welcome, **Emeka**! He joins the platform team today 👋",
      reactions: { "👋": [bob, mai, chloe, yara, kenji, lena], "🎉": [omar, priya, wei] },
    },
  ],
};

/** With Ann, by the place of the other. */
export const pairScenes: Readonly<Record<number, readonly Said[]>> = {
  [bob]: [
    { ago: 19, by: bob, text: "Can you look at the dashboard before the call?" },
    { ago: 17, by: ann, text: "Looking. The spike at nine is the load test, isn't it?", to: 0 },
    { ago: 16, by: bob, text: "Yes, that was me 😅" },
  ],
  [mai]: [
    { ago: 27, by: mai, text: "Bản dịch tiếng Việt xong rồi chị nhé." },
    { ago: 26, by: ann, text: "Cảm ơn em! Đẹp lắm ❤️" },
  ],
  [yara]: [
    { ago: 140, by: ann, text: "Your index made my morning." },
    { ago: 138, by: yara, text: "It was **one line**. Finding it took two days." },
  ],
  [chloe]: [{ ago: 75, by: chloe, text: "Merci pour hier ! On se voit jeudi ?" }],
  [lena]: [{ ago: 210, by: lena, text: "The invoices are in the shared folder." }],
  [nam]: [{ ago: 230, by: nam, text: "Em gửi chị báo cáo tháng này: `report-11.pdf`" }],
};
