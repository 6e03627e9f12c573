/** The door: sign in, sign up, ask for a new password, set it. */
import { useEffect, useState } from "preact/hooks";
import { isChatError } from "moleculer-chat-client";
import { t } from "../app/i18n";
import { type Entrance, entrance, open, signIn, signUp } from "../app/session";
import { at } from "../app/site";
import { Field, Form, OwnPassword } from "../ui/Field";
import { CodeField } from "./CodeField";
import { FromMail } from "./FromMail";
import { ToTheDoor } from "./ToTheDoor";
import { LanguageChoice } from "../settings/Appearance";
import { Problem } from "../ui/Problem";

type Page = "up" | "in" | "forgot";

export function Auth({ invite, problem }: { invite?: string; problem?: string }) {
  const [page, setPage] = useState<Page>("up");
  const [{ registration, providers }, setEntrance] = useState<Entrance>({ registration: "open", providers: [] });
  useEffect(() => void entrance().then(setEntrance), []);
  const mayJoin = registration === "open" || (registration === "invite" && invite !== undefined);
  const Shown = { up: SignUp, in: SignIn, forgot: Forgot }[page === "up" && !mayJoin ? "in" : page];
  return (
    <main class="auth">
      <div class="card">
        <p class="brand">
          <img src="./icon.svg" alt="" width={40} height={40} />
          Moleculer Chat
        </p>
        {problem && <Problem>{problem}</Problem>}
        <Shown goTo={setPage} mayJoin={mayJoin} invite={invite} />
        {!mayJoin && <p class="hint">{t(registration === "invite" ? "byInvitation" : "byAdmins")}</p>}
        {providers.map(({ id, name }) => (
          <a class="button" key={id} href={at(`/oidc/${id}`)}>
            {t("signInWith", { name })}
          </a>
        ))}
        <LanguageChoice />
      </div>
    </main>
  );
}

interface PageProps {
  readonly goTo: (page: Page) => void;
  readonly mayJoin: boolean;
  readonly invite: string | undefined;
}
const Link = ({ text, onClick }: { text: string; onClick: () => void }) => (
  <button type="button" class="link" onClick={onClick}>
    {text}
  </button>
);

function Stay({ stay, setStay }: { stay: boolean; setStay: (stay: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={stay} onChange={(event) => setStay(event.currentTarget.checked)} />
      {t("staySignedIn")}
    </label>
  );
}

function SignUp({ goTo, invite }: PageProps) {
  const [username, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [stay, setStay] = useState(false);
  return (
    <>
      <h1>{t("createAccount")}</h1>
      <Form
        submit={t("createAccount")}
        onSubmit={() => signUp({ username, email, password, ...(invite ? { invite } : {}) }, stay)}
      >
        <Field
          label={t("yourName")}
          value={username}
          onValue={setName}
          autocomplete="nickname"
          required
          maxLength={40}
        />
        <Field label={t("email")} type="email" value={email} onValue={setEmail} autocomplete="email" required />
        <Field
          label={t("password")}
          type="password"
          value={password}
          onValue={setPassword}
          autocomplete="new-password"
          required
          hint={t("passwordHint")}
        />
        <Stay stay={stay} setStay={setStay} />
      </Form>
      <Link text={t("haveAccount")} onClick={() => goTo("in")} />
    </>
  );
}

export const needsCode = (error: unknown): boolean =>
  isChatError(error) &&
  error.code === "FORBIDDEN" &&
  (error.details as { required?: string } | undefined)?.required === "code";

function SignIn({ goTo, mayJoin }: PageProps) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState<string>();
  const [stay, setStay] = useState(false);
  const submit = async (): Promise<void> => {
    try {
      await signIn({ email, password, ...(code ? { code } : {}) }, stay);
    } catch (error) {
      if (!needsCode(error) || code !== undefined) throw error;
      setCode("");
    }
  };
  return (
    <>
      <h1>{t("signIn")}</h1>
      <Form submit={t("signIn")} onSubmit={submit}>
        <Field label={t("email")} type="email" value={email} onValue={setEmail} autocomplete="username" required />
        <OwnPassword value={password} onValue={setPassword} required />
        {code !== undefined && <CodeField value={code} onValue={setCode} />}
        <Stay stay={stay} setStay={setStay} />
      </Form>
      <Link text={t("forgotPassword")} onClick={() => goTo("forgot")} />
      {mayJoin && <Link text={t("noAccount")} onClick={() => goTo("up")} />}
    </>
  );
}

function Forgot({ goTo }: PageProps) {
  const [email, setEmail] = useState("");
  const [sent, setSent] = useState(false);
  return (
    <>
      <h1>{t("forgotPassword")}</h1>
      {sent ? (
        <p>{t("resetSent")}</p>
      ) : (
        <Form
          submit={t("sendLink")}
          onSubmit={() => open("/auth/password/forgot", { email }).then(() => setSent(true))}
        >
          <Field label={t("email")} type="email" value={email} onValue={setEmail} autocomplete="email" required />
        </Form>
      )}
      <Link text={t("signIn")} onClick={() => goTo("in")} />
    </>
  );
}

/** From the link in a mail. */
export function ResetPassword({ token }: { token: string }) {
  const [next, setNext] = useState("");
  return (
    <FromMail
      title={t("newPassword")}
      submit={t("save")}
      step={() => open("/auth/password/reset", { token, next })}
      done={t("passwordChanged")}
      below={<ToTheDoor />}
    >
      <Field
        label={t("newPassword")}
        type="password"
        value={next}
        onValue={setNext}
        autocomplete="new-password"
        required
        hint={t("passwordHint")}
      />
    </FromMail>
  );
}

export const VerifyEmail = ({ token }: { token: string }) => (
  <FromMail
    title={t("verifyEmail")}
    step={() => open("/auth/email/verify", { token })}
    done={t("emailVerified")}
    below={<ToTheDoor />}
  >
    <p>{t("verifyHint")}</p>
  </FromMail>
);
