import { availableParallelism } from "node:os";
import { type EnvError, readEnv } from "../../contracts/env";
import { refusal } from "../../services/refusal";
import { whereAndHow } from "../../services/greeting";

const good = {
  NODE_ENV: "production",
  JWT_ACCESS_SECRET: "3f9a1c0b7e5d4826af13c9d7b0e28451aa",
  JWT_REFRESH_SECRET: "b81d6e4f20c7953a8e6fd1247c0b9a3355",
};
const refused = (vars: Record<string, string | undefined>): EnvError => {
  try {
    readEnv({ ...good, ...vars });
  } catch (error) {
    return error as EnvError;
  }
  throw new Error("was accepted");
};

describe("in production", () => {
  test("good secrets and nothing else are enough", () => {
    expect(readEnv(good)).toMatchObject({ HOST: "0.0.0.0", ALLOWED_ORIGINS: [] });
  });

  const bad = ["secret", "access-secret", "refresh-secret", "your-secret-key", "your-refresh-secret", "changeme"];
  const example = "put-32-random-bytes-or-more-here-access";
  test.each([undefined, "", "   ", ...bad, example, "x".repeat(31)])("a secret like %p is refused by name", (value) => {
    for (const name of ["JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET"]) {
      const error = refused({ [name]: value });
      expect(error.variable).toBe(name);
    }
  });

  test.each([
    ["RABBITMQ_URL", "amqp://guest:guest@rabbit:5672"],
    ["POSTGRES_URL", "postgres://postgres:postgres@db/chat"],
    ["POSTGRES_URL", "postgres://chat:changeme@db/chat"],
    ["MONGODB_URI", "mongodb://root:example@db/chat"],
    ["TRANSPORTER", "nats://admin:admin@bus:4222"],
    ["ADMIN_PASSWORD", "password"],
    ["ADMIN_PASSWORD", "short"],
    ["S3_SECRET_ACCESS_KEY", "minioadmin"],
    ["ALLOWED_ORIGINS", "*"],
    ["ALLOWED_ORIGINS", "https://*.example.com"],
    ["ALLOWED_ORIGINS", "https://example.com/"],
    ["ALLOWED_ORIGINS", "https://good.example,*"],
  ])("%s=%s is refused by name, without repeating a password", (name, value) => {
    const error = refused({ [name]: value });
    expect(error.variable).toBe(name);
    expect(error.message).not.toContain("guest:guest");
    expect(error.message).not.toContain("changeme");
  });

  test("servers with credentials of their own are fine", () => {
    expect(() => readEnv({ ...good, POSTGRES_URL: "postgres://chat:k2J9fQ@db/chat" })).not.toThrow();
  });
});

describe("in development", () => {
  test("defaults are enough, short secrets and guest are allowed, * is not", () => {
    expect(readEnv({}).ALLOWED_ORIGINS).toEqual(["http://localhost:3000", "http://localhost:5173"]);
    expect(() => readEnv({ RABBITMQ_URL: "amqp://guest:guest@localhost", JWT_ACCESS_SECRET: "s" })).not.toThrow();
    expect(() => readEnv({ ALLOWED_ORIGINS: "*" })).toThrow("ALLOWED_ORIGINS");
  });

  test.each([
    ["PORT", "70000"],
    ["PORT", "3000x"],
    ["RATE_LIMIT", "0"],
    ["RATE_LIMIT_WINDOW", "60"],
    ["LOG_LEVEL", "loud"],
    ["SERVICES", "api,nope"],
    ["POSTGRES_URL", "mysql://x"],
    ["HEALTH_PORT", "off"],
    ["JWT_ACCESS_TTL", "0s"],
    ["RATE_LIMIT_WINDOW", "0ms"],
    ["JWT_REFRESH_TTL", "999999999999d"],
    ["PROCESSES", "0"],
    ["PROCESSES", "-1"],
    ["PROCESSES", "1.5"],
    ["PROCESSES", "abc"],
    ["PROCESSES", "AUTO"],
    ["PROCESSES", "65"],
    ["PROCESSES", "1e1"],
    ["TRANSPORTER", "NATS"],
    ["TRANSPORTER", "kafka://broker"],
    ["TRANSPORTER", "Fake"],
    ["HOST", "not a host"],
    ["NODE_ID", "chat 1"],
    ["NAMESPACE", "chat/*"],
    ["ADMIN_EMAIL", "root"],
    ["FCM_URL", "fcm.googleapis.com"],
    ["APNS_URL", "ftp://push.example"],
    ["VAPID_PUBLIC_KEY", "key"],
    ["VAPID_PUBLIC_KEY", `A${"x".repeat(86)}`],
    ["VAPID_SUBJECT", "ops@example.org"],
    ["VAPID_SUBJECT", "http://example.org"],
    ["MAIL_FROM", "Chat"],
    ["MAIL_FROM", "Chat <nobody>"],
    ["MAIL_FROM", "a@example.org, b@example.org"],
    ["PUBLIC_URL", "chat.example.org"],
    ["PUBLIC_URL", "https://chat.example.org/?a=b"],
    ["PUBLIC_URL", "https://chat.example.org/#home"],
  ])("%s=%s is refused by name", (name, value) => {
    expect(() => readEnv({ [name]: value })).toThrow(name);
  });

  test.each(["HOOK_SECRET", "VAPID_PRIVATE_KEY", "SERVER_KEYS", "JWT_ACCESS_SECRET"])(
    "a %s that does not fit is not repeated",
    (name) => {
      expect(refused({ [name]: "hunter2" }).message).toMatch(new RegExp(`^${name}: (?!.*hunter2)`));
    },
  );

  test.each([
    ["MAIL_FROM", "chat@localhost", "chat@localhost"],
    ["MAIL_FROM", "Chat, Inc. <chat@example.org>", "Chat, Inc. <chat@example.org>"],
    ["VAPID_SUBJECT", "https://example.org/contact", "https://example.org/contact"],
    ["FCM_URL", "http://127.0.0.1:9", "http://127.0.0.1:9"],
    ["PUBLIC_URL", "https://chat.example.org/", "https://chat.example.org"],
    ["PUBLIC_URL", "https://example.org/chat//", "https://example.org/chat"],
  ] as const)("%s=%s is taken", (name, value, as) => {
    expect(readEnv({ [name]: value })[name]).toBe(as);
  });

  test.each(["SERVICES", "TRANSPORTER", "RABBITMQ_URL", "TENANTS"])(
    "several processes and %s are refused by name",
    (name) => {
      const value =
        { SERVICES: "api,chat", TRANSPORTER: "TCP", RABBITMQ_URL: "amqp://u:p@bus", TENANTS: "a,b" }[name] ?? "";
      for (const PROCESSES of ["2", "auto"]) {
        expect(() => readEnv({ PROCESSES, [name]: value })).toThrow(/^PROCESSES: .*leave out/);
        expect(() => readEnv({ PROCESSES, [name]: value })).toThrow(name);
      }
      expect(readEnv({ PROCESSES: "1", [name]: value }).PROCESSES).toBe(1);
    },
  );

  test("processes are one unless they are set, and with auto as many as there are cores", () => {
    expect(readEnv({}).PROCESSES).toBe(1);
    expect(readEnv({ PROCESSES: "64" }).PROCESSES).toBe(64);
    expect(readEnv({ PROCESSES: "auto" }).PROCESSES).toBe(Math.min(64, availableParallelism()));
  });

  test("a service that is named twice runs once", () => {
    expect(readEnv({ SERVICES: "chat, chat,users" }).SERVICES).toEqual(["chat", "users"]);
  });
});

test("a start says in five lines where everything is, and no password", () => {
  const env = readEnv({ POSTGRES_URL: "postgres://chat:k2J9fQ@db/chat" });
  const lines = whereAndHow(env, 3000);
  expect(lines).toHaveLength(5);
  expect(lines.join("\n")).toContain("http://localhost:3000");
  expect(lines.join("\n")).not.toContain("k2J9fQ");
});

describe("a replica set", () => {
  const hosts = "h1:27017,h2:27017,h3:27017/db?replicaSet=rs";
  it("is one URL with several hosts", () => {
    const uri = `mongodb://chat:a-long-one@${hosts}`;
    expect(readEnv({ MONGODB_URI: uri }).MONGODB_URI).toBe(uri);
  });
  it("with credentials that it came with is refused in production like any other", () => {
    const [JWT_ACCESS_SECRET, JWT_REFRESH_SECRET] = ["a".repeat(20) + "b".repeat(20), "c".repeat(20) + "d".repeat(20)];
    const vars = {
      NODE_ENV: "production",
      JWT_ACCESS_SECRET,
      JWT_REFRESH_SECRET,
      MONGODB_URI: `mongodb://root:root@${hosts}`,
    };
    expect(() => readEnv(vars)).toThrow(/MONGODB_URI/);
  });
});

describe("a node that can't start", () => {
  const env = readEnv({ HOST: "10.9.9.9", HEALTH_PORT: "9100", DATA_DIR: "/srv/chat" });
  test.each([
    [{ code: "EADDRINUSE", syscall: "listen", port: 3000 }, /^PORT: .* 3000/],
    [{ code: "EADDRINUSE", syscall: "listen", port: 9100 }, /^HEALTH_PORT: .* 9100/],
    [{ code: "EACCES", syscall: "listen", port: 80 }, /^PORT: .* 80/],
    [{ code: "EADDRNOTAVAIL", syscall: "listen", port: 3000 }, /^HOST: 10\.9\.9\.9/],
    [{ code: "EADDRNOTAVAIL", syscall: "listen", address: "10.9.9.9" }, /^HOST: 10\.9\.9\.9/],
    [{ code: "ENOTFOUND", syscall: "getaddrinfo" }, /^HOST: /],
    [{ code: "EROFS", syscall: "mkdir", path: "/srv/chat" }, /^DATA_DIR: EROFS at \/srv\/chat/],
    [{ code: "ENOSPC", syscall: "write" }, /^DATA_DIR: ENOSPC at \/srv\/chat/],
  ])("says of %j which variable to mend", (error, said) => {
    expect(refusal(env, Object.assign(new Error("x"), error))).toMatch(said);
  });

  test("shows a bug as it is", () => {
    expect(refusal(env, new TypeError("x"))).toBeUndefined();
  });
});
