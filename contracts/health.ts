/** Whether a service's dependencies answer, asked by `/health`. */
import { action } from "./action";
import { type Infer, map, named, nothing, nullable, num, object, oneOf } from "./schema";

export const Dependency = named(
  "Dependency",
  object({
    state: oneOf(["up", "down"]),
    latencyMs: nullable(num({ min: 0, about: "how long it took to answer; null where it did not" })),
  }),
);
export type Dependency = Infer<typeof Dependency>;

const health = (about: string) =>
  action({
    access: "service",
    about,
    params: nothing,
    result: object({ dependencies: map(Dependency) }),
    timeout: 3_000,
  });

export const healthActions = {
  "users.health": health("Does the SQL store answer?"),
  "chat.health": health("Do the document store and the bus of facts answer?"),
  "notifications.health": health("Does the document store answer?"),
  "uploads.health": health("Do the document store and the file store answer?"),
};
