/** Emoji by group, with search and skin tones; their names are loaded when somebody opens it first. */
import { signal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { t } from "../app/i18n";
import { language } from "../app/settings";
import { at, own } from "../app/site";

interface Emoji {
  readonly unicode: string;
  readonly label: string;
  readonly group?: number;
  readonly tags?: readonly string[];
  readonly skins?: readonly { readonly unicode: string }[];
}

const known = signal<Readonly<Record<string, readonly Emoji[]>>>({});
async function load(locale: string): Promise<void> {
  if (known.peek()[locale]) return;
  const found = (await (await fetch(at(`/emoji/${locale}.json`))).json()) as Emoji[];
  known.value = { ...known.peek(), [locale]: found.filter(({ group }) => group !== undefined && group !== 2) };
}

const RECENT = own("chat.emoji");
const TONE = own("chat.tone");
const SHOWN = 160;
export const recentEmoji = signal<readonly string[]>(
  JSON.parse(localStorage.getItem(RECENT) ?? '["👍","❤️","😂","🎉","😮","😢"]') as string[],
);
export function noteEmoji(emoji: string): void {
  recentEmoji.value = [emoji, ...recentEmoji.peek().filter((e) => e !== emoji)].slice(0, 12);
  localStorage.setItem(RECENT, JSON.stringify(recentEmoji.value));
}

const tone = signal(Number(localStorage.getItem(TONE)) || 0);
const tones = ["✋", "✋🏻", "✋🏼", "✋🏽", "✋🏾", "✋🏿"];
const groups = ["😀", "👋", "", "🐻", "🍎", "✈️", "⚽", "💡", "🔣", "🏁"];

export function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const [query, setQuery] = useState("");
  const [group, setGroup] = useState(0);
  const locale = language.value;
  useEffect(() => void load(locale), [locale]);
  const all = known.value[locale] ?? [];
  const shown = useMemo(() => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return all.filter((e) => e.group === group);
    const fits = (e: Emoji): boolean =>
      words.every(
        (word) => e.label.toLowerCase().includes(word) || (e.tags?.some((tag) => tag.includes(word)) ?? false),
      );
    return all.filter(fits).slice(0, SHOWN);
  }, [all, query, group]);
  const withTone = (e: Emoji): string => e.skins?.[tone.value - 1]?.unicode ?? e.unicode;
  const pick = (emoji: string): void => (noteEmoji(emoji), onPick(emoji));
  return (
    <div class="emoji-picker">
      <input
        type="search"
        placeholder={t("searchEmoji")}
        aria-label={t("searchEmoji")}
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      {!query && (
        <div class="groups" role="group" aria-label={t("emojiGroups")}>
          {groups.map((mark, i) => mark && <Tab key={mark} mark={mark} on={i === group} onClick={() => setGroup(i)} />)}
        </div>
      )}
      <div class="emojis">
        {!query && recentEmoji.value.map((e) => <One key={e} emoji={e} label={e} onPick={pick} />)}
        {!query && <hr />}
        {shown.map((e) => (
          <One key={e.unicode} emoji={withTone(e)} label={e.label} onPick={pick} />
        ))}
      </div>
      <div class="groups" role="group" aria-label={t("skinTone")}>
        {tones.map((hand, i) => (
          <Tab
            key={hand}
            mark={hand}
            on={tone.value === i}
            onClick={() => ((tone.value = i), localStorage.setItem(TONE, String(i)))}
          />
        ))}
      </div>
    </div>
  );
}

const One = ({ emoji, label, onPick }: { emoji: string; label: string; onPick: (emoji: string) => void }) => (
  <button type="button" class="emoji" aria-label={label} title={label} onClick={() => onPick(emoji)}>
    {emoji}
  </button>
);
const Tab = ({ mark, on, onClick }: { mark: string; on: boolean; onClick: () => void }) => (
  <button type="button" class="emoji" aria-pressed={on} onClick={onClick}>
    {mark}
  </button>
);
