/** Tells what waits in a store: soon after each change, behind whoever made it, and again while it could not be told. */
import { type LoggerInstance } from "moleculer";

export class Telling {
  private readonly timer: NodeJS.Timeout;
  private isStopped = false;
  private telling: Promise<void> | undefined;
  private more = false;

  /** @param step tells some of it, and says whether there is more to tell now */
  constructor(
    private readonly logger: LoggerInstance,
    private readonly what: string,
    everyMs: number,
    private readonly step: (stopped: () => boolean) => Promise<boolean>,
  ) {
    this.timer = setInterval(() => this.soon(), everyMs).unref();
    this.soon();
  }

  soon(): void {
    this.more = true;
    this.telling ??= this.tellAll()
      .catch((error: unknown) => this.logger.debug(`${this.what} waits: ${String(error)}`))
      .finally(() => {
        this.telling = undefined;
        if (this.more && !this.isStopped) this.soon(); // it came at the very end
      });
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    await this.telling;
  }

  private async tellAll(): Promise<void> {
    while (this.more && !this.isStopped) {
      this.more = false;
      if (await this.step(() => this.isStopped)) this.more = true;
    }
  }
}
