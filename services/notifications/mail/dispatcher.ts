/**
 * Mails what stays unread: from the store, so that a restart loses nothing, one mail for all that an account has not read,
 * by the rules as they are when it goes out. Who is online is left in peace, and asked about again later.
 */
import { type LoggerInstance } from "moleculer";
import { toWire } from "../../../contracts/errors";
import { type Env } from "../../../contracts/env";
import { type Preferences } from "../../../contracts/notifications";
import { type MailTime } from "../../../contracts/unread-mail";
import { Destination } from "../../../platform/destinations";
import { type Delivery, type Post } from "../../../platform/mail";
import { type NotificationDoc } from "../documents";
import { type PreferencesBook } from "../preferences";
import { isQuiet, quietUntil } from "../rules";
import { type MailBook, sentWithinHour } from "./book";
import { type MailDoc } from "./documents";
import { type MailWriter, type Written } from "./writer";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const EVERY = 5_000;
/** Then what was to be said is old. */
const RETRIES = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR];
/** Of a users, a chat or a mail server that is away: the wait is no fault of this mail. */
const AWAY = MINUTE;

interface Needs {
  readonly logger: LoggerInstance;
  readonly book: MailBook;
  readonly writer: MailWriter;
  readonly preferences: PreferencesBook;
  readonly post: Post;
  readonly isOnline: (userId: number) => boolean;
  readonly limits: Pick<Env, "UNREAD_MAIL_AFTER" | "UNREAD_MAIL_LIMIT">;
}
interface Made {
  readonly doc: Pick<NotificationDoc, "created_at">;
  readonly users: readonly number[];
}

const whenOf = ({ mail }: Preferences): MailTime => mail?.when ?? "off";
const later = (ms: number): Date => new Date(Date.now() + ms);

export class MailDispatcher {
  private interval: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;
  private isStopped = false;
  private readonly server = new Destination();

  constructor(private readonly needs: Needs) {}

  start(): void {
    this.interval = setInterval(() => void this.work(), EVERY).unref();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.interval);
    this.needs.post.close();
    await this.working;
  }

  /** These users have something new that is unread: of many at once the oldest time is what counts. */
  async add(made: readonly Made[]): Promise<void> {
    const since = new Map<number, Date>();
    for (const { doc, users } of made)
      for (const id of users) {
        const known = since.get(id);
        if (!known || doc.created_at < known) since.set(id, doc.created_at);
      }
    const { preferences, book } = this.needs;
    const of = await preferences.of(since.keys());
    const alike = new Map<string, { at: Date; when: Exclude<MailTime, "off">; users: number[] }>();
    for (const [userId, at] of since) {
      const when = whenOf(of(userId));
      if (when === "off") continue;
      const key = `${at.getTime()} ${when}`;
      const others = alike.get(key);
      if (others) others.users.push(userId);
      else alike.set(key, { at, when, users: [userId] });
    }
    for (const { at, when, users } of alike.values()) await book.put(users, at, later(this.waitOf(when)));
  }

  /** What waits is not due later than it would be by the new wish. */
  async changed(userId: number): Promise<void> {
    const when = whenOf((await this.needs.preferences.of([userId]))(userId));
    if (when !== "off") await this.needs.book.hasten(userId, later(this.waitOf(when)));
  }

  /** Sends all that is due; resolves when it is sent or put off. */
  work(): Promise<void> {
    return (this.working ??= this.sendDue()
      .catch((error: unknown) => this.needs.logger.warn(`Mails wait: ${toWire(error).code}`))
      .finally(() => (this.working = undefined)));
  }

  private waitOf(when: Exclude<MailTime, "off">): number {
    return { soon: this.needs.limits.UNREAD_MAIL_AFTER, hourly: HOUR, daily: 24 * HOUR }[when];
  }

  private async sendDue(): Promise<void> {
    const { book, logger } = this.needs;
    while (!this.isStopped) {
      const due = await book.due(new Date());
      if (due.length === 0) return;
      const taken = due.map(async (job) => {
        if (!(await book.claim(job, new Date()))) return;
        await this.send(job).catch(async (error: unknown) => {
          logger.warn(`A mail waits: ${toWire(error).code}`);
          await book.putOff(job, later(AWAY), job.attempts);
        });
      });
      await Promise.allSettled(taken);
    }
  }

  private async send(job: MailDoc): Promise<void> {
    const { preferences, book } = this.needs;
    const own = (await preferences.of([job.user_id]))(job.user_id);
    const when = whenOf(own);
    if (when === "off") return book.finish(job, later(0));
    const until = this.restsUntil(job, own, new Date());
    if (until) return book.putOff(job, until, 0);
    let written: Written | undefined;
    // Written when it is its turn: what is read until then is not in it.
    const outcome = await this.server.run<Delivery | "nothing">(
      async () => {
        written = await this.needs.writer.write(job, own);
        return written ? this.needs.post.deliver(written.mail) : "nothing";
      },
      (delivery) => delivery === "down",
    );
    const next = later(this.waitOf(when));
    if (outcome === "sent" && written) return book.finish(job, next, { keys: written.keys, at: new Date() });
    if (outcome === "nothing") return book.finish(job, next);
    return this.failed(job, outcome, next);
  }

  /** Until when no mail may go out to them; undefined where it may now. */
  private restsUntil(job: MailDoc, { dnd }: Preferences, now: Date): Date | undefined {
    const { isOnline, limits } = this.needs;
    if (isOnline(job.user_id)) return later(limits.UNREAD_MAIL_AFTER);
    if (dnd && isQuiet(dnd, now)) return quietUntil(dnd, now);
    const oldest = sentWithinHour(job, now).at(-limits.UNREAD_MAIL_LIMIT); // of as many as an hour may have
    return oldest && new Date(oldest.getTime() + HOUR);
  }

  private async failed(job: MailDoc, outcome: string, next: Date): Promise<void> {
    const { book, logger } = this.needs;
    if (this.isStopped) return book.putOff(job, later(0), job.attempts);
    if (outcome === "full" || outcome === "resting") return book.putOff(job, later(AWAY), job.attempts);
    const wait = outcome === "refused" ? undefined : RETRIES[job.attempts];
    if (wait !== undefined) return book.putOff(job, later(wait), job.attempts + 1);
    logger.warn(`A mail was given up (${outcome}).`);
    return book.finish(job, next);
  }
}
