/** Drafts in, stored notifications out: one write for a slice of them, and each of them once. */
import { DuplicateKey, type Documents, newId } from "../../mixins/documents";
import { batched, type Pace } from "../../platform/facts/pace";
import { type NotificationDoc } from "./documents";
import { type PreferencesBook } from "./preferences";
import { decide, type Draft, isQuiet } from "./rules";
import { type Usernames } from "./usernames";

/** Drafts that are decided, stored and announced in one go, before others have their turn. */
const SLICE = 500;
/** Drafts of one batch of facts, unless a single fact has more. */
const BATCH = 2_000;

export interface Made {
  readonly doc: NotificationDoc;
  /** Within its user's do-not-disturb hours: it is there, but does not call for attention. */
  readonly quiet: boolean;
}
export interface Job {
  readonly drafts: () => Iterable<Draft>;
  readonly weight: number;
}
interface Needs {
  readonly notifications: () => Documents<NotificationDoc>;
  readonly preferences: PreferencesBook;
  readonly usernames: Usernames;
  readonly pace: Pace;
  readonly announce: (made: readonly Made[]) => Promise<void>;
}

function* slicesOf(jobs: readonly Job[]): Generator<Draft[]> {
  let slice: Draft[] = [];
  for (const job of jobs)
    for (const draft of job.drafts()) {
      slice.push(draft);
      if (slice.length < SLICE) continue;
      yield slice;
      slice = [];
    }
  if (slice.length) yield slice;
}

export class Inbox {
  /** Resolves when all of the job's notifications are stored. */
  readonly add: (job: Job) => Promise<void>;

  constructor(private readonly needs: Needs) {
    this.add = batched((jobs) => this.work(jobs), { weight: (job) => job.weight, max: BATCH });
  }

  private async work(jobs: readonly Job[]): Promise<void> {
    for (const slice of slicesOf(jobs)) await this.needs.pace.run(() => this.make(slice));
  }

  private async make(drafts: readonly Draft[]): Promise<void> {
    const { preferences, usernames, announce } = this.needs;
    const of = await preferences.of(drafts.map((d) => d.userId));
    const wanted = drafts.filter((d) => {
      const own = of.get(d.userId);
      return own !== undefined && decide(d, own) === "made";
    });
    if (wanted.length === 0) return;
    const names = await usernames.of(wanted.flatMap((d) => d.actorId ?? []));
    const docs = await this.insert(wanted.map((draft) => docOf(draft, names)));
    const now = new Date();
    await announce(docs.map((doc) => ({ doc, quiet: isQuiet(of.get(doc.user_id)?.dnd ?? null, now) })));
  }

  /** Stores those that are not there yet, and says which: a fact that comes again makes none a second time. */
  private async insert(docs: readonly NotificationDoc[]): Promise<NotificationDoc[]> {
    const store = this.needs.notifications();
    const made: NotificationDoc[] = [];
    for (let left = docs; left.length > 0;) {
      try {
        await store.insert(left);
        return [...made, ...left];
      } catch (error) {
        if (!(error instanceof DuplicateKey)) throw error;
        const sources = [...new Set(left.map((doc) => doc.source))];
        const there = await store.find({ source: { $in: sources } }, { fields: ["source"] });
        const { own, missing } = sorted(left, new Map(there.map((doc) => [doc.source, doc._id])));
        made.push(...own);
        left = missing;
      }
    }
    return made;
  }
}

/** Of a refused write: what it did store before the duplicate, and what is not there at all, each source once. */
function sorted(
  docs: readonly NotificationDoc[],
  there: ReadonlyMap<string, string>,
): { own: NotificationDoc[]; missing: NotificationDoc[] } {
  const missing = new Map<string, NotificationDoc>();
  for (const doc of docs) if (!there.has(doc.source)) missing.set(doc.source, missing.get(doc.source) ?? doc);
  return { own: docs.filter((doc) => there.get(doc.source) === doc._id), missing: [...missing.values()] };
}

function docOf(draft: Draft, names: ReadonlyMap<number, string>): NotificationDoc {
  return {
    _id: newId(),
    user_id: draft.userId,
    source: draft.source,
    title: draft.titleOf(draft.actorId === undefined ? undefined : names.get(draft.actorId)),
    content: draft.content,
    type: draft.type,
    related_id: draft.relatedId,
    is_read: false,
    created_at: draft.at,
    updated_at: new Date(),
  };
}
