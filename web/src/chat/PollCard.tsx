/** A poll in a message: what may be chosen, how many chose it, and who; open until its maker or the staff closes it. */
import { type Conversation, type ConversationInfo, type Poll, type SentMessage } from "moleculer-chat-client";
import { me, useAsked } from "../app/chat";
import { fullTimeOf, listOf, numberOf, t } from "../app/i18n";
import { isStaffIn, knownName } from "../app/people";
import { attempt } from "../app/toasts";
import { confirm } from "../ui/Dialog";
import { Icon } from "../ui/Icon";

const NAMED = 20;
export const isClosed = ({ closed_at, closes_at }: Poll): boolean =>
  closed_at !== null || (closes_at !== null && Date.parse(closes_at) <= Date.now());

interface Props {
  readonly message: SentMessage;
  readonly poll: Poll;
  readonly c: ConversationInfo;
  readonly conversation: Conversation;
}

/** What one chose: it stands in the poll, or is told to oneself alone. */
function useOwn({ message, poll, conversation }: Props): readonly number[] {
  const open = poll.options.every(({ voters }) => voters !== undefined);
  const load = (): Promise<readonly number[]> => (open ? Promise.resolve([]) : conversation.ownVote(message));
  const asked = useAsked(load, [message._id, message.version, open]).value ?? [];
  if (!open) return asked;
  return poll.options.flatMap(({ voters }, i) => (voters?.includes(me()) ? [i] : []));
}

export function PollCard(props: Props) {
  const { message, poll, c, conversation } = props;
  const own = useOwn(props);
  const closed = isClosed(poll);
  const choose = (i: number): void => {
    const others = poll.multiple ? own.filter((o) => o !== i) : [];
    attempt(conversation.vote(message, ...(own.includes(i) ? others : [...others, i])));
  };
  const most = Math.max(1, ...poll.options.map(({ votes }) => votes));
  const close = (): void =>
    confirm({
      title: t("closePoll"),
      text: t("closePollAsk"),
      yes: t("closePoll"),
      run: () => conversation.closePoll(message),
    });
  const mayClose = !closed && c.status === "accepted" && (message.sender_id === me() || isStaffIn(c));
  return (
    <section class="poll" aria-label={`${t("poll")}: ${poll.question}`}>
      <strong dir="auto">{poll.question}</strong>
      <p class="hint">
        {[t(poll.multiple ? "pollSeveral" : "pollOne"), ...(poll.anonymous ? [t("pollAnonymous")] : [])].join(" · ")}
      </p>
      <div class="options" role="group" aria-label={poll.question}>
        {poll.options.map((option, i) => (
          <Option
            key={i}
            option={option}
            share={poll.voters > 0 ? option.votes / poll.voters : 0}
            leads={closed && option.votes === most}
            mine={own.includes(i)}
            off={closed || c.status !== "accepted"}
            onChoose={() => choose(i)}
          />
        ))}
      </div>
      <p class="hint foot">
        <span>{[t("pollVoters", { count: poll.voters }), ...endOf(poll)].join(" · ")}</span>
        {mayClose && (
          <button type="button" class="link" onClick={close}>
            {t("closePoll")}
          </button>
        )}
      </p>
    </section>
  );
}

function endOf(poll: Poll): string[] {
  if (isClosed(poll)) return [t("pollClosed")];
  return poll.closes_at ? [t("pollCloses", { time: fullTimeOf(poll.closes_at) })] : [];
}

interface OptionProps {
  readonly option: Poll["options"][number];
  readonly share: number;
  readonly leads: boolean;
  readonly mine: boolean;
  readonly off: boolean;
  readonly onChoose: () => void;
}
function Option({ option, share, leads, mine, off, onChoose }: OptionProps) {
  const percent = Math.round(share * 100);
  const names = listOf((option.voters ?? []).slice(0, NAMED).map(knownName));
  return (
    <button
      type="button"
      class={`option ${mine ? "mine" : ""} ${leads ? "leads" : ""}`}
      aria-pressed={mine}
      disabled={off}
      title={names || undefined}
      style={{ "--share": `${percent}%` }}
      onClick={onChoose}
    >
      <span class="tick">{mine && <Icon name="check" />}</span>
      <span dir="auto">{option.text}</span>
      <span class="votes">
        {numberOf(option.votes)} · {numberOf(percent)} %
      </span>
    </button>
  );
}
