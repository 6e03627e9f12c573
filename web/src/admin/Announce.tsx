/** A notification to everybody. */
import { useState } from "preact/hooks";
import { theChat } from "../app/chat";
import { t } from "../app/i18n";
import { say } from "../app/toasts";
import { Field, Form, TextArea } from "../ui/Field";

export function Announce() {
  const [title, setTitle] = useState("");
  const [content, setContent] = useState("");
  const send = async (): Promise<void> => {
    await theChat().rest.ask("POST", "/notifications/broadcast", { title, content });
    setTitle("");
    setContent("");
    say(t("announced"));
  };
  return (
    <section>
      <h2>{t("announce")}</h2>
      <Form submit={t("announce")} disabled={!title.trim() || !content.trim()} onSubmit={send}>
        <Field label={t("title")} value={title} onValue={setTitle} maxLength={200} />
        <TextArea label={t("text")} value={content} onValue={setContent} maxLength={1000} />
      </Form>
    </section>
  );
}
