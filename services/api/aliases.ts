/** Other spellings that clients of the NestJS chat backend use: taken at the doors, so that nothing behind knows of them. */
import { type Route } from "../../contracts/routes";

/** `targetUserId` for `userId`, `isGroup` for `type`; what is named as we name it wins. */
export function withoutAliases(payload: Record<string, unknown>): Record<string, unknown> {
  const { targetUserId, isGroup } = payload;
  if (targetUserId !== undefined) payload.userId ??= targetUserId;
  if (typeof isGroup === "boolean" && isGroup) payload.type ??= "group";
  for (const key of ["userId", "participantIds"] as const)
    if (payload[key] !== undefined) payload[key] = idsOf(payload[key]);
  return payload;
}

const ID = /^[1-9]\d{0,9}$/;
/** Ids of users that came as texts; whatever else does not fit the check says. */
const idsOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(idsOf);
  return typeof value === "string" && ID.test(value) ? Number(value) : value;
};

/** `/api/conversations` is `/conversations`; the documents have their place below it. */
export const withoutPrefix = (target: string): string =>
  /^\/api\/(?!docs(\/|\?|$))/.test(target) ? target.slice("/api".length) : target;

const SETTING = /\/(mute|pin|hide)$/;
const READING = /^\/notifications\/(:notificationId\/read|read-all)$/;

/** The methods that a route is served at beside its own. */
export function methodsBeside({ method, path }: Pick<Route, "method" | "path">): readonly Route["method"][] {
  if (method === "PUT" && SETTING.test(path)) return ["POST"];
  return method === "POST" && READING.test(path) ? ["PATCH"] : [];
}
