/** Makes a poll: a question, two or more answers, how they are given, and until when. */
import { useState } from "preact/hooks";
import { type Conversation } from "moleculer-chat-client";
import { t } from "../app/i18n";
import { spanOf } from "../places/spans";
import { Dialog } from "../ui/Dialog";
import { Field, Form, Select, Switch } from "../ui/Field";
import { IconButton } from "../ui/Icon";

const LEAST = 2;
const MOST = 20;
const spans = [0, 3_600, 86_400, 604_800];

export function NewPoll({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const [question, setQuestion] = useState("");
  const [options, setOptions] = useState<readonly string[]>(["", ""]);
  const [multiple, setMultiple] = useState(false);
  const [anonymous, setAnonymous] = useState(false);
  const [span, setSpan] = useState(0);
  const given = options.map((o) => o.trim()).filter(Boolean);
  const same = new Set(given).size < given.length;
  const make = async (): Promise<void> => {
    const closes = span ? { closes_at: new Date(Date.now() + span * 1000).toISOString() } : {};
    await conversation.poll({ question: question.trim(), options: given, multiple, anonymous, ...closes });
    onClose();
  };
  return (
    <Dialog title={t("newPoll")} onClose={onClose}>
      <Form submit={t("makePoll")} disabled={!question.trim() || given.length < LEAST || same} onSubmit={make}>
        <Field label={t("question")} value={question} onValue={setQuestion} maxLength={300} autocomplete="off" />
        <Options options={options} onChange={setOptions} />
        {same && <p class="hint">{t("pollSame")}</p>}
        <Switch label={t("pollSeveralAllowed")} checked={multiple} onChange={setMultiple} />
        <Switch label={t("pollSecret")} hint={t("pollSecretHint")} checked={anonymous} onChange={setAnonymous} />
        <Select
          label={t("pollEnds")}
          value={span}
          onValue={setSpan}
          options={spans.map((s) => [s, s ? t("inSpan", { span: spanOf(s) }) : t("pollEndsByHand")] as const)}
        />
      </Form>
    </Dialog>
  );
}

interface OptionsProps {
  readonly options: readonly string[];
  readonly onChange: (options: readonly string[]) => void;
}
/** There is always one more to fill in. */
function Options({ options, onChange }: OptionsProps) {
  const change = (i: number, text: string): void => {
    const next = options.map((o, at) => (at === i ? text : o));
    onChange(next.at(-1) && next.length < MOST ? [...next, ""] : next);
  };
  return (
    <fieldset class="poll-options">
      <legend>{t("answers")}</legend>
      {options.map((option, i) => (
        <div key={i} class="with-button">
          <input
            aria-label={t("answerNumber", { count: i + 1 })}
            placeholder={t("answerNumber", { count: i + 1 })}
            dir="auto"
            maxLength={100}
            value={option}
            onInput={(event) => change(i, event.currentTarget.value)}
          />
          {options.length > LEAST && option !== "" && (
            <IconButton
              icon="close"
              label={t("removeNamed", { name: option })}
              onClick={() => onChange(options.filter((_, at) => at !== i))}
            />
          )}
        </div>
      ))}
    </fieldset>
  );
}
