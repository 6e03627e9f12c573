/** Finds one conversation or message by its id, or by anything that has one in it: a link, a line of a log. */
import { useState } from "preact/hooks";
import { t } from "../app/i18n";
import { adminOf, go, href } from "../app/router";
import { Field, Form } from "../ui/Field";

interface Props {
  readonly page: "conversations" | "messages";
  readonly label: string;
  readonly hint: string;
}
export function ById({ page, label, hint }: Props) {
  const [text, setText] = useState(adminOf() ?? "");
  const id = /\b[0-9a-f]{24}\b/.exec(text)?.[0];
  const show = (): Promise<void> => Promise.resolve(go(href.admin(page, id)));
  return (
    <Form submit={t("show")} disabled={!id} onSubmit={show}>
      <Field label={label} hint={hint} value={text} onValue={setText} autocomplete="off" />
    </Form>
  );
}
