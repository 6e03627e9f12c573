/** A tab's talk with the worker that holds the sockets; once the worker is gone it never comes back. */
import { type Locks, type SharedWorkerLike } from "./environment";
import { safely } from "./observable";
import { type Port, type ToTab, type ToWorker, uniqueName } from "./shared-protocol";

/** A worker that has not answered by then has failed to start. */
const START_MS = 15_000;

type Told = (told: ToTab) => void;
type Lost = () => void;

export class WorkerLink {
  private port: Port<ToWorker> | undefined;
  private readonly lines = new Map<number, Told>();
  private readonly answers = new Map<number, (told: ToTab & { readonly is: "answer" }) => void>();
  private readonly losses = new Set<Lost>();
  private last = 0;
  /** There is no worker, or none any more. */
  lost = false;
  /** Settles once the worker has answered, or is lost. */
  readonly ready: Promise<void>;

  constructor(start: () => SharedWorkerLike, locks: Locks) {
    this.ready = new Promise((resolve) => {
      const lost = (): void => {
        clearTimeout(late);
        this.lose();
        resolve();
      };
      const late = setTimeout(lost, START_MS);
      const found = (lock: string): void => {
        clearTimeout(late);
        resolve();
        // Given to this tab when the worker is gone.
        void locks.request(lock, { mode: "shared" }, () => Promise.resolve(this.lose()));
      };
      const lock = uniqueName("tab");
      const held = async (): Promise<never> => {
        try {
          this.begin(start(), lock, found, lost);
        } catch {
          lost(); // the page may not have one
        }
        return new Promise<never>(() => undefined);
      };
      locks.request(lock, held).catch(lost);
    });
  }

  /** Opens a line, which tells of itself until it has ended; gives back how to speak on it. */
  open(told: Told, lost: Lost): { readonly line: number; readonly close: () => void } {
    const line = ++this.last;
    this.lines.set(line, told);
    this.losses.add(lost);
    return { line, close: () => (this.lines.delete(line), this.losses.delete(lost)) };
  }

  say(message: ToWorker): void {
    this.port?.postMessage(message);
  }

  /** The ack; rejects where none came. */
  ask(line: number, event: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(late);
        this.answers.delete(id);
        this.losses.delete(none);
      };
      const none = (): void => (end(), reject(new Error("No answer came.")));
      const late = setTimeout(none, timeoutMs + 1_000);
      this.answers.set(id, (told) => ("ack" in told ? (end(), resolve(told.ack)) : none()));
      this.losses.add(none);
      this.say({ is: "ask", line, id, event, payload, timeoutMs });
    });
  }

  private begin(worker: SharedWorkerLike, lock: string, found: (lock: string) => void, lost: Lost): void {
    worker.onerror = lost;
    this.port = worker.port as Port<ToWorker>;
    this.port.onmessage = ({ data }: { data: ToTab }) => {
      if (data.is === "hello") found(data.lock);
      else if (data.is === "answer") this.answers.get(data.id)?.(data);
      else this.lines.get(data.line)?.(data);
    };
    this.say({ is: "hello", lock });
  }

  private lose(): void {
    this.lost = true;
    this.port?.close();
    this.port = undefined;
    const losses = [...this.losses];
    this.losses.clear();
    for (const lost of losses) safely(lost);
  }
}
