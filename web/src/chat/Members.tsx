/** Everybody in a group, found by name; only those in sight are on the page, however many there are. */
import { useEffect, useState } from "preact/hooks";
import { type Conversation, type ConversationInfo, type Member } from "moleculer-chat-client";
import { VList } from "virtua";
import { me, theChat, useReadable } from "../app/chat";
import { folded, t } from "../app/i18n";
import { roleIn } from "../app/people";
import { go, href } from "../app/router";
import { attempt, failed } from "../app/toasts";
import { Avatar } from "../ui/Avatar";
import { confirm } from "../ui/Dialog";
import { Menu, type MenuItem } from "../ui/Menu";
import { Panel } from "./Panel";

const PAGE = 1_000;

/** A large group tells its members page by page. */
function useAllMembers(conversation: Conversation, count: number): readonly Member[] {
  const first = useReadable(conversation.members);
  const [rest, setRest] = useState<readonly Member[]>([]);
  useEffect(() => {
    let live = true;
    const load = async (): Promise<void> => {
      let last = first.at(-1);
      const found: Member[] = [];
      while (live && last && first.length + found.length < count) {
        const page = { conversationId: conversation.id, limit: PAGE, after: last.userId };
        const next: Member[] = await theChat().ask("conversation:members", page);
        found.push(...next);
        last = next.at(-1);
        if (live) setRest([...found]);
      }
    };
    load().catch(failed);
    return () => void (live = false);
  }, [conversation, first, count]);
  return [...first, ...rest];
}

export function Members({ conversation }: { conversation: Conversation }) {
  const c = useReadable(conversation.info);
  const members = useAllMembers(conversation, c.member_count);
  const [filter, setFilter] = useState("");
  const wanted = folded(filter.trim());
  const shown = members.filter(({ username }) => folded(username).includes(wanted));
  return (
    <Panel title={t("members", { count: c.member_count })} fixed>
      <input
        type="search"
        aria-label={t("findMember")}
        placeholder={t("findMember")}
        dir="auto"
        value={filter}
        onInput={(event) => setFilter(event.currentTarget.value)}
      />
      {shown.length === 0 && members.length > 0 && <p class="hint">{t("nobodyFound")}</p>}
      <div class="members all" role="list" aria-label={t("allMembers")}>
        <VList>
          {shown.map((member) => (
            <div key={member.userId} class="member" role="listitem">
              <MemberRow member={member} c={c} conversation={conversation} />
            </div>
          ))}
        </VList>
      </div>
    </Panel>
  );
}

export function MemberRow({
  member,
  c,
  conversation,
}: {
  member: Member;
  c: ConversationInfo;
  conversation: Conversation;
}) {
  const roles = { admin: t("roleAdmin"), moderator: t("roleModerator"), member: "" };
  const items = itemsOf(member, c, conversation);
  return (
    <>
      <Avatar name={member.username} id={member.userId} url={member.avatar_url} online={member.online} size="small" />
      <a href={href.user(member.userId)} dir="auto">
        {member.userId === me() ? t("you") : member.username}
      </a>
      {roles[member.role] && <em class="tag">{roles[member.role]}</em>}
      {items.length > 0 && <Menu icon="more" label={t("moreForNamed", { name: member.username })} items={items} />}
    </>
  );
}

function itemsOf(
  { userId, username: name, role }: Member,
  c: ConversationInfo,
  conversation: Conversation,
): MenuItem[] {
  const mine = roleIn(c);
  if (userId === me()) return [];
  const params = { conversationId: c._id, userId };
  const { ask } = theChat();
  const remove = (): void =>
    confirm({
      title: t("removeNamed", { name }),
      text: t("removeMemberAsk"),
      yes: t("remove"),
      run: () => conversation.removeMember(userId),
    });
  const transfer = (): void =>
    confirm({
      title: t("handOver"),
      text: t("handOverAsk", { name }),
      yes: t("handOver"),
      run: () => ask("conversation:transfer-admin", params),
    });
  const items: MenuItem[] = [
    {
      icon: "send",
      label: t("writeTo"),
      run: () =>
        attempt(
          theChat()
            .with(userId)
            .then((made) => go(href.conversation(made.id))),
        ),
    },
  ];
  if (mine === "admin")
    items.push(
      role === "moderator"
        ? { icon: "down", label: t("demote"), run: () => attempt(ask("conversation:demote-moderator", params)) }
        : { icon: "shield", label: t("promote"), run: () => attempt(ask("conversation:promote-moderator", params)) },
      { icon: "shield", label: t("handOver"), run: transfer },
    );
  if (mine === "admin" || (mine === "moderator" && role === "member"))
    items.push({ icon: "trash", label: t("remove"), run: remove, danger: true });
  return items;
}
