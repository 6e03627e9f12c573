/** The real provider for tests, and a browser that has no more than cookies and patience. */
import { type Page } from "playwright-core";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export class OidcProvider {
  private constructor(
    private readonly child: ChildProcess,
    readonly issuer: string,
  ) {}

  static async start(): Promise<OidcProvider> {
    const child = fork(join(__dirname, "oidc-provider.mjs"), { silent: true, execArgv: [] });
    const [{ port }] = (await once(child, "message")) as [{ port: number }];
    return new OidcProvider(child, `http://127.0.0.1:${port}`);
  }

  /** It sends nobody back to any other address. */
  async expects(...redirectUris: string[]): Promise<void> {
    this.child.send({ redirectUris });
    await once(this.child, "message");
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.disconnect();
    await once(this.child, "exit");
  }
}

export class Visitor {
  private readonly cookies = new Map<string, Map<string, string>>();

  /** One step, wherever it leads. */
  async go(url: string, init: RequestInit = {}): Promise<Response> {
    const { host } = new URL(url);
    const jar = this.cookies.get(host) ?? new Map<string, string>();
    this.cookies.set(host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...(init.headers as Record<string, string> | undefined), ...(cookie ? { cookie } : {}) };
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "" || /expires=Thu, 01 Jan 1970|max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** Follows wherever it is sent; ends at a page, or before an address that `until` names. */
  async follow(url: string, until: (url: string) => boolean = () => false): Promise<{ url: string; body: string }> {
    for (let steps = 0; steps < 20; steps += 1) {
      if (until(url)) return { url, body: "" };
      const response = await this.go(url);
      const location = response.headers.get("location");
      if (!location) return { url, body: await response.text() };
      url = new URL(location, url).href;
    }
    throw new Error("sent round in circles");
  }

  /** Signs in at the provider's own pages and agrees, up to the address that it sends one back to. */
  async signInAt(start: string, login: string, back: (url: string) => boolean): Promise<string> {
    let page = await this.follow(start, back);
    for (let forms = 0; forms < 4 && !back(page.url); forms += 1) {
      const action = /<form[^>]*action="([^"]+)"/.exec(page.body)?.[1];
      if (!action) throw new Error(`no form at ${page.url}: ${page.body.slice(0, 300)}`);
      const prompt = /name="prompt" value="(\w+)"/.exec(page.body)?.[1] ?? "login";
      const body = new URLSearchParams({ prompt, ...(prompt === "login" ? { login, password: "any" } : {}) });
      const posted = await this.go(new URL(action, page.url).href, { method: "POST", body });
      const location = posted.headers.get("location");
      if (!location) throw new Error(`the form leads nowhere: ${posted.status} ${(await posted.text()).slice(0, 300)}`);
      page = await this.follow(new URL(location, page.url).href, back);
    }
    return page.url;
  }
}

/** From the door of the page to the provider, as somebody with a verified address, and back. */
export async function signInAtRealm(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Sign in with Realm" }).click();
  await page.locator("input[name=login]").fill("Ada|ada@example.org|verified");
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: "Continue" }).click();
}
