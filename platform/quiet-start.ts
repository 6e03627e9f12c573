/** In development the framework's own lines stay out of the way of what a newcomer has to read. */
import { type LoggerInstance, Loggers } from "moleculer";

type Handler = (type: string, args: unknown[]) => void;
interface Logger {
  getLogHandler(bindings: { mod?: string } | null): Handler | null;
}

const FRAMEWORK = /^(broker|registry|transit|transporter|discoverer|channels|\$node)$/i;
const LIFECYCLE = /^(Service(\(s\))? ['\d]|Waiting for service|API Gateway|Socket\.IO Websocket Gateway)/;
/** What whoever edits a service wants to see. */
const RELOAD = /file is changed|reload/i;

const isOfFramework = (mod: string, text: string): boolean =>
  !RELOAD.test(text) && (FRAMEWORK.test(mod) || LIFECYCLE.test(text));

/** Moleculer's logger of this kind without its information about itself. */
export function quiet(kind: "Console" | "Pino", options: object): LoggerInstance {
  const Base = (Loggers as unknown as Record<typeof kind, new (options: object) => Logger>)[kind];
  class Quiet extends Base {
    override getLogHandler(bindings: { mod?: string } | null): Handler | null {
      const write = super.getLogHandler(bindings);
      if (!write) return null;
      const mod = bindings?.mod ?? "";
      return (type, args) => {
        if (type !== "info" || !isOfFramework(mod, String(args[0]))) write(type, args);
      };
    }
  }
  return new Quiet(options) as unknown as LoggerInstance;
}
