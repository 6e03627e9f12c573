/** Signed out the door, signed in the conversations, the settings, the administration. */
import { useEffect } from "preact/hooks";
import { chat, me, theChat, useReadable } from "./app/chat";
import { t } from "./app/i18n";
import { nameOf, useUser } from "./app/people";
import { go, href, route } from "./app/router";
import { session } from "./app/session";
import { attempt } from "./app/toasts";
import { EnterAsGuest } from "./auth/EnterAsGuest";
import { FinishSignIn } from "./auth/FinishSignIn";
import { Auth, ResetPassword, VerifyEmail } from "./auth/Auth";
import { Unsubscribe } from "./auth/Unsubscribe";
import { Chat } from "./chat/Chat";
import { AgainstPerson } from "./chat/AgainstPerson";
import { MessageDialogs } from "./chat/MessageDialogs";
import { Viewer } from "./chat/Viewer";
import { Sidebar } from "./list/Sidebar";
import { Welcome } from "./list/Welcome";
import { Later } from "./later/Later";
import { ReportDialog } from "./moderation/Report";
import { Explore } from "./places/Explore";
import { JoinByLink } from "./places/JoinByLink";
import { Settings } from "./settings/Settings";
import { Admin } from "./admin/Admin";
import { Avatar } from "./ui/Avatar";
import { Confirmation, Dialog } from "./ui/Dialog";
import { Toasts } from "./ui/Toasts";

export function App() {
  const now = route.value;
  if (now.at === "reset")
    return (
      <Outside>
        <ResetPassword token={now.token} />
      </Outside>
    );
  if (now.at === "verify")
    return (
      <Outside>
        <VerifyEmail token={now.token} />
      </Outside>
    );
  if (now.at === "unsubscribe")
    return (
      <Outside>
        <Unsubscribe token={now.token} />
      </Outside>
    );
  if (now.at === "guest")
    return (
      <Outside>
        <EnterAsGuest token={now.token} />
      </Outside>
    );
  if (!session.value || !chat.value)
    return (
      <Outside>
        {now.at === "oidc" && now.token === "done" ? (
          <FinishSignIn />
        ) : (
          <Auth
            {...(now.at === "invite" ? { invite: now.token } : {})}
            {...(now.at === "oidc" ? { problem: t("oidcFailed") } : {})}
          />
        )}
      </Outside>
    );
  return <Inside key={session.value.user.user_id} />;
}

const Outside = ({ children }: { children: preact.ComponentChildren }) => (
  <>
    {children}
    <Toasts />
  </>
);

/** Where a phone shows the list. */
const listAlone: ReadonlySet<string> = new Set(["home", "user", "join"]);

function Inside() {
  const now = route.value;
  return (
    <div class={`frame ${listAlone.has(now.at) ? "at-list" : "at-content"}`}>
      <Sidebar />
      <Content />
      {now.at === "user" && <Person id={now.id} />}
      {now.at === "message" && <ToMessage key={now.id} id={now.id} />}
      {now.at === "join" && <JoinByLink link={now.link} />}
      <WindowTitle />
      <Confirmation />
      <MessageDialogs />
      <ReportDialog />
      <Viewer />
      <Toasts />
    </div>
  );
}

function Content() {
  const now = route.value;
  if (now.at === "conversation") return <Chat id={now.id} seq={now.seq} panel={now.panel} />;
  if (now.at === "settings") return <Settings page={now.page} />;
  if (now.at === "admin") return <Admin page={now.page} />;
  if (now.at === "later") return <Later page={now.page} />;
  if (now.at === "explore") return <Explore />;
  return <Welcome />;
}

/** Leads to where a message stands, which its id alone does not say. */
function ToMessage({ id }: { id: string }) {
  useEffect(() => {
    const found = theChat().message(id);
    attempt(
      found.then(
        ({ conversation_id, seq }) => go(href.conversation(conversation_id, { seq }), { replace: true }),
        (error: unknown) => {
          go(href.home, { replace: true });
          throw error;
        },
      ),
    );
  }, []);
  return null;
}

/** The mark in the window's title, for whoever looks elsewhere. */
function WindowTitle() {
  const all = useReadable(theChat().conversations);
  const unread = all.reduce((sum, c) => sum + (c.muted ? 0 : c.unreadCount), 0);
  const name = session.value?.user.username ?? "";
  useEffect(() => void (document.title = `${unread ? `(${unread}) ` : ""}${name} · Chat`), [unread, name]);
  return null;
}

function Person({ id }: { id: number }) {
  const user = useUser(id);
  const name = nameOf(user);
  const close = (): void => (history.length > 1 ? history.back() : go(href.home));
  const write = (): void =>
    attempt(
      theChat()
        .with(id)
        .then((made) => go(href.conversation(made.id), { replace: true })),
    );
  return (
    <Dialog title={name} onClose={close} class="small">
      <section class="profile">
        <Avatar name={name} id={id} url={user?.avatar_url} size="large" />
      </section>
      {id !== me() && (
        <>
          <button type="button" class="primary" onClick={write}>
            {t("writeTo")}
          </button>
          <div class="buttons spread">
            <AgainstPerson id={id} name={name} />
          </div>
        </>
      )}
    </Dialog>
  );
}
