/**
 * Everything that opens a door without one's own token, made in one tenant and tried in another with people of the same ids:
 * invitations, mailed links, hooks, signed links, ways back from a provider. Every open operation there is is in the table.
 * And what goes out by itself (webhooks, pushes, the log of facts) goes to the tenant's own alone.
 */
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { generateVAPIDKeys } from "web-push";
import { createChatServer } from "../../client/src";
import { openApi } from "../../platform/specs";
import { contextOf } from "../../services/notifications/context";
import { Client, request } from "../support/client";
import { eventually } from "../support/eventually";
import { Provider } from "../support/issuer";
import { serverKeys, takeLeaks } from "../support/leaks";
import { mailedTokens } from "../support/mail";
import { OidcProvider, Visitor } from "../support/oidc";
import { PushBrowser } from "../support/push-browser";
import { startTenants, type TenantSystem } from "../support/tenants";
const NAMES = ["acme", "globex"] as const;
type Name = (typeof NAMES)[number];
const WORDS = { acme: "kumquat", globex: "rutabaga" } as const;
const KEYS = { acme: `acme-${"s".repeat(40)}`, globex: `globex-${"s".repeat(40)}` };
for (const key of Object.values(KEYS)) serverKeys.add(key);
const vapid = { acme: generateVAPIDKeys(), globex: generateVAPIDKeys() };
const PASSWORD = "correct horse battery";

/** Hears what is posted to it, by path. */
class Receiver {
  readonly got: { path: string; body: string; headers: Record<string, string | string[] | undefined> }[] = [];
  private readonly server: Server = createServer((req, res) => {
    let body = "";
    req.setEncoding("latin1");
    req.on("data", (chunk: string) => (body += chunk));
    req.on("end", () => {
      this.got.push({ path: req.url ?? "", body, headers: req.headers });
      res.writeHead(201).end();
    });
  });
  async start(): Promise<void> {
    await once(this.server.listen(0, "127.0.0.1"), "listening");
  }
  at = (path: string): string => `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  of = (path: string) => this.got.filter((one) => one.path === path);
  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

interface Person {
  readonly id: number;
  readonly email: string;
  readonly token: string;
  readonly refreshToken: string;
}
/** One tenant, and its people of the same names. */
class Site {
  ann!: Person;
  bob!: Person;
  boss!: Person;
  group!: string;
  constructor(
    readonly name: Name,
    readonly url: string,
    readonly dataDir: string,
  ) {}

  async try(method: string, path: string, token?: string, body?: unknown): Promise<{ status: number; body: any }> {
    const more = { ...(token === undefined ? {} : { token }), ...(body === undefined ? {} : { body }) };
    return request(this.url, method, path, more);
  }
  async ask(method: string, path: string, token?: string, body?: unknown): Promise<any> {
    const { body: answer } = await this.try(method, path, token, body);
    if (!answer.ok) throw new Error(`${this.name}: ${method} ${path}: ${JSON.stringify(answer.error)}`);
    return answer.data;
  }
  async enter(how: "login" | "register", username: string): Promise<Person> {
    const account = { email: `${username.toLowerCase()}@same.example`, password: PASSWORD };
    const body = how === "login" ? account : { username, ...account };
    const { user, accessToken, refreshToken } = await this.ask("POST", `/auth/${how}`, undefined, body);
    return { id: user.user_id, email: account.email, token: accessToken, refreshToken };
  }
  async mailed(email: string, what: "reset" | "verify"): Promise<string> {
    await eventually(() => expect(mailedTokens(this.dataDir, email, what)).not.toEqual([]));
    return mailedTokens(this.dataDir, email, what).at(-1) as string;
  }
  async say(content: string): Promise<void> {
    await this.ask("POST", `/conversations/${this.group}/messages`, this.ann.token, { content });
  }
}

let system: TenantSystem;
let provider: OidcProvider;
const issuer = {} as { it: Provider };
const receiver = new Receiver();
const at = {} as Record<Name, Site>;

beforeAll(async () => {
  [provider, issuer.it] = [await OidcProvider.start(), await Provider.start()];
  await receiver.start();
  const oidc = { id: "real", name: "Real", issuer: provider.issuer, clientId: "chat", private: true };
  const own = (prefix: string, name: Name): Record<string, string> => ({
    [`${prefix}__ADMIN_EMAIL`]: "boss@same.example",
    [`${prefix}__ADMIN_PASSWORD`]: PASSWORD,
    [`${prefix}__SERVER_KEYS`]: KEYS[name],
    [`${prefix}__VAPID_PUBLIC_KEY`]: vapid[name].publicKey,
    [`${prefix}__VAPID_PRIVATE_KEY`]: vapid[name].privateKey,
    [`${prefix}__TRUSTED_ISSUERS`]: JSON.stringify([issuer.it.entry({ audience: name })]),
  });
  system = await startTenants(NAMES, {
    ...own("ACME", "acme"),
    ...own("GLOBEX", "globex"),
    OIDC_PROVIDERS: JSON.stringify([{ ...oidc, clientSecret: "the secret of the chat" }]),
    OUTGOING_PRIVATE: "on",
    AUTH_RATE_LIMIT: "500",
    RATE_LIMIT: "120",
    RATE_LIMIT_WINDOW: "1m",
    EVENT_RATE_LIMIT: "1",
  });
  await provider.expects(...NAMES.map((name) => `${system.urlOf(name)}/oidc/real/callback`));
  for (const name of NAMES) {
    const site = (at[name] = new Site(name, system.urlOf(name), system.dataDirOf(name)));
    [site.ann, site.bob] = [await site.enter("register", "Ann"), await site.enter("register", "Bob")];
    site.boss = await site.enter("login", "Boss");
    const members = { participantIds: [site.bob.id], name: `${WORDS[name]} crew`, type: "group" };
    site.group = (await site.ask("POST", "/conversations", site.ann.token, members))._id;
  }
});
afterAll(async () => {
  await system?.stop();
  await Promise.all([provider?.stop(), issuer.it?.stop()]);
  receiver.stop();
});
afterEach(() => void takeLeaks()); // both have the same addresses, and so everybody is told of oneself

type Try = (site: Site) => Promise<boolean>;
const succeeds = async (asked: Promise<{ body: any }>): Promise<boolean> => (await asked).body.ok === true;
const isOk = async (url: string): Promise<boolean> => (await fetch(url, { redirect: "manual" })).ok;

async function fileOf({ url, ann }: Site): Promise<string> {
  const form = new FormData();
  form.append("file", new Blob([`of ${url}`], { type: "text/plain" }), "note.txt");
  const headers = { authorization: `Bearer ${ann.token}` };
  const sent = await fetch(`${url}/upload/single`, { method: "POST", body: form, headers });
  return ((await sent.json()) as { data: { url: string } }).data.url;
}
const isBack = (url: string): boolean => url.includes("/oidc/real/callback");

/** Of each open operation: what of acme's it is opened with, or why nothing opens it. */
const open: Record<string, ((acme: Site) => Promise<Try>) | string> = {
  users_register: async (acme) => {
    const { link } = await acme.ask("POST", "/admin/invitations", acme.boss.token, {});
    const account = { username: "Eve", email: "eve@example.com", password: PASSWORD };
    return (site) =>
      succeeds(site.try("POST", "/auth/register", undefined, { ...account, invite: link.split("#invite=")[1] }));
  },
  users_login: async (acme) => {
    const { email } = await acme.enter("register", "Only of acme's".replace(/\W/g, ""));
    return (site) => succeeds(site.try("POST", "/auth/login", undefined, { email, password: PASSWORD }));
  },
  users_refresh: async (acme) => {
    const { refreshToken } = await acme.enter("login", "Ann");
    return (site) => succeeds(site.try("POST", "/auth/refresh", undefined, { refreshToken }));
  },
  users_resetPassword: async (acme) => {
    await acme.ask("POST", "/auth/password/forgot", undefined, { email: acme.bob.email });
    const reset = { token: await acme.mailed(acme.bob.email, "reset"), next: "another horse entirely" };
    return (site) => succeeds(site.try("POST", "/auth/password/reset", undefined, reset));
  },
  users_verifyEmail: async (acme) => {
    await acme.ask("POST", "/auth/email/verification", acme.ann.token);
    const token = await acme.mailed(acme.ann.email, "verify");
    return (site) => succeeds(site.try("POST", "/auth/email/verify", undefined, { token }));
  },
  chat_postHook: async (acme) => {
    const { path } = await acme.ask("POST", `/conversations/${acme.group}/hooks`, acme.ann.token, {
      username: "Alarm",
    });
    return (site) => succeeds(site.try("POST", path, undefined, { text: "ring" }));
  },
  notifications_unsubscribeMail: (acme) => {
    const { unsubscribing } = contextOf(system.brokerOf("acme").getLocalService("notifications"));
    const path = `/mail/unsubscribe/${unsubscribing.tokenFor(acme.ann.id)}`;
    return Promise.resolve((site) => succeeds(site.try("POST", path)));
  },
  uploads_open: async (acme) => {
    const { url } = await acme.ask("POST", `${await fileOf(acme)}/link`, acme.ann.token, {});
    return (site) => isOk(site.url + url);
  },
  oidc_session: async (acme) => {
    const visitor = new Visitor(); // which sends its cookies to all paths, as no browser does
    const back = await visitor.signInAt(`${acme.url}/oidc/real`, "Ada||", isBack);
    const elsewhere = await visitor.go(back.replace(acme.url, at.globex.url));
    expect(elsewhere.headers.get("location")).toBe(`${at.globex.url}/#oidc=failed`);
    const again = new Visitor();
    await again.go(await again.signInAt(`${acme.url}/oidc/real`, "Ada||", isBack));
    return async (site) => {
      const headers = { "content-type": "application/json" };
      return (await again.go(`${site.url}/oidc/session`, { method: "POST", headers, body: "{}" })).ok;
    };
  },
  users_forgotPassword: "it is answered alike to anybody, and mails the tenant's own account",
  users_entrance: "tells anybody how one gets in",
  api_limits: "tells anybody the limits",
  page_health: "how this one is",
  page_health_live: "how the process is",
  page_health_ready: "how this one is",
  page_metrics: "below: each line is of one tenant",
  page_openapi_json: "the same everywhere",
  page_api_docs: "the same everywhere",
  page_ws_docs: "the same everywhere",
  page_demo: "the same everywhere",
};

test("every operation that is open without a token is in the table", () => {
  const operations = Object.values(openApi().paths as Record<string, Record<string, any>>).flatMap((item) =>
    Object.values(item),
  );
  const without = operations.filter(
    ({ security }) => security?.some((one: object) => Object.keys(one).length === 0) || security?.length === 0,
  );
  expect(without.map(({ operationId }) => operationId as string).sort()).toEqual(Object.keys(open).sort());
});

const opened = Object.entries(open).flatMap(([name, make]) =>
  typeof make === "string" ? [] : [[name, make] as const],
);
test.each(opened)("what opens %s at acme opens it there, and not at globex", async (_name, make) => {
  const attempt = await make(at.acme);
  expect(await attempt(at.globex)).toBe(false);
  expect(await attempt(at.acme)).toBe(true);
});

describe("beside a token of globex's own, of no use there:", () => {
  const rows: [string, (acme: Site) => Promise<(site: Site) => Promise<unknown>>, unknown][] = [
    [
      "a link into a group",
      async (acme) => {
        const { link } = await acme.ask("POST", `/conversations/${acme.group}/links`, acme.ann.token, {});
        return async (site) => (await site.try("GET", `/conversations/links/${link}`, site.bob.token)).status;
      },
      404,
    ],
    [
      "the address of a file, guessed or heard",
      async (acme) => {
        const url = await fileOf(acme);
        return async (site) => (await site.try("GET", url, site.ann.token)).status;
      },
      404,
    ],
    [
      "an external id, and a user named by it",
      async (acme) => {
        await createChatServer({ url: acme.url, key: KEYS.acme }).putUser("crm-7", { username: "Of the crm" });
        return async (site) => (await site.try("GET", "/admin/users/external/crm-7", KEYS[site.name])).status;
      },
      404,
    ],
    [
      "a webhook's id, to have it replayed",
      async (acme) => {
        const hook = { url: receiver.at("/elsewhere"), facts: ["message.created"] };
        const { _id } = await acme.ask("POST", "/admin/webhooks", acme.boss.token, hook);
        const path = `/admin/webhooks/${_id}/replay`;
        return async (site) => (await site.try("POST", path, site.boss.token, { position: 0 })).status;
      },
      404,
    ],
    [
      "a position in the log that it has not reached",
      async (acme) => {
        for (let i = 0; i < 3; i++) await acme.say(`${WORDS.acme} ${i}`);
        let page: any[] = [];
        await eventually(async () => {
          page = (await acme.ask("GET", "/admin/facts?from=0&limit=500", KEYS.acme)).facts;
          expect(JSON.stringify(page)).toContain(`${WORDS.acme} 2`);
        });
        const beyond = page.at(-1).position + 1_000; // of no tenant of this test
        return async (site) => (await site.try("GET", `/admin/facts?from=${beyond}`, KEYS[site.name])).status;
      },
      400,
    ],
    [
      "the cursors of a sync",
      async (acme) => {
        const { cursors } = await acme.ask("POST", "/sync", acme.ann.token, {});
        return async (site) => {
          const { changes } = await site.ask("POST", "/sync", site.ann.token, { cursors });
          return changes.find(({ conversationId }: any) => conversationId === acme.group);
        };
      },
      // A conversation that one is not in: it has been left, as far as that one knows.
      { type: "left", conversationId: expect.any(String) },
    ],
  ];
  test.each(rows)("%s", async (_what, make, expected) => {
    const attempt = await make(at.acme);
    expect(await attempt(at.globex)).toEqual(expected);
  });

  test("a token of the product's, for the other audience", async () => {
    for (const name of NAMES) {
      const token = await issuer.it.token({ sub: "u7", aud: name, name: `One of ${name}` });
      for (const site of Object.values(at)) {
        const { status } = await site.try("GET", "/users/me", token);
        expect([name, site.name, status]).toEqual([name, site.name, site.name === name ? 200 : 401]);
        const socket = Client.connect(site.url, token).then((one) => (one.close(), "open"));
        expect(await socket.catch((error: { data: { code: string } }) => error.data.code)).toBe(
          site.name === name ? "open" : "AUTH_INVALID",
        );
      }
    }
  });

  test("a guest's way in", async () => {
    const { acme, globex } = at;
    const group = { participantIds: [acme.bob.id], name: "with guests", type: "group" };
    const { _id } = await acme.ask("POST", "/conversations", acme.boss.token, group);
    const { refreshToken } = await acme.ask("POST", `/conversations/${_id}/guests`, acme.boss.token, {
      username: "Gus",
    });
    const enter = (site: Site) => succeeds(site.try("POST", "/auth/refresh", undefined, { refreshToken }));
    expect([await enter(globex), await enter(acme)]).toEqual([false, true]);
  });
});

describe("of what happens in both,", () => {
  /** What both tenants' people do alike, with words of their own. */
  const happen = async (what: string): Promise<void> => {
    for (const name of NAMES) await at[name].say(`${what} ${WORDS[name]}`);
  };
  const others = (name: Name): string => WORDS[name === "acme" ? "globex" : "acme"];

  test("each one's webhook is told its own, signed with its own secret; also when all is replayed", async () => {
    const secrets = {} as Record<Name, string>;
    for (const name of NAMES) {
      const hook = { url: receiver.at(`/hook/${name}`), facts: ["message.created"] };
      const made = await at[name].ask("POST", "/admin/webhooks", at[name].boss.token, hook);
      secrets[name] = made.secret;
      await at[name].ask("POST", `/admin/webhooks/${made._id}/replay`, at[name].boss.token, { position: 0 });
    }
    await happen("hooked");
    const isBy = (secret: string, { body, headers }: { body: string; headers: Record<string, unknown> }): boolean => {
      const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
      const key = Buffer.from(secret.slice("whsec_".length), "base64");
      return (
        headers["webhook-signature"] === `v1,${createHmac("sha256", key).update(signed, "latin1").digest("base64")}`
      );
    };
    for (const name of NAMES) {
      const got = () => receiver.of(`/hook/${name}`);
      await eventually(() => expect(JSON.stringify(got())).toContain(`hooked ${WORDS[name]}`));
      expect(JSON.stringify(got())).not.toContain(others(name));
      for (const one of got()) {
        expect(isBy(secrets[name], one)).toBe(true);
        expect(isBy(secrets[name === "acme" ? "globex" : "acme"], one)).toBe(false);
      }
    }
  });

  test("each one's log, as pages and as a stream from its beginning, has its own", async () => {
    await happen("logged");
    for (const name of NAMES) {
      const abort = new AbortController();
      const server = createChatServer({ url: at[name].url, key: KEYS[name] });
      let told = "";
      for await (const fact of server.facts({ after: 0, signal: abort.signal })) {
        told += JSON.stringify(fact);
        if (told.includes(`logged ${WORDS[name]}`)) break;
      }
      abort.abort();
      expect(told).not.toContain(others(name));
      const stranger = createChatServer({ url: at[name].url, key: KEYS[name === "acme" ? "globex" : "acme"] });
      await expect(stranger.facts({ after: 0 }).next()).rejects.toMatchObject({ code: "AUTH_INVALID" });
    }
  });

  test("each one's devices are pushed its own, by a key of its own", async () => {
    const browsers = { acme: new PushBrowser(), globex: new PushBrowser() };
    for (const name of NAMES) {
      const { publicKey } = vapid[name];
      expect(await at[name].ask("GET", "/notifications/push/key", at[name].ann.token)).toEqual({ publicKey });
      const token = (await at[name].enter("register", "Pat")).token;
      await at[name].ask("POST", `/conversations/${at[name].group}/members`, at[name].ann.token, {
        userId: (await at[name].ask("GET", "/users/me", token)).user_id,
      });
      await at[name].ask("POST", "/notifications/push/subscriptions", token, {
        endpoint: receiver.at(`/push/${name}`),
        keys: browsers[name].keys,
      });
    }
    await happen("pushed");
    for (const name of NAMES) {
      const pushes = () => receiver.of(`/push/${name}`);
      const words = () => JSON.stringify(pushes().map(({ body }) => browsers[name].open(Buffer.from(body, "latin1"))));
      await eventually(() => expect(words()).toContain(`pushed ${WORDS[name]}`));
      expect(words()).not.toContain(others(name));
      for (const { headers } of pushes()) expect(headers.authorization).toContain(`k=${vapid[name].publicKey}`);
    }
  });

  test("an account's archive, in both forms, is of its own", async () => {
    await happen("kept");
    for (const name of NAMES)
      for (const path of ["/users/me/export", "/users/me/export/all"]) {
        const headers = { authorization: `Bearer ${at[name].ann.token}` };
        const text = await (await fetch(at[name].url + path, { headers })).text();
        expect(text).toContain("ann@same.example");
        expect(text).not.toContain(others(name));
        if (path.endsWith("all")) expect(text).toContain(`kept ${WORDS[name]}`);
      }
  });

  test("every line of the whole's metrics is the process's or one tenant's, and of its own each has no other's", async () => {
    const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const all = lines(await (await fetch(`${system.url}/metrics`)).text());
    const nobodys = all.filter((line) => !/tenant="(acme|globex)"/.test(line) && !/^(process|nodejs)_/.test(line));
    expect(nobodys).toEqual([]);
    for (const name of NAMES) {
      const own = lines(await (await fetch(`${at[name].url}/metrics`)).text());
      expect(own.length).toBeGreaterThan(50);
      expect(own.filter((line) => !line.includes(`tenant="${name}"`))).toEqual([]);
    }
  });
});

test("a burst at one tenant takes its own share away and nothing of the other's: events and requests", async () => {
  const burst = {} as Record<Name, Person>;
  for (const name of NAMES) burst[name] = await at[name].enter("register", "Bert");
  const sockets = await Promise.all(NAMES.map((name) => Client.connect(at[name].url, burst[name].token)));
  const [here, there] = sockets as [Client, Client];
  const acks = await Promise.all(Array.from({ length: 60 }, () => here.send("conversation:list", {})));
  expect(acks.map(({ error }) => error?.code)).toContain("RATE_LIMITED");
  expect((await there.send("conversation:list", {})).ok).toBe(true);
  for (const socket of sockets) socket.close();

  const statuses: number[] = [];
  for (let asked = 0; asked < 1_000 && !statuses.includes(429); asked += 20) {
    const some = Array.from({ length: 20 }, () => at.acme.try("GET", "/users/me", burst.acme.token));
    statuses.push(...(await Promise.all(some)).map(({ status }) => status));
  }
  expect(statuses).toContain(429);
  expect((await at.globex.try("GET", "/users/me", burst.globex.token)).status).toBe(200);
});
