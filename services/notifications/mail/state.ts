/** What became of one notification by mail, for `explain`: as the dispatcher would decide it now. */
import { type Result } from "../../../contracts/actions";
import { type Preferences } from "../../../contracts/notifications";
import { call } from "../../../platform/bus";
import { type Ctx } from "../../../platform/service";
import { type NotificationDoc } from "../documents";
import { type MailBook } from "./book";
import { isWanted, type MailWriter } from "./writer";

type State = NonNullable<Result<"notifications.explain">["mail"]>;

export interface Told {
  readonly userId: number;
  readonly preferences: Preferences;
  /** None where they have none, or it is not theirs any more. */
  readonly doc: NotificationDoc | undefined;
  readonly isRead: boolean;
}

const no = (state: State["state"]): State => ({ state, at: null });

export async function mailStateOf(
  mail: { readonly book: MailBook; readonly writer: MailWriter },
  { userId, preferences, doc, isRead }: Told,
  ctx: Ctx,
): Promise<State> {
  const job = await mail.book.of(userId);
  if (doc && job?.told.includes(doc._id)) return { state: "sent", at: job.told_at?.toISOString() ?? null };
  if (preferences.mail?.when === "off") return no("off");
  if (!doc || isRead) return no("none");
  if (!(await call(ctx, "users.mailable", { userId }))) return no("no_address");
  const { due_at, since } = job ?? {};
  if (!due_at || !since || doc.created_at < since) return no("none");
  const places = await mail.writer.placesOf(userId, [doc]);
  if (!isWanted(doc, userId, preferences, places.get(doc.related_id ?? ""))) return no("none");
  return { state: "waiting", at: due_at.toISOString() };
}
