/** Where one is: routes behind `#`, so that Back works and a link to a message can be shared. */
import { signal } from "@preact/signals";

export type Route =
  | { readonly at: "home" }
  | { readonly at: "conversation"; readonly id: string; readonly seq?: number; readonly panel?: Panel }
  | { readonly at: "settings"; readonly page: string }
  /** `of`: the conversation or message that it is about. */
  | { readonly at: "admin"; readonly page: string; readonly of?: string }
  | { readonly at: "later"; readonly page: string }
  | { readonly at: "reset" | "verify" | "unsubscribe" | "invite" | "oidc" | "guest"; readonly token: string }
  | { readonly at: "user"; readonly id: number }
  | { readonly at: "message"; readonly id: string }
  | { readonly at: "explore" }
  | { readonly at: "join"; readonly link: string };
export type Panel = "details" | "members" | "pins" | `thread-${string}`;

/** Nobody's address is so broken that the page stays white. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** `#reset=`, `#verify=`, `#unsubscribe=` and `#invite=` stand in mails, `#guest=` in links; with `#oidc=` one comes back from elsewhere. */
function parse(hash: string): Route {
  const text = hash.replace(/^#\/?/, "");
  const mailed = /^(reset|verify|unsubscribe|invite|oidc|guest)=(.+)$/.exec(text);
  if (mailed) return { at: mailed[1] as "reset", token: decoded(mailed[2] as string) };
  const [first = "", second = "", ...rest] = text.split("/").map(decoded);
  if (first === "c" && /^[0-9a-f]{24}$/.test(second)) {
    const seq = rest.map(Number).find((n) => Number.isInteger(n) && n > 0);
    const panel = rest.find((part): part is Panel => /^(details|members|pins|thread-[0-9a-f]{24})$/.test(part));
    return { at: "conversation", id: second, ...(seq ? { seq } : {}), ...(panel ? { panel } : {}) };
  }
  if (first === "settings" || first === "later") return { at: first, page: second };
  if (first === "admin") {
    const of = rest.find((part) => /^[0-9a-f]{24}$/.test(part));
    return { at: "admin", page: second, ...(of ? { of } : {}) };
  }
  if (first === "m" && /^[0-9a-f]{24}$/.test(second)) return { at: "message", id: second };
  if (first === "u" && Number(second) > 0) return { at: "user", id: Number(second) };
  if (first === "explore") return { at: "explore" };
  if (first === "join" && second) return { at: "join", link: second };
  return { at: "home" };
}

export const route = signal<Route>(parse(location.hash));
addEventListener("hashchange", () => (route.value = parse(location.hash)));

export const href = {
  home: "#/",
  conversation: (id: string, more: { seq?: number; panel?: Panel } = {}) =>
    `#/c/${id}${more.seq ? `/${more.seq}` : ""}${more.panel ? `/${more.panel}` : ""}`,
  settings: (page = "profile") => `#/settings/${page}`,
  admin: (page = "people", of?: string) => `#/admin/${page}${of ? `/${of}` : ""}`,
  later: (page = "saved") => `#/later/${page}`,
  message: (id: string) => `#/m/${id}`,
  user: (id: number) => `#/u/${id}`,
  explore: "#/explore",
  join: (link: string) => `#/join/${encodeURIComponent(link)}`,
};

export function go(to: string, { replace = false } = {}): void {
  if (location.hash === to) return;
  if (replace) {
    history.replaceState(null, "", to);
    route.value = parse(to);
  } else location.hash = to;
}

/** The open conversation with another panel beside it, or none. */
export function showPanel(panel: Panel | undefined): void {
  const now = route.value;
  if (now.at === "conversation") go(href.conversation(now.id, panel ? { panel } : {}));
}

/** What a page of the administration is about. */
export function adminOf(): string | undefined {
  const now = route.value;
  return now.at === "admin" ? now.of : undefined;
}
