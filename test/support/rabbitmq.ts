/** A RabbitMQ of one's own, with a node name and an Erlang port mapper of its own, to stop, start and strangle at will. */
import { execFile } from "node:child_process";
import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { answers, find, folder, freePort, launch, run, type Server, signal } from "./servers";

export interface Rabbitmq extends Server {
  /** rabbitmqctl, quietly. */
  readonly ctl: (...args: string[]) => Promise<string>;
  readonly stopApp: () => Promise<unknown>;
  readonly startApp: () => Promise<unknown>;
  readonly closeAllConnections: () => Promise<unknown>;
  /** The memory alarm: publishers are no longer read from. */
  readonly block: () => Promise<unknown>;
  readonly unblock: () => Promise<unknown>;
}

/** Debian's wrappers on the PATH insist on their own user; the scripts behind them do not. */
const folders = ["/opt/rabbitmq", "/opt/homebrew/opt/rabbitmq", "/usr/local/opt/rabbitmq"]
  .filter((home) => existsSync(home))
  .flatMap((home) => [join(home, "sbin"), ...readdirSync(home).map((version) => join(home, version, "sbin"))]);
const program = find("rabbitmq-server", ["/usr/lib/rabbitmq/bin", ...folders, "/usr/sbin"]);

export const hasRabbitmq = (): boolean => program !== undefined;

function environment(data: string, port: number, [distribution, mapper]: readonly [number, number]) {
  const config = join(data, "rabbitmq.conf");
  writeFileSync(config, `listeners.tcp.1 = 127.0.0.1:${port}\nloopback_users = none\nlog.console = false\n`);
  const plugins = join(data, "enabled_plugins");
  writeFileSync(plugins, "[].\n");
  chmodSync(data, 0o777);
  return {
    HOME: data, // of the Erlang cookie
    ERL_EPMD_PORT: String(mapper),
    RABBITMQ_NODENAME: `test${port}@localhost`,
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_BASE: data,
    RABBITMQ_MNESIA_BASE: join(data, "mnesia"),
    RABBITMQ_LOG_BASE: join(data, "log"),
    RABBITMQ_SCHEMA_DIR: join(data, "schema"),
    RABBITMQ_GENERATED_CONFIG_DIR: join(data, "schema"),
    RABBITMQ_PID_FILE: join(data, "pid"),
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+sbwt none +sbwtdcpu none +sbwtdio none", // no busy waiting on a shared CPU
  };
}

/** @returns undefined where there is none to start */
export async function startRabbit(): Promise<Rabbitmq | undefined> {
  if (!program) return undefined;
  const data = folder("rabbitmq");
  const [port, mapper] = [await freePort(), await freePort()];
  const env = environment(data, port, [await freePort(), mapper]);
  // In the foreground and ours to end: the server would leave one behind as a daemon.
  const portMapper = launch("epmd", ["-port", String(mapper)]);
  const server = await run({
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    data,
    spawn: () => launch(program, [], env),
    ready: () => answers(port),
    tidy: () => signal(portMapper, "SIGKILL"),
  });
  const ctl = async (...args: string[]): Promise<string> => {
    const options = { env: { ...process.env, ...env } };
    return (await promisify(execFile)(join(dirname(program), "rabbitmqctl"), ["-q", ...args], options)).stdout;
  };
  return {
    ...server,
    ctl,
    stopApp: () => ctl("stop_app"),
    startApp: () => ctl("start_app"),
    closeAllConnections: () => ctl("close_all_connections", "test"),
    block: () => ctl("set_vm_memory_high_watermark", "0.000001"),
    unblock: () => ctl("set_vm_memory_high_watermark", "0.4"),
  };
}
