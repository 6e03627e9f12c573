/** Name, picture, e-mail; what is kept about one; and the end of it. */
import { useState } from "preact/hooks";
import { type User } from "moleculer-chat-client";
import { me, signOut, theChat } from "../app/chat";
import { download, saveAs } from "../app/files";
import { t } from "../app/i18n";
import { learnMe, session } from "../app/session";
import { attempt, say } from "../app/toasts";
import { Avatar } from "../ui/Avatar";
import { confirm } from "../ui/Dialog";
import { Field, Form } from "../ui/Field";
import { PictureButton } from "./PictureButton";

export function Profile() {
  const user = session.value?.user;
  const [name, setName] = useState(user?.username ?? "");
  if (!user) return null;
  const change = async (fields: { username?: string; avatar_url?: string | null }): Promise<void> => {
    const changed = await theChat().rest.ask<User>("PATCH", `/users/${me()}`, fields);
    learnMe(changed);
    theChat().users.put(changed);
  };
  const verify = (): void =>
    attempt(
      theChat()
        .rest.ask("POST", "/auth/email/verification")
        .then(() => say(t("verificationSent"))),
    );
  return (
    <section>
      <h2>{t("profile")}</h2>
      <div class="profile">
        <Avatar name={user.username} id={user.user_id} url={user.avatar_url} size="large" />
        <div class="buttons">
          <PictureButton onPicture={(avatar_url) => change({ avatar_url })} />
          {user.avatar_url && (
            <button type="button" onClick={() => attempt(change({ avatar_url: null }))}>
              {t("removePicture")}
            </button>
          )}
        </div>
      </div>
      <Form
        submit={t("save")}
        disabled={!name.trim() || name === user.username}
        onSubmit={() => change({ username: name.trim() })}
      >
        <Field label={t("yourName")} value={name} onValue={setName} maxLength={40} />
      </Form>
      <p>
        {t("email")}: {user.email}{" "}
        {user.email_verified ? (
          <em class="tag">{t("verified")}</em>
        ) : (
          <button type="button" class="link" onClick={verify}>
            {t("verifyEmail")}
          </button>
        )}
      </p>
      <h3>{t("yourData")}</h3>
      <p class="hint">{t("exportHint")}</p>
      <div class="buttons">
        <button type="button" onClick={() => attempt(exportData())}>
          {t("exportData")}
        </button>
        <Everything />
      </div>
      <h3>{t("deleteAccount")}</h3>
      <p class="hint">{t("deleteAccountAsk")}</p>
      <div class="buttons">
        <button type="button" class="danger" onClick={askEnd}>
          {t("deleteAccount")}
        </button>
      </div>
    </section>
  );
}

/** Minutes, where there is much. */
function Everything() {
  const [busy, setBusy] = useState(false);
  const run = (): void => {
    setBusy(true);
    attempt(download("/users/me/export/all", "export.jsonl").finally(() => setBusy(false)));
  };
  return (
    <button type="button" disabled={busy} onClick={run}>
      {t(busy ? "preparing" : "exportAll")}
    </button>
  );
}

const exportData = async (): Promise<void> => {
  const data = await theChat().account.export();
  const src = URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: "application/json" }));
  saveAs(src, "account.json");
  setTimeout(() => URL.revokeObjectURL(src), 60_000);
};

function askEnd(): void {
  const run = async (): Promise<void> => {
    await theChat().rest.ask("DELETE", `/users/${me()}`);
    await signOut();
  };
  confirm({ title: t("deleteAccount"), text: t("deleteAccountAsk"), yes: t("deleteAccount"), run });
}
