/** All accounts, found by name or address: roles, bans, sessions. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type User } from "moleculer-chat-client";
import { me, theChat } from "../app/chat";
import { dateOf, listOf, t, type Word } from "../app/i18n";
import { attempt, failed, say } from "../app/toasts";
import { confirm } from "../ui/Dialog";
import { Field, Select } from "../ui/Field";
import { Menu, type MenuItem } from "../ui/Menu";
import { Account } from "./Account";

type Listed = User & { readonly cursor: string };
type Status = User["status"];
const PAGE = 50;
const SOON_MS = 250;
const states: Readonly<Record<Status, Word>> = {
  active: "active",
  deactivated: "deactivated",
  banned: "banned",
  deleted: "deletedUser",
};
const roles: Readonly<Record<User["roles"][number], Word>> = {
  user: "roleUser",
  moderator: "roleModerator",
  admin: "roleAdmin",
};

export function People() {
  const [all, setAll] = useState<readonly Listed[]>([]);
  const [more, setMore] = useState(true);
  const [status, setStatus] = useState<Status | "">("");
  const [sought, setSought] = useState("");
  const [openId, setOpenId] = useState<number>();
  const asked = useRef(0);
  const load = async (cursor?: string): Promise<void> => {
    const mine = ++asked.current;
    const q = sought.trim();
    const page = await theChat().rest.call("GET /admin/users", {
      limit: PAGE,
      ...(cursor ? { cursor } : {}),
      ...(status ? { status } : {}),
      ...(q ? { q } : {}),
    });
    if (mine !== asked.current) return; // another list was asked for since
    setAll((before) => (cursor ? [...before, ...page] : page));
    setMore(page.length === PAGE);
  };
  useEffect(() => {
    const timer = setTimeout(() => void load().catch(failed), sought ? SOON_MS : 0); // while one types
    return () => clearTimeout(timer);
  }, [status, sought]);
  const changed = (user: User): void =>
    setAll((before) => before.map((u) => (u.user_id === user.user_id ? { ...u, ...user } : u)));
  const open = all.find((user) => user.user_id === openId);
  return (
    <section>
      {open && <Account user={open} onChanged={changed} onClose={() => setOpenId(undefined)} />}
      <h2>{t("people")}</h2>
      <Field label={t("findAccount")} type="search" value={sought} onValue={setSought} autocomplete="off" />
      <Select
        label={t("status")}
        value={status}
        onValue={setStatus}
        options={[["", t("all")], ...(Object.keys(states) as Status[]).map((key) => [key, t(states[key])] as const)]}
      />
      {all.length === 0 && !more && <p class="hint">{t("nothingFound")}</p>}
      <div class="table stacks" hidden={all.length === 0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("name")}</th>
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
                <td dir="auto">
                  <strong>{user.username}</strong>
                </td>
                <td>{user.email}</td>
                <td>{listOf(user.roles.map((role) => t(roles[role])))}</td>
                <td>{t(states[user.status])}</td>
                <td>{dateOf(user.created_at)}</td>
                <td>
                  <Menu
                    icon="more"
                    label={t("moreForNamed", { name: user.username })}
                    items={itemsOf(user, changed, () => setOpenId(user.user_id))}
                  />
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

function itemsOf(user: User, changed: (user: User) => void, onOpen: () => void): MenuItem[] {
  const { rest } = theChat();
  const { user_id: id, username: name } = user;
  const set = (method: string, path: string, body?: object): void =>
    attempt(rest.ask<User>(method, path, body).then(changed));
  const role = (which: "admin" | "moderator"): MenuItem =>
    user.roles.includes(which)
      ? {
          icon: "down",
          label: t("takeRole", { role: t(roles[which]) }),
          run: () => set("DELETE", `/users/${id}/roles/${which}`),
        }
      : {
          icon: "shield",
          label: t("giveRole", { role: t(roles[which]) }),
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
  const look: MenuItem = { icon: "info", label: t("account"), run: onOpen };
  if (user.status === "deleted") return [look];
  return [
    look,
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
