/** `filter.check`, a before-hook of our own: words that are not wanted, and links. */
import { type HookAnswer, type HookQuestion } from "../../contracts/hook";
import { type Env } from "../../contracts/env";
import { envOf } from "../../platform/env";
import { fold, wordsOf } from "../../platform/fold";
import { act, service } from "../../platform/service";

const LINK = /\b(https?:\/\/|www\.)\S|\b[a-z0-9-]+\.(com|net|org|io|info|biz|ru|cn|xyz|top)\b/i;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;

type Rules = Pick<Env, "FILTER_WORDS" | "FILTER_WORDS_ARE" | "FILTER_LINKS">;

/** The texts that a question is about, by where a change of them belongs. */
function textsOf({ type, data }: HookQuestion): [field: "content" | "name" | "username", text: string][] {
  const fields =
    type === "group" ? (["name"] as const) : type === "profile" ? (["username"] as const) : (["content"] as const);
  return fields.flatMap((field) =>
    typeof data[field] === "string" ? [[field, data[field]] as [typeof field, string]] : [],
  );
}

const masked = (text: string, unwanted: ReadonlySet<string>): string =>
  text.replace(WORD, (word) => (unwanted.has(fold(word)) ? "*".repeat([...word].length) : word));

export function checked(question: HookQuestion, rules: Rules): HookAnswer {
  const unwanted = new Set(rules.FILTER_WORDS.map(fold));
  const answer: { change: Record<string, string>; marks: string[] } = { change: {}, marks: [] };
  for (const [field, text] of textsOf(question)) {
    if (wordsOf(fold(text)).some((word) => unwanted.has(word))) {
      // A name with stars in it would be no name.
      if (rules.FILTER_WORDS_ARE === "refused" || field !== "content")
        return { allow: false, reason: "This has a word that is not wanted here." };
      if (rules.FILTER_WORDS_ARE === "masked") answer.change[field] = masked(text, unwanted);
      else answer.marks.push("words");
    }
    if (field !== "content" || !LINK.test(text)) continue;
    if (rules.FILTER_LINKS === "refused") return { allow: false, reason: "Links are not wanted here." };
    if (rules.FILTER_LINKS === "marked") answer.marks.push("link");
  }
  return answer;
}

export default service({
  name: "filter",
  actions: {
    check: act("filter.check", function (_caller, question) {
      return checked(question, envOf(this.broker));
    }),
  },
});
