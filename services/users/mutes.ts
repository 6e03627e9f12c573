/** What a token says of somebody whom the staff has muted. */
import { type Caller } from "../../contracts/caller";
import { type UserRow } from "./models";

export const muted = ({ muted_until }: Pick<UserRow, "muted_until">): Pick<Caller, "mutedUntil"> =>
  muted_until === null ? {} : { mutedUntil: muted_until.getTime() };
