/** Texts as a team writes them, the same on every run: words by Zipf's law, some Chinese, a few that searches look for. */
import { ranked, seeded } from "./written";

export const random = seeded();
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

const syllables = ["ba", "co", "di", "fe", "gu", "la", "mi", "no", "pe", "ra", "so", "tu", "ve", "xi", "ớn", "ắt", "ö"];
export const vocabulary = Array.from({ length: 20_000 }, (_, i) => {
  const length = 2 + Math.floor(random() * 3);
  return Array.from({ length }, () => pick(syllables)).join("") + (i % 7 === 0 ? String(i % 97) : "");
});
const han = [..."今天气很好我们一起去公园散步吃饭工作会议项目时间明周末见面电影"];
const word = (): string => vocabulary[ranked(random, vocabulary.length) - 1] as string;

/** @param needle the number of the one text with a word that no other has */
export function textOf(i: number, needle: number): string {
  if (i % 10 === 0) return Array.from({ length: 8 + Math.floor(random() * 20) }, () => pick(han)).join("");
  const words = Array.from({ length: 5 + Math.floor(random() * 20) }, word);
  if (i % 3 === 0) words.splice(2, 0, "meeting");
  if (i % 500 === 1) words.push("quarterly report");
  if (i === needle) words.push("needleinhaystack");
  if (i % 50 === 2) words.push("https://example.org/page");
  return words.join(" ");
}
