/** The REST doors: method and path -> action. The envelope and the errors are the same everywhere. */
import { type ActionName } from "./actions";
import { list, type Schema } from "./schema";
import { UploadedFile } from "./shapes";

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
  /** The body is a multipart form with at most `max` files in `field`: a door of its own reads it as a stream. */
  readonly form?: { readonly field: string; readonly max: number };
  /** The answer is a file's bytes, not an envelope: a door of its own sends them. */
  readonly bytes?: true;
  /** What is answered, where that is not the action's result. */
  readonly result?: Schema<unknown>;
}

export const routes: readonly Route[] = [
  { method: "POST", path: "/auth/register", action: "users.register", status: 201 },
  { method: "POST", path: "/auth/login", action: "users.login" },
  { method: "POST", path: "/auth/refresh", action: "users.refresh" },
  { method: "POST", path: "/auth/logout", action: "users.logout" },
  { method: "GET", path: "/users/me", action: "users.me" },
  { method: "GET", path: "/users/:id", action: "users.get" },
  {
    method: "POST",
    path: "/upload/single",
    action: "uploads.confirm",
    status: 201,
    form: { field: "file", max: 1 },
    result: UploadedFile,
  },
  {
    method: "POST",
    path: "/upload/multiple",
    action: "uploads.confirm",
    status: 201,
    form: { field: "files", max: 10 },
    result: list(UploadedFile),
  },
  { method: "DELETE", path: "/upload", action: "uploads.delete" },
  { method: "GET", path: "/files/:id", action: "uploads.open", bytes: true },
  { method: "POST", path: "/files/:id/link", action: "uploads.link" },
];
