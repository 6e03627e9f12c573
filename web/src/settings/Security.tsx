/** Password and second factor. */
import { useState } from "preact/hooks";
import { renderSVG } from "uqr";
import { theChat } from "../app/chat";
import { t } from "../app/i18n";
import { learnMe, session } from "../app/session";
import { say } from "../app/toasts";
import { Field, Form, OwnPassword } from "../ui/Field";

export const Security = () => (
  <>
    <Password />
    <SecondFactor />
  </>
);

function Password() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const submit = async (): Promise<void> => {
    await theChat().rest.ask("POST", "/auth/password", { current, next });
    setCurrent("");
    setNext("");
    say(t("passwordChanged"));
  };
  return (
    <section>
      <h2>{t("changePassword")}</h2>
      <Form submit={t("changePassword")} onSubmit={submit}>
        <OwnPassword label={t("currentPassword")} value={current} onValue={setCurrent} required />
        <Field
          label={t("newPassword")}
          type="password"
          autocomplete="new-password"
          value={next}
          onValue={setNext}
          required
          hint={t("passwordHint")}
        />
      </Form>
    </section>
  );
}

function SecondFactor() {
  const user = session.value?.user;
  if (!user) return null;
  return (
    <section>
      <h2>{t("secondFactor")}</h2>
      <p>{t(user.two_factor ? "secondFactorOn" : "secondFactorOff")}</p>
      {user.two_factor ? <TurnOff /> : <TurnOn />}
    </section>
  );
}

const learn = (two_factor: boolean): void => void (session.value && learnMe({ ...session.value.user, two_factor }));

function TurnOn() {
  const [password, setPassword] = useState("");
  const [begun, setBegun] = useState<{ secret: string; uri: string }>();
  const [code, setCode] = useState("");
  const [recovery, setRecovery] = useState<readonly string[]>();
  const { rest } = theChat();
  const begin = async (): Promise<void> => setBegun(await rest.ask("POST", "/auth/totp", { password }));
  const confirm = async (): Promise<void> => {
    const { recoveryCodes } = await rest.ask<{ recoveryCodes: string[] }>("POST", "/auth/totp/confirm", { code });
    setRecovery(recoveryCodes);
  };
  if (recovery)
    return (
      <>
        <p>{t("recoveryCodes")}</p>
        <ul class="codes">
          {recovery.map((one) => (
            <li key={one}>
              <code>{one}</code>
            </li>
          ))}
        </ul>
        <button type="button" class="primary" onClick={() => learn(true)}>
          {t("savedThem")}
        </button>
      </>
    );
  if (!begun)
    return (
      <Form submit={t("turnOn")} onSubmit={begin}>
        <OwnPassword value={password} onValue={setPassword} required />
      </Form>
    );
  const picture = `data:image/svg+xml;utf8,${encodeURIComponent(renderSVG(begun.uri))}`;
  return (
    <Form submit={t("turnOn")} onSubmit={confirm}>
      <p>{t("scanCode")}</p>
      <img class="qr" src={picture} alt={t("scanCode")} width={200} height={200} />
      <p>
        <code>{begun.secret}</code>
      </p>
      <Field
        label={t("secondFactorCode")}
        inputMode="numeric"
        autocomplete="one-time-code"
        value={code}
        onValue={setCode}
        required
      />
    </Form>
  );
}

function TurnOff() {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const submit = async (): Promise<void> => {
    await theChat().rest.ask("DELETE", "/auth/totp", { password, code });
    learn(false);
  };
  return (
    <Form submit={t("turnOff")} onSubmit={submit}>
      <OwnPassword value={password} onValue={setPassword} required />
      <Field
        label={t("secondFactorCode")}
        autocomplete="one-time-code"
        value={code}
        onValue={setCode}
        required
        hint={t("secondFactorHint")}
      />
    </Form>
  );
}
