/** Keys of an issuer that turn over, and a server of keys that is slow, down, huge or sends one elsewhere. */
import { codeOf } from "../../contracts/errors";
import { TrustedIssuers } from "../../platform/issuers";
import { issuersOf } from "../../platform/issuers/config";
import { RemoteKeys } from "../../platform/issuers/keys";
import { eventually } from "../support/eventually";
import { Provider } from "../support/issuer";

const said: string[] = [];
const logger = { warn: (line: string) => void said.push(line) };
let provider: Provider;
let keys: RemoteKeys;
let time = 0;
const MINUTE = 60_000;

const find = async (kid: string): Promise<string> => {
  try {
    await keys.find({ alg: "RS256", kid }, { payload: "", signature: "" });
    return "found";
  } catch (error) {
    return error instanceof Error && "type" in error ? codeOf(error) : (error as Error).name;
  }
};
const asking = (patience: number): RemoteKeys =>
  new RemoteKeys({ url: provider.url, allowInward: true }, logger, () => time, patience);
beforeEach(async () => {
  provider = await Provider.start();
  said.length = 0;
  time = 0;
  keys = asking(60_000);
});
afterEach(async () => {
  keys.stop();
  await provider.stop();
});

test("many who come at once ask once", async () => {
  expect(new Set(await Promise.all(Array.from({ length: 50 }, () => find("rs"))))).toEqual(new Set(["found"]));
  expect(provider.asked).toBe(1);
});

test("a new key is found without a restart, and one that was withdrawn goes", async () => {
  await find("rs");
  await provider.addKey("next", "RS256");
  provider.pairs.delete("rs");
  time = MINUTE;
  expect(await find("next")).toBe("found");
  expect(await find("rs")).toBe("JWKSNoMatchingKey");
});

test("tokens with made-up keys make it ask no more than once in ten seconds", async () => {
  await find("rs");
  for (let i = 0; i < 200; i += 1) expect(await find(`made-up-${i}`)).toBe("JWKSNoMatchingKey");
  expect(provider.asked).toBe(1);
  time = 10_000;
  await Promise.all(Array.from({ length: 200 }, (_, i) => find(`made-up-${i}`)));
  expect(provider.asked).toBe(2);
});

test("known keys are looked at again after ten minutes, and nobody waits for that", async () => {
  await find("rs");
  provider.behaves = () => undefined;
  time = 11 * MINUTE;
  expect(await find("rs")).toBe("found");
  expect(provider.asked).toBeLessThanOrEqual(2);
});

test("a day after the last answer no key is known any more: a withdrawn one does not live by an outage", async () => {
  await find("rs");
  provider.behaves = (res) => void res.writeHead(500).end();
  time = 25 * 60 * MINUTE;
  expect(await find("rs")).toBe("UNAVAILABLE");
});

const key = () => provider.jwks();
describe.each<[string, (p: Provider) => void]>([
  ["hangs", (p) => (p.behaves = () => undefined)],
  ["is down", (p) => (p.behaves = (res) => void res.destroy())],
  ["says 500", (p) => (p.behaves = (res) => void res.writeHead(500).end("no"))],
  ["speaks HTML", (p) => (p.behaves = (res) => void res.end("<html>"))],
  ["has no list", (p) => (p.behaves = (res) => void res.end('{"keys":{}}'))],
  ["has a list of nonsense", (p) => (p.behaves = (res) => void res.end('{"keys":[1,null]}'))],
  [
    "has ten thousand keys",
    (p) => (p.behaves = (res) => void res.end(JSON.stringify({ keys: Array(10_000).fill({}) }))),
  ],
  [
    "never ends",
    (p) =>
      (p.behaves = (res) => {
        const more = () => void res.write(" ".repeat(65_536), more);
        more();
      }),
  ],
  [
    "drips",
    (p) =>
      (p.behaves = (res) => {
        const t = setInterval(() => res.write(" "), 20);
        res.once("close", () => clearInterval(t));
      }),
  ],
  [
    "sends one elsewhere",
    (p) => (p.behaves = (res) => void res.writeHead(302, { location: "http://169.254.169.254/latest" }).end()),
  ],
])("a server of keys that %s", (_name, breaks) => {
  test("lets known keys go on; who needs another is told, and not left waiting", async () => {
    keys = asking(100);
    await keys.load();
    expect(await find("rs")).toBe("found");
    breaks(provider);
    time = 11 * MINUTE;
    const begun = performance.now();
    expect(await Promise.all([find("rs"), find("rs")])).toEqual(["found", "found"]);
    expect(await find("other")).toBe("UNAVAILABLE");
    expect(performance.now() - begun).toBeLessThan(30_000); // the server of keys would take a minute
    provider.behaves = (res) => void key().then((set) => res.end(JSON.stringify(set)));
  });
});

test("comes back by itself", async () => {
  provider.behaves = (res) => void res.writeHead(503).end();
  expect(await find("rs")).toBe("UNAVAILABLE");
  provider.behaves = (res) => void provider.jwks().then((set) => res.end(JSON.stringify(set)));
  expect(await find("rs")).toBe("UNAVAILABLE"); // it was asked a moment ago
  time = 10_000;
  expect(await find("rs")).toBe("found");
  expect(said).toHaveLength(1);
});

test("at a private address is not asked where that was not said", async () => {
  const inward = new RemoteKeys({ url: provider.url, allowInward: false }, logger, () => time);
  await expect(inward.find({ alg: "RS256", kid: "rs" }, { payload: "", signature: "" })).rejects.toThrow();
  expect(provider.asked).toBe(0);
});

test("secrets among public keys are none: neither a shared one nor a private one verifies anything", async () => {
  const { privateKey } = provider.pairs.get("rs") ?? {};
  const set = { keys: [{ kty: "oct", k: Buffer.from("x".repeat(32)).toString("base64url"), kid: "rs", alg: "HS256" }] };
  provider.behaves = (res) => void res.end(JSON.stringify(set));
  expect(privateKey).toBeDefined();
  expect(await find("rs")).toBe("JWKSNoMatchingKey");
});

test("one issuer whose keys can't be had stops no other", async () => {
  const other = await Provider.start("https://other.example");
  provider.behaves = () => undefined;
  const trusted = new TrustedIssuers(
    issuersOf({ TRUSTED_ISSUERS: JSON.stringify([provider.entry(), other.entry()]) }),
    logger,
  );
  const stuck = await provider.token();
  const waiting = Array.from({ length: 100 }, () => trusted.verify(trusted.of(stuck)!, stuck).catch(codeOf));
  const token = await other.token();
  await eventually(async () => {
    const { externalId } = await trusted.verify(trusted.of(token)!, token);
    expect(externalId).toBe("https://other.example|u1");
  });
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(["UNAVAILABLE"]));
  trusted.stop();
  await other.stop();
});
