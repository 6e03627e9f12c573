/**
 * Signing in with an account of elsewhere: to the provider, back from it, and then the page asks for its tokens. Who comes
 * back is bound to the browser that went by a sealed cookie; no code and no token stands in any address of ours.
 */
import { type ServiceBroker } from "moleculer";
import { codeOf, fail } from "../../../../contracts/errors";
import { pathTo } from "../../../../contracts/tenants";
import { call } from "../../../../platform/bus";
import { envOf } from "../../../../platform/env";
import { providersOf } from "../../../../platform/issuers/providers";
import { sealOf } from "../../../../platform/seal";
import { secretsOf } from "../../../../platform/secrets";
import { sendData } from "../answers";
import { type Door, type Exchange, type Request } from "../door";
import { deviceOf } from "../rest";
import { Client, type Flow, type Signed } from "./client";
import { SealedCookie } from "./cookie";

/** At the provider one may have to find one's phone first. */
const AWAY_MS = 600_000;
/** The page comes for its tokens at once, or asks for a second factor. */
const BACK_MS = 300_000;

type Kept = { readonly provider: string } & ({ readonly flow: Flow } | { readonly signed: Signed });

interface Oidc {
  readonly clients: ReadonlyMap<string, Client>;
  readonly cookie: SealedCookie<Kept>;
}
const ofBroker = new WeakMap<ServiceBroker, Oidc>();

/** @throws EnvError where OIDC_PROVIDERS can't be used */
export function oidcOf(broker: ServiceBroker): Oidc {
  const env = envOf(broker);
  const made = () => ({
    clients: new Map(providersOf(env).map((provider) => [provider.id, new Client(provider)])),
    cookie: new SealedCookie<Kept>(sealOf(secretsOf(env).refresh, "sign-in elsewhere")),
  });
  const oidc = ofBroker.get(broker) ?? made();
  ofBroker.set(broker, oidc);
  return oidc;
}

/** Where the browser is: production knows it by PUBLIC_URL. */
const baseOf = (broker: ServiceBroker, req: Request): string =>
  (envOf(broker).PUBLIC_URL ?? `http://${req.headers.host ?? "localhost"}${pathTo(envOf(broker))}`).replace(/\/$/, "");

function clientOf({ broker, path }: Exchange): Client {
  const client = oidcOf(broker).clients.get(path.provider ?? "");
  if (!client) throw fail("NOTFOUND", "There is no such provider.");
  return client;
}

/** A person is on their way: they are shown the page, which says what went wrong. */
function redirect({ res }: Exchange, to: string): void {
  res.writeHead(302, { Location: to });
  res.end();
}

function failed(x: Exchange, base: string, error: unknown): void {
  const { message } = error as Error;
  x.broker.logger.info("A sign-in elsewhere came to nothing", { provider: x.path.provider, message });
  redirect(x, `${base}/#oidc=${codeOf(error) === "UNAVAILABLE" ? "unavailable" : "failed"}`);
}

async function begin(x: Exchange): Promise<void> {
  const client = clientOf(x);
  const base = baseOf(x.broker, x.req);
  const { id } = client.provider;
  try {
    const { url, flow } = await client.begin(`${base}/oidc/${id}/callback`);
    oidcOf(x.broker).cookie.set(x.res, { provider: id, flow }, AWAY_MS, base);
    redirect(x, url);
  } catch (error) {
    failed(x, base, error);
  }
}

async function comeBack(x: Exchange): Promise<void> {
  const client = clientOf(x);
  const base = baseOf(x.broker, x.req);
  const { cookie } = oidcOf(x.broker);
  const { id } = client.provider;
  const kept = cookie.get(x.req);
  try {
    if (!kept || !("flow" in kept) || kept.provider !== id) throw new Error("it was not begun in this browser");
    const query = new URL(x.req.url ?? "", base).search;
    const signed = await client.finish(new URL(`${base}/oidc/${id}/callback${query}`), kept.flow);
    cookie.set(x.res, { provider: id, signed }, BACK_MS, base);
    redirect(x, `${base}/#oidc=done`);
  } catch (error) {
    cookie.clear(x.res, base);
    failed(x, base, error);
  }
}

async function takeTokens(x: Exchange): Promise<void> {
  const { cookie, clients } = oidcOf(x.broker);
  const kept = cookie.get(x.req);
  const provider = clients.get(kept?.provider ?? "")?.provider;
  if (!kept || !("signed" in kept) || !provider) throw fail("AUTH_INVALID", "Nobody came back to this browser.");
  const { code } = (x.req.$params.body ?? {}) as { code?: unknown };
  const { register, link } = provider;
  const params = { ...kept.signed, register, link, device: deviceOf(x.req), ...(code === undefined ? {} : { code }) };
  const tokens = await call(x.ctx, "users.signInBy", params as never, { meta: x.meta });
  cookie.clear(x.res, baseOf(x.broker, x.req));
  sendData(x.res, tokens);
}

/** Navigations, which have no body. */
export const oidcDoors: readonly Door[] = [
  { method: "GET", path: "/oidc/:provider", access: "anyone", handle: begin },
  { method: "GET", path: "/oidc/:provider/callback", access: "anyone", handle: comeBack },
];
export const oidcRestDoors: readonly Door[] = [
  { method: "POST", path: "/oidc/session", access: "anyone", handle: takeTokens },
];
