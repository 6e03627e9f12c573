/** How open a group is, and how it talks; for those who lead it. */
import { useState } from "preact/hooks";
import { type ConversationInfo } from "moleculer-chat-client";
import { theChat } from "../app/chat";
import { t } from "../app/i18n";
import { roleIn } from "../app/people";
import { attempt } from "../app/toasts";
import { Select, Switch } from "../ui/Field";
import { KeptFor } from "./KeptFor";
import { spanOf } from "./spans";

const slow = [0, 5, 10, 30, 60, 300, 3_600];

export function GroupSettings({ c }: { c: ConversationInfo }) {
  type Change = Pick<ConversationInfo, "visibility" | "approval" | "posting" | "history" | "slow_mode" | "retention">;
  const [, shownAnew] = useState(0);
  const set = (change: Partial<Change>): void =>
    attempt(
      theChat()
        .ask("conversation:update", { conversationId: c._id, ...change })
        .catch((error: unknown) => {
          shownAnew((n) => n + 1); // what was refused is shown as it is
          throw error;
        }),
    );
  const spans = slow.includes(c.slow_mode) ? slow : [...slow, c.slow_mode].sort((a, b) => a - b);
  return (
    <section class="group-settings">
      <h3>{t("groupSettings")}</h3>
      {roleIn(c) === "admin" && (
        <>
          <Switch
            label={t("publicGroup")}
            hint={t("publicHint")}
            checked={c.visibility === "public"}
            onChange={(on) => set({ visibility: on ? "public" : "private" })}
          />
          <Switch
            label={t("approvalNeeded")}
            hint={t("approvalHint")}
            checked={c.approval}
            onChange={(approval) => set({ approval })}
          />
          <Switch
            label={t("postingStaff")}
            hint={t("postingStaffHint")}
            checked={c.posting === "staff"}
            onChange={(on) => set({ posting: on ? "staff" : "all" })}
          />
          <Select
            label={t("historyFor")}
            value={c.history}
            onValue={(history) => set({ history })}
            options={[
              ["all", t("historyAll")],
              ["joined", t("historyJoined")],
            ]}
          />
          <KeptFor now={c.retention} general={t("asInGeneral")} onSet={(retention) => set({ retention })} />
        </>
      )}
      <Select
        label={t("slowMode")}
        value={c.slow_mode}
        onValue={(slow_mode) => set({ slow_mode })}
        options={spans.map((s) => [s, s ? t("every", { span: spanOf(s) }) : t("off")] as const)}
      />
    </section>
  );
}
