/** What the parts of a conversation share. */
import { signal } from "@preact/signals";
import { type ConversationInfo, type Message } from "moleculer-chat-client";
import { blocked } from "../app/blocks";
import { me, theChat } from "../app/chat";
import { t } from "../app/i18n";
import { confirm } from "../ui/Dialog";

/** What the composer is about to answer or to change. */
export interface Intent {
  readonly kind: "reply" | "edit";
  readonly message: Message;
}
export const intent = signal<Intent | undefined>(undefined);

/** Somebody else's wish to talk, not answered yet. */
export const isRequest = (c: ConversationInfo): boolean => c.status === "pending" && c.initiator_id !== me();

export function askBlock(userId: number, name: string): void {
  const run = async (): Promise<void> => {
    await theChat().ask("user:block", { userId });
    blocked.value = new Set([...blocked.peek(), userId]);
  };
  confirm({ title: t("blockNamed", { name }), text: t("blockAsk"), yes: t("block"), run });
}
