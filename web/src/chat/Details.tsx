/** Who is in a conversation and what may be done about it; of a private one, who the other is. */
import { useState } from "preact/hooks";
import { type Conversation, type ConversationInfo, type PublicUser } from "moleculer-chat-client";
import { theChat, useAsked, useReadable } from "../app/chat";
import { dateOf, t } from "../app/i18n";
import { isStaffIn, nameOf, otherOf, roleIn, useOnline, useTitle, useUser } from "../app/people";
import { go, href, showPanel } from "../app/router";
import { session } from "../app/session";
import { attempt } from "../app/toasts";
import { Avatar } from "../ui/Avatar";
import { confirm, Dialog } from "../ui/Dialog";
import { Form, Select, Switch } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { PeoplePicker } from "../list/PeoplePicker";
import { askReport } from "../moderation/Report";
import { GuestLink } from "../places/GuestLink";
import { GroupSettings } from "../places/GroupSettings";
import { Hooks } from "../places/Hooks";
import { JoinRequests } from "../places/JoinRequests";
import { Links } from "../places/Links";
import { PictureButton } from "../settings/PictureButton";
import { AgainstPerson } from "./AgainstPerson";
import { MemberRow } from "./Members";
import { Panel } from "./Panel";

export function Details({ conversation }: { conversation: Conversation }) {
  const c = useReadable(conversation.info);
  const other = otherOf(c);
  return (
    <Panel title={t("details")}>
      {other === undefined ? <Group c={c} conversation={conversation} /> : <Person id={other} />}
      <ForMe c={c} conversation={conversation} />
      {other === undefined && (
        <>
          <ForStaff c={c} conversation={conversation} />
          <Leave c={c} conversation={conversation} />
        </>
      )}
    </Panel>
  );
}

interface Props {
  readonly c: ConversationInfo;
  readonly conversation: Conversation;
}
function ForMe({ c, conversation }: Props) {
  return (
    <section>
      <h3>{t("forMe")}</h3>
      <Switch
        label={t("mute")}
        hint={t("muteHint")}
        checked={c.muted}
        onChange={(on) => attempt(conversation.mute(on))}
      />
      <MuteUntil conversation={conversation} />
      {c.type === "group" && <Heard id={c._id} />}
      <Switch label={t("pinConversation")} checked={c.pinned} onChange={(on) => attempt(conversation.pinToTop(on))} />
    </section>
  );
}

function ForStaff({ c, conversation }: Props) {
  if (!isStaffIn(c)) return null;
  return (
    <>
      <GroupSettings c={c} />
      <Links conversationId={c._id} />
      {session.value?.user.roles.includes("admin") && <GuestLink conversation={conversation} />}
      <Hooks conversationId={c._id} />
    </>
  );
}

/** Of what in a group one is told. */
function Heard({ id }: { id: string }) {
  const { notifications } = theChat();
  const { value, again } = useAsked(() => notifications.preferences(), [id]);
  if (!value) return null;
  return (
    <Select
      label={t("notifications")}
      value={value.conversations[id] ?? "all"}
      onValue={(level) => attempt(notifications.setPreferences({ conversations: { [id]: level } }).then(again))}
      options={[
        ["all", t("notifyAll")],
        ["mentions", t("notifyMentions")],
        ["none", t("notifyNone")],
      ]}
    />
  );
}

const HOUR = 3_600_000;
function MuteUntil({ conversation }: { conversation: Conversation }) {
  const spans = { hour: HOUR, workday: 8 * HOUR, week: 168 * HOUR } as const;
  const words = { hour: t("muteHour"), workday: t("muteEight"), week: t("muteWeek") };
  return (
    <div class="choices" role="group" aria-label={t("muteFor")}>
      {(Object.keys(spans) as (keyof typeof spans)[]).map((span) => (
        <button
          key={span}
          type="button"
          class="quiet"
          onClick={() => attempt(conversation.mute(true, new Date(Date.now() + spans[span])))}
        >
          {words[span]}
        </button>
      ))}
    </div>
  );
}

function Person({ id }: { id: number }) {
  const user = useUser(id);
  const online = useOnline(id);
  const name = nameOf(user);
  return (
    <section class="profile">
      <Avatar name={name} id={id} url={user?.avatar_url} size="large" online={online} />
      <strong dir="auto">{name}</strong>
      {user && <span class="hint">{t("memberSince", { date: dateOf(user.created_at) })}</span>}
      <div class="buttons">
        <AgainstPerson id={id} name={name} />
      </div>
    </section>
  );
}

/** So many are shown at once; the others on a page of their own. */
const FEW_MEMBERS = 8;

function Group({ c, conversation }: Props) {
  const title = useTitle(c);
  const members = useReadable(conversation.members);
  const [adding, setAdding] = useState(false);
  const staff = isStaffIn(c);
  const setPicture = (url: string): Promise<unknown> =>
    theChat().ask("conversation:update", { conversationId: c._id, avatar: url });
  return (
    <>
      <section class="profile">
        <Avatar name={title} id={c._id} url={c.avatar} size="large" />
        <strong dir="auto">{title}</strong>
        <span class="tags">
          {c.visibility === "public" && <em class="tag">{t("publicGroup")}</em>}
          {c.posting === "staff" && <em class="tag">{t("announcementsTag")}</em>}
        </span>
        {staff && <PictureButton onPicture={setPicture} />}
      </section>
      {staff && <Rename conversation={conversation} name={c.name ?? ""} />}
      <JoinRequests c={c} />
      <h3>{t("members", { count: c.member_count })}</h3>
      {staff && (
        <button type="button" onClick={() => setAdding(true)}>
          <Icon name="plus" /> {t("addPeople")}
        </button>
      )}
      <ul class="members">
        {members.slice(0, FEW_MEMBERS).map((member) => (
          <li key={member.userId}>
            <MemberRow member={member} c={c} conversation={conversation} />
          </li>
        ))}
      </ul>
      {c.member_count > FEW_MEMBERS && (
        <button type="button" onClick={() => showPanel("members")}>
          {t("showAllMembers", { count: c.member_count })}
        </button>
      )}
      {adding && <AddPeople conversation={conversation} c={c} onClose={() => setAdding(false)} />}
    </>
  );
}

function Rename({ conversation, name }: { conversation: Conversation; name: string }) {
  const [value, setValue] = useState(name);
  return (
    <Form
      class="inline"
      submit={t("rename")}
      disabled={!value.trim() || value === name}
      onSubmit={() => conversation.rename(value.trim())}
    >
      <input
        aria-label={t("groupName")}
        dir="auto"
        maxLength={100}
        value={value}
        onInput={(e) => setValue(e.currentTarget.value)}
      />
    </Form>
  );
}

function AddPeople({
  conversation,
  c,
  onClose,
}: {
  conversation: Conversation;
  c: ConversationInfo;
  onClose: () => void;
}) {
  const [chosen, setChosen] = useState<readonly PublicUser[]>([]);
  const add = async (): Promise<void> => {
    for (const user of chosen) await conversation.addMember(user.user_id);
    onClose();
  };
  return (
    <Dialog title={t("addPeople")} onClose={onClose}>
      <Form submit={t("add")} disabled={chosen.length === 0} onSubmit={add}>
        <PeoplePicker chosen={chosen} onChange={setChosen} without={c.participants} />
      </Form>
    </Dialog>
  );
}

function Leave({ c, conversation }: { c: ConversationInfo; conversation: Conversation }) {
  const leave = (): void =>
    confirm({
      title: t("leaveGroup"),
      text: t("leaveGroupAsk"),
      yes: t("leaveGroup"),
      run: () => conversation.leave().then(() => go(href.home)),
    });
  const end = (): void =>
    confirm({
      title: t("endGroup"),
      text: t("endGroupAsk"),
      yes: t("endGroup"),
      run: () =>
        theChat()
          .ask("conversation:delete", { conversationId: c._id })
          .then(() => go(href.home)),
    });
  const report = (): void => askReport({ kind: "conversation", id: c._id, name: c.name ?? t("group") });
  return (
    <div class="buttons">
      <button type="button" class="danger" onClick={report}>
        {t("report")}
      </button>
      <button type="button" class="danger" onClick={leave}>
        {t("leaveGroup")}
      </button>
      {roleIn(c) === "admin" && (
        <button type="button" class="danger" onClick={end}>
          {t("endGroup")}
        </button>
      )}
    </div>
  );
}
