/** Places in a sorted list, as opaque text that a client sends back. Pure. */
import { badField } from "../../contracts/errors";

export type Place = readonly [key: string, id: number];

export const cursorOf = (place: Place): string => Buffer.from(JSON.stringify(place)).toString("base64url");

/** @throws BAD_REQUEST */
export function placeOf(cursor: string): Place {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (Array.isArray(place) && typeof place[0] === "string" && Number.isSafeInteger(place[1]))
      return [place[0].replaceAll("\0", ""), place[1] as number];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw badField("cursor", "cursor", "This is no cursor of this list.");
}
