/** Completes names behind an @ while one writes. */
import { type RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Conversation, type ConversationInfo } from "moleculer-chat-client";
import { me, useReadable } from "../app/chat";
import { folded, t } from "../app/i18n";
import { isStaffIn } from "../app/people";
import { Avatar } from "../ui/Avatar";

interface Choice {
  readonly id: number;
  readonly name: string;
  readonly url: string | null;
}
const MOST = 8;
const nobody = { value: [] as Conversation["members"]["value"], subscribe: () => () => undefined };

export interface Mentions {
  readonly open: boolean;
  readonly choices: readonly Choice[];
  readonly at: number;
  readonly choose: (choice: Choice) => void;
  readonly onKeyDown: (event: KeyboardEvent) => boolean;
}

/** What stands between an @ and the caret, as far as it may be the beginning of a name. */
const typedAt = ({ value, selectionStart }: HTMLTextAreaElement): string | undefined =>
  /(?:^|[\s(])@([^\s@][^@\n]{0,30}|)$/u.exec(value.slice(0, selectionStart))?.[1];

/** That, wherever the caret goes; and a way to move it once the text is shown. */
function useTyped(
  area: RefObject<HTMLTextAreaElement | null>,
  text: string,
  on: boolean,
): [string | undefined, (caret: number) => void] {
  const [typed, setTyped] = useState<string>();
  const wanted = useRef<number | undefined>(undefined);
  const look = (): void => {
    if (on && area.current && document.activeElement === area.current) setTyped(typedAt(area.current));
  };
  useEffect(() => {
    document.addEventListener("selectionchange", look);
    return () => document.removeEventListener("selectionchange", look);
  }, [area, on]);
  useLayoutEffect(() => {
    if (wanted.current !== undefined) area.current?.setSelectionRange(wanted.current, wanted.current);
    wanted.current = undefined;
    look();
  }, [text]);
  return [on ? typed : undefined, (caret) => void (wanted.current = caret)];
}

interface Named extends Choice {
  /** The whole name and each of its words, as they are compared. */
  readonly words: readonly string[];
}
/** Made ready when the members come: a key has no time to fold the names of thousands. */
function everybody(members: Conversation["members"]["value"], staff: boolean): readonly Named[] {
  const choices = members
    .filter((m) => m.userId !== me())
    .map((m): Choice => ({ id: m.userId, name: m.username, url: m.avatar_url }));
  const all = staff ? [...choices, { id: 0, name: "all", url: null }] : choices;
  return all.map((choice) => {
    const name = folded(choice.name);
    return { ...choice, words: [name, ...name.split(/\s+/)] };
  });
}

function whoseNameBegins(all: readonly Named[], begun: string): readonly Choice[] {
  const found: Choice[] = [];
  for (const choice of all) {
    if (found.length === MOST) break;
    if (choice.words.some((word) => word.startsWith(begun))) found.push(choice);
  }
  return found;
}

export function useMentions(
  conversation: Conversation,
  c: ConversationInfo,
  area: RefObject<HTMLTextAreaElement | null>,
  text: string,
  setText: (text: string) => void,
): Mentions {
  const group = c.type === "group";
  const [typed, moveCaret] = useTyped(area, text, group);
  const members = useReadable(group ? conversation.members : nobody);
  const [at, setAt] = useState(0);
  const [closed, setClosed] = useState<string>();
  const staff = isStaffIn(c);
  const all = useMemo(() => everybody(members, staff), [members, staff]);
  const choices = useMemo(() => (typed === undefined ? [] : whoseNameBegins(all, folded(typed))), [typed, all]);
  const open = choices.length > 0 && closed !== typed;
  const choose = ({ name }: Choice): void => {
    const caret = area.current?.selectionStart ?? text.length;
    const start = caret - (typed?.length ?? 0);
    setText(`${text.slice(0, start)}${name} ${text.slice(caret)}`);
    moveCaret(start + name.length + 1);
    setAt(0);
    area.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    const chosen = choices[Math.min(at, choices.length - 1)];
    if (!open || !chosen) return false;
    if (event.key === "ArrowDown") setAt((at + 1) % choices.length);
    else if (event.key === "ArrowUp") setAt((at - 1 + choices.length) % choices.length);
    else if (event.key === "Enter" || event.key === "Tab") choose(chosen);
    else if (event.key === "Escape") setClosed(typed);
    else return false;
    event.preventDefault();
    return true;
  };
  return { open, choices, at, choose, onKeyDown };
}

export function MentionList({ choices, at, choose }: Mentions) {
  return (
    <ul class="mention-list" role="listbox" aria-label={t("mention")}>
      {choices.map((choice, i) => (
        <li
          key={choice.id}
          role="option"
          aria-selected={i === at}
          onMouseDown={(event) => (event.preventDefault(), choose(choice))}
        >
          <Avatar name={choice.name} id={choice.id} url={choice.url} size="small" />
          <span dir="auto">{choice.id === 0 ? t("mentionAll") : choice.name}</span>
        </li>
      ))}
    </ul>
  );
}
