/** What can be done with a message: on hover, on focus, and by touch behind one button that stays. */
import { signal } from "@preact/signals";
import { type Conversation, type ConversationInfo, type SentMessage } from "moleculer-chat-client";
import { t } from "../app/i18n";
import { isStaffIn, knownName } from "../app/people";
import { go, href, showPanel } from "../app/router";
import { saved } from "../app/saved";
import { hasRole } from "../app/session";
import { at } from "../app/site";
import { attempt, say } from "../app/toasts";
import { askReport } from "../moderation/Report";
import { confirm } from "../ui/Dialog";
import { EmojiPicker, recentEmoji } from "../ui/EmojiPicker";
import { IconButton } from "../ui/Icon";
import { Menu, type MenuItem, Popover } from "../ui/Menu";
import { intent } from "./common";

/** The message whose readers, history or new place is being looked at. */
export const looked = signal<
  { readonly what: "info" | "forward" | "remind" | "react"; readonly message: SentMessage } | undefined
>(undefined);

interface Props {
  readonly message: SentMessage;
  readonly own: boolean;
  readonly c: ConversationInfo;
  readonly conversation: Conversation;
  readonly onActive: (active: boolean) => void;
}

export function MessageTools({ message, own, c, conversation, onActive }: Props) {
  const react = (emoji: string): void => attempt(conversation.react(message, emoji));
  return (
    <div class="tools" role="toolbar" aria-label={t("messageTools")}>
      <Popover icon="smile" label={t("react")} onOpen={onActive}>
        {(close) => <ReactionPicker onPick={(emoji) => (close(), react(emoji))} />}
      </Popover>
      <IconButton icon="reply" label={t("reply")} onClick={() => (intent.value = { kind: "reply", message })} />
      <Menu
        icon="more"
        label={t("moreForMessage")}
        items={itemsOf({ message, own, c, conversation })}
        onOpen={onActive}
      />
    </div>
  );
}

/** The latest ones first, and all there are. */
export function ReactionPicker({ onPick }: { onPick: (emoji: string) => void }) {
  return (
    <div>
      <div class="quick">
        {recentEmoji.value.slice(0, 6).map((emoji) => (
          <button
            key={emoji}
            type="button"
            class="emoji"
            aria-label={t("reactWith", { emoji })}
            onClick={() => onPick(emoji)}
          >
            {emoji}
          </button>
        ))}
      </div>
      <EmojiPicker onPick={onPick} />
    </div>
  );
}

function itemsOf({ message, own, c, conversation }: Omit<Props, "onActive">): MenuItem[] {
  const mayDelete = own || isStaffIn(c);
  const copy = (text: string): void => void navigator.clipboard.writeText(text).then(() => say(t("copied")));
  const link = at(`/${href.conversation(c._id, { seq: message.seq })}`);
  return [
    { icon: "smile", label: t("react"), run: () => void (looked.value = { what: "react", message }), onlyNarrow: true },
    {
      icon: "reply",
      label: t("reply"),
      run: () => void (intent.value = { kind: "reply", message }),
      onlyNarrow: true,
    },
    { icon: "thread", label: t("openThread"), run: () => showPanel(`thread-${message._id}`) },
    ...(own && !message.poll
      ? [{ icon: "edit", label: t("edit"), run: () => void (intent.value = { kind: "edit", message }) } as const]
      : []),
    { icon: "forward", label: t("forward"), run: () => void (looked.value = { what: "forward", message }) },
    {
      icon: "pin",
      label: t(message.pinned_at ? "unpin" : "pin"),
      run: () => attempt(conversation.pin(message, !message.pinned_at)),
    },
    saveItem(message, conversation),
    { icon: "clock", label: t("remindMe"), run: () => void (looked.value = { what: "remind", message }) },
    ...(message.content ? [{ icon: "copy", label: t("copyText"), run: () => copy(message.content) } as const] : []),
    { icon: "link", label: t("copyLink"), run: () => copy(link) },
    { icon: "info", label: t("messageInfo"), run: () => void (looked.value = { what: "info", message }) },
    ...(hasRole("admin")
      ? [{ icon: "shield", label: t("traceMessage"), run: () => go(href.admin("messages", message._id)) } as const]
      : []),
    ...(own
      ? []
      : [
          {
            icon: "flag",
            label: t("report"),
            run: () => askReport({ kind: "message", id: message._id, name: knownName(message.sender_id) }),
            danger: true,
          } as const,
        ]),
    {
      icon: "trash",
      label: t("deleteForMe"),
      run: () => attempt(conversation.delete(message, { forMe: true })),
      danger: true,
    },
    ...(mayDelete
      ? [
          {
            icon: "trash",
            label: t("deleteForAll"),
            run: () => askDelete(message, conversation),
            danger: true,
          } as const,
        ]
      : []),
  ];
}

function saveItem(message: SentMessage, conversation: Conversation): MenuItem {
  const is = saved.value.has(message._id);
  return {
    icon: "bookmark",
    label: t(is ? "unsave" : "saveMessage"),
    run: () => attempt(conversation.save(message, !is)),
  };
}

function askDelete(message: SentMessage, conversation: Conversation): void {
  confirm({
    title: t("deleteForAll"),
    text: t("deleteForAllAsk"),
    yes: t("delete"),
    run: () => conversation.delete(message),
  });
}
