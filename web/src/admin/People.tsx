/** All accounts: roles, bans, sessions. */
import { useEffect, useState } from "preact/hooks";
import { type User } from "moleculer-chat-client";
import { me, theChat } from "../app/chat";
import { dateOf, t } from "../app/i18n";
import { attempt, failed, say } from "../app/toasts";
import { confirm } from "../ui/Dialog";
import { Menu, type MenuItem } from "../ui/Menu";

type Listed = User & { readonly cursor: string };
const PAGE = 50;

export function People() {
  const [all, setAll] = useState<readonly Listed[]>([]);
  const [more, setMore] = useState(true);
  const [status, setStatus] = useState("");
  const load = async (after?: string): Promise<void> => {
    const query = new URLSearchParams({
      limit: String(PAGE),
      ...(after ? { cursor: after } : {}),
      ...(status ? { status } : {}),
    });
    const page = await theChat().rest.ask<Listed[]>("GET", `/users?${query.toString()}`);
    setAll((before) => (after ? [...before, ...page] : page));
    setMore(page.length === PAGE);
  };
  useEffect(() => void load().catch(failed), [status]);
  const changed = (user: User): void =>
    setAll((before) => before.map((u) => (u.user_id === user.user_id ? { ...u, ...user } : u)));
  return (
    <section>
      <h2>{t("people")}</h2>
      <label class="select">
        <span>{t("status")}</span>
        <select value={status} onChange={(event) => setStatus(event.currentTarget.value)}>
          <option value="">{t("all")}</option>
          <option value="active">{t("active")}</option>
          <option value="deactivated">{t("deactivated")}</option>
          <option value="banned">{t("banned")}</option>
          <option value="deleted">{t("deletedUser")}</option>
        </select>
      </label>
      <div class="table">
        <table>
          <thead>
            <tr>
              <th scope="col">{t("yourName")}</th>
              <th scope="col">{t("email")}</th>
              <th scope="col">{t("roles")}</th>
              <th scope="col">{t("status")}</th>
              <th scope="col">{t("since")}</th>
              <th scope="col">
                <span class="sr-only">{t("actions")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {all.map((user) => (
              <tr key={user.user_id}>
                <td dir="auto">{user.username}</td>
                <td>{user.email}</td>
                <td>{user.roles.join(", ")}</td>
                <td>{user.status}</td>
                <td>{dateOf(user.created_at)}</td>
                <td>
                  <Menu icon="more" label={t("moreForNamed", { name: user.username })} items={itemsOf(user, changed)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more && (
        <button type="button" onClick={() => attempt(load(all.at(-1)?.cursor))}>
          {t("showMore")}
        </button>
      )}
    </section>
  );
}

function itemsOf(user: User, changed: (user: User) => void): MenuItem[] {
  const { rest } = theChat();
  const { user_id: id, username: name } = user;
  const set = (method: string, path: string, body?: object): void =>
    attempt(rest.ask<User>(method, path, body).then(changed));
  const role = (which: "admin" | "moderator"): MenuItem =>
    user.roles.includes(which)
      ? { icon: "down", label: t("takeRole", { role: which }), run: () => set("DELETE", `/users/${id}/roles/${which}`) }
      : {
          icon: "shield",
          label: t("giveRole", { role: which }),
          run: () => set("POST", `/users/${id}/roles`, { role: which }),
        };
  const ban = (): void =>
    confirm({
      title: t("banNamed", { name }),
      text: t("banAsk"),
      yes: t("ban"),
      run: () => rest.ask<User>("POST", `/users/${id}/ban`).then(changed),
    });
  const shut = user.status === "deactivated";
  const activity: MenuItem = {
    icon: shut ? "check" : "close",
    label: t(shut ? "reactivate" : "deactivate"),
    run: () => set(shut ? "DELETE" : "POST", `/admin/users/${id}/deactivation`),
  };
  const revoke = (): void =>
    attempt(rest.ask("DELETE", `/admin/users/${id}/sessions`).then(() => say(t("signedOutEverywhere"))));
  return [
    role("moderator"),
    role("admin"),
    { icon: "logout", label: t("endSessions"), run: revoke },
    ...(id === me()
      ? []
      : [
          activity,
          user.status === "banned"
            ? ({ icon: "check", label: t("unban"), run: () => set("DELETE", `/users/${id}/ban`) } as const)
            : ({ icon: "close", label: t("ban"), run: ban, danger: true } as const),
        ]),
  ];
}
