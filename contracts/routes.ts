/** The REST doors: method and path -> action. The envelope and the errors are the same everywhere. */
import { type ActionName } from "./actions";

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly action: ActionName;
  /** Of a success; 200 where left out. */
  readonly status?: number;
  /** Header -> parameter that it fills. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Parameters that the route itself fixes. */
  readonly fixed?: Readonly<Record<string, unknown>>;
}

export const routes: readonly Route[] = [
  { method: "POST", path: "/auth/register", action: "users.register", status: 201 },
  { method: "POST", path: "/auth/login", action: "users.login" },
  { method: "POST", path: "/auth/refresh", action: "users.refresh" },
  { method: "POST", path: "/auth/logout", action: "users.logout" },
  { method: "GET", path: "/users/me", action: "users.me" },
  { method: "GET", path: "/users/:id", action: "users.get" },
];
