/** The page's languages say the same things. */
import { readdirSync, readFileSync } from "node:fs";
import { en } from "../../web/src/locales/en";
import { vi } from "../../web/src/locales/vi";

const blanks = (text: string): string[] => [...new Set(text.match(/\{\{\w+\}\}/g))].sort();

test("every word is there in both languages, with the same blanks to fill", () => {
  expect(Object.keys(vi).sort()).toEqual(Object.keys(en).sort());
  for (const [key, text] of Object.entries(en)) {
    expect([key, vi[key as keyof typeof en].trim()]).not.toEqual([key, ""]);
    // A plural may say its number in words.
    if (!/_(one|other)$/.test(key)) expect([key, blanks(vi[key as keyof typeof en])]).toEqual([key, blanks(text)]);
  }
});

test("what is asked for by the page is in the dictionary, and nothing lies in it unused", () => {
  const sources = readdirSync("web/src", { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith("locales"))
    .map((name) => readFileSync(`web/src/${name}`, "utf8"))
    .join("\n");
  const unused = Object.keys(en).filter((key) => !sources.includes(`"${key.replace(/_(one|other)$/, "")}"`));
  expect(unused).toEqual([]);
});
