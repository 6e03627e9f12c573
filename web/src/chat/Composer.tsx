/** Where one writes: text that grows, files with previews, mentions that complete, a voice, replies and edits. */
import { effect, signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Conversation, type ConversationInfo } from "moleculer-chat-client";
import { chat, me, useReadable } from "../app/chat";
import { sizeOf, t } from "../app/i18n";
import { isStaffIn, knownName } from "../app/people";
import { drafts } from "../app/settings";
import { attempt, say } from "../app/toasts";
import { spanOf } from "../places/spans";
import { EmojiPicker } from "../ui/EmojiPicker";
import { IconButton } from "../ui/Icon";
import { Popover } from "../ui/Menu";
import { plainOf } from "../../../platform/plain-text";
import { AddMenu } from "./AddMenu";
import { type Intent, intent } from "./common";
import { useKeptDraft, useSharedDraft } from "./draft";
import { MentionList, useMentions } from "./mentions";
import { ScheduleButton } from "./ScheduleButton";
import { VoiceButton } from "./VoiceButton";

/** As the server has them by default, until it has said. */
const limits = { max_attachments: 10, max_file_size: 10_485_760, max_content: 4_000 };
effect(() => {
  void chat.value?.files.limits().then(
    (said) => Object.assign(limits, said),
    () => undefined,
  );
});

/** Chosen and not sent, by conversation. */
const chosen = signal<Readonly<Record<string, readonly File[]>>>({});
export function addFiles(id: string, files: readonly File[]): void {
  const { max_attachments: most, max_file_size: largest } = limits;
  const fits = files.filter((file) => file.size <= largest);
  if (fits.length < files.length) say(t("tooLarge", { size: sizeOf(largest) }), { kind: "problem" });
  const all = [...(chosen.peek()[id] ?? []), ...fits];
  if (all.length > most) say(t("tooManyFiles", { count: most }), { kind: "problem" });
  chosen.value = { ...chosen.peek(), [id]: all.slice(0, most) };
}
const takeFiles = (id: string): readonly File[] => {
  const files = chosen.peek()[id] ?? [];
  chosen.value = { ...chosen.peek(), [id]: [] };
  return files;
};

export function Composer({ conversation, c }: { conversation: Conversation; c: ConversationInfo }) {
  const { id } = conversation;
  const [text, setText] = useState(drafts.peek()[id] ?? c.draft?.content ?? "");
  const [before, setBefore] = useState(""); // the draft that an edit stands in front of
  const area = useRef<HTMLTextAreaElement>(null);
  const now = intent.value;
  useEffect(() => {
    if (now?.kind === "edit") {
      setBefore(text);
      setText(now.message.content);
    }
    if (now) area.current?.focus();
  }, [now]);
  const draft = now?.kind === "edit" ? undefined : text;
  useKeptDraft(id, draft);
  useSharedDraft(conversation, c, draft, setText);
  useLayoutEffect(() => grow(area.current), [text]);
  const leave = (): void => {
    if (now?.kind === "edit") setText(before);
    intent.value = undefined;
    area.current?.focus();
  };
  const mentions = useMentions(conversation, c, area, text, setText);
  const send = (): void => {
    if (submit(conversation, text, now)) {
      setText(now?.kind === "edit" ? before : "");
      intent.value = undefined;
      area.current?.focus();
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (mentions.onKeyDown(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && now) leave();
    else if (event.key === "ArrowUp" && !text) editLast(conversation);
  };
  const onInput = (value: string): void => {
    setText(value);
    if (value) conversation.writing();
    else conversation.stopTyping();
  };
  const insert = (emoji: string): void => {
    const at = area.current?.selectionStart ?? text.length;
    setText(text.slice(0, at) + emoji + text.slice(area.current?.selectionEnd ?? at));
  };
  const onPaste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    addFiles(id, files);
  };
  const files = chosen.value[id] ?? [];
  const written = text.trim() !== "" || files.length > 0;
  const onScheduled = (): void => {
    takeFiles(id);
    setText("");
    intent.value = undefined;
  };
  return (
    <footer class="composer">
      {c.slow_mode > 0 && <SlowMode conversation={conversation} c={c} />}
      {now && <Context intent={now} onLeave={leave} />}
      {files.length > 0 && <Files id={id} files={files} />}
      {mentions.open && <MentionList {...mentions} />}
      <div class="line">
        <AddMenu conversation={conversation} onFiles={(added) => addFiles(id, added)} />
        <textarea
          ref={area}
          rows={1}
          dir="auto"
          aria-label={t("message")}
          placeholder={t("writeMessage")}
          value={text}
          maxLength={limits.max_content}
          onInput={(event) => onInput(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onBlur={() => conversation.stopTyping()}
        />
        <Popover icon="smile" label={t("insertEmoji")}>
          {(close) => <EmojiPicker onPick={(emoji) => (insert(emoji), close())} />}
        </Popover>
        {written && now?.kind !== "edit" && (
          <ScheduleButton
            conversation={conversation}
            written={{ text: text.trim(), files, ...(now ? { replyTo: now.message._id } : {}) }}
            onScheduled={onScheduled}
          />
        )}
        {written ? (
          <IconButton
            icon={now?.kind === "edit" ? "check" : "send"}
            label={t(now?.kind === "edit" ? "save" : "send")}
            class="primary"
            onClick={send}
          />
        ) : (
          <VoiceButton onRecorded={(file) => void conversation.send({ files: [file] })} />
        )}
      </div>
    </footer>
  );
}

/** @returns false where there is nothing to say */
function submit(conversation: Conversation, text: string, now: Intent | undefined): boolean {
  const trimmed = text.trim();
  if (now?.kind === "edit") {
    if (trimmed && trimmed !== now.message.content) attempt(conversation.edit(now.message, trimmed));
    return trimmed !== "";
  }
  const files = takeFiles(conversation.id);
  if (!trimmed && files.length === 0) return false;
  if (conversation.messages.status.value.hasNewer) attempt(conversation.messages.latest()); // to see it go
  const reply = now?.kind === "reply" ? { replyTo: now.message } : {};
  const sent = conversation.send({ text: trimmed, ...(files.length ? { files } : {}), ...reply });
  sent.sent.catch(() => undefined); // the message itself says why, and offers to try again
  return true;
}

function editLast(conversation: Conversation): void {
  const own = conversation.messages.value.findLast(
    (m) => m.state === "sent" && m.type !== "system" && !m.deleted_at && m.sender_id !== 0 && m.key === m.clientId,
  );
  if (own?.state === "sent") intent.value = { kind: "edit", message: own };
}

/** Where the style sheet says it (`field-sizing`), a key makes nobody wait for a layout. */
const growsByItself = CSS.supports("field-sizing", "content");
/** As high as its text, up to a third of the window. */
function grow(area: HTMLTextAreaElement | null): void {
  if (!area || growsByItself) return;
  area.style.height = "auto";
  area.style.height = `${Math.min(Math.max(area.scrollHeight, 40), innerHeight / 3)}px`;
}

function Context({ intent: now, onLeave }: { intent: Intent; onLeave: () => void }) {
  return (
    <div class="context">
      <div>
        <strong dir="auto">
          {now.kind === "edit" ? t("editing") : t("replyingTo", { name: knownName(now.message.sender_id) })}
        </strong>
        <span dir="auto">{plainOf(now.message.content) || t("attachment")}</span>
      </div>
      <IconButton icon="close" label={t("cancel")} onClick={onLeave} />
    </div>
  );
}

/** How long one waits between two messages here; what is written earlier goes out when its time has come. */
function SlowMode({ conversation, c }: { conversation: Conversation; c: ConversationInfo }) {
  const messages = useReadable(conversation.messages);
  const [, tick] = useState(0);
  const last = messages.findLast((m) => m.sender_id === me() && m.state === "sent" && m.type !== "system");
  const left = last ? Math.ceil((Date.parse(last.created_at) - Date.now()) / 1000) + c.slow_mode : 0;
  const waits = left > 0 && left <= c.slow_mode && !isStaffIn(c);
  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(() => tick((n) => n + 1), 1000);
    return () => clearTimeout(timer);
  });
  return (
    <p class="hint slow">
      {waits ? t("slowModeWait", { span: spanOf(left) }) : t("slowModeHint", { span: spanOf(c.slow_mode) })}
    </p>
  );
}

function Files({ id, files }: { id: string; files: readonly File[] }) {
  const remove = (file: File): void =>
    void (chosen.value = { ...chosen.peek(), [id]: files.filter((f) => f !== file) });
  return (
    <ul class="chosen" aria-label={t("chosenFiles")}>
      {files.map((file, i) => (
        <li key={`${file.name}-${i}`}>
          {file.type.startsWith("image/") && <Preview file={file} />}
          <span dir="auto">{file.name}</span>
          <em>{sizeOf(file.size)}</em>
          <IconButton icon="close" label={t("removeNamed", { name: file.name })} onClick={() => remove(file)} />
        </li>
      ))}
    </ul>
  );
}

function Preview({ file }: { file: File }) {
  const src = useMemo(() => URL.createObjectURL(file), [file]);
  useEffect(() => () => URL.revokeObjectURL(src), [src]);
  return <img src={src} alt="" />;
}
