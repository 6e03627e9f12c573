/** Webhooks as the server signs them, and what is not believed. */
import { verifyWebhook, webhookHandler } from "../../client/src";
import { signed } from "../../platform/signature";

const secret = `whsec_${Buffer.from("a secret of thirty-two bytes ....").toString("base64")}`;
const other = `whsec_${Buffer.from("another secret of thirty-two b..").toString("base64")}`;
const body = JSON.stringify({ type: "message.created", data: { seq: 1 } });
const now = Date.UTC(2030, 0, 1);
const headers = (at = now) => signed(secret, "evt_1", body, new Date(at));
const verdict = (given: object, text = body, options = {}): Promise<string> =>
  verifyWebhook({ headers: given as Record<string, string>, body: text }, { secret, now, ...options }).then(
    () => "taken",
    (error: Error) => error.name,
  );

test("what the server signs is taken, with its stable id", async () => {
  const event = await verifyWebhook({ headers: headers(), body }, { secret, now });
  expect(event).toEqual({ id: "evt_1", body: JSON.parse(body) });
  expect(await verdict(headers(), body, { secret: [other, secret] })).toBe("taken");
});

test.each<[string, object, string, object]>([
  ["a changed body", headers(), body.replace("1", "2"), {}],
  ["a changed id", { ...headers(), "webhook-id": "evt_2" }, body, {}],
  ["another secret", headers(), body, { secret: other }],
  ["an old request", headers(now - 301_000), body, {}],
  ["one from the future", headers(now + 301_000), body, {}],
  ["no signature", { ...headers(), "webhook-signature": undefined }, body, {}],
  ["nonsense for a signature", { ...headers(), "webhook-signature": "v1,%%%" }, body, {}],
  [
    "another version",
    { ...headers(), "webhook-signature": headers()["webhook-signature"]?.replace("v1", "v2") },
    body,
    {},
  ],
  ["no number for a time", { ...headers(), "webhook-timestamp": "soon" }, body, {}],
])("%s is not believed", async (_what, given, text, options) => {
  expect(await verdict(given, text, options)).toBe("WebhookError");
});

test("a Fetch handler answers 204, 400 for what is not signed, and 500 to be sent it again", async () => {
  const request = (given: Record<string, string>) =>
    new Request("http://x/hook", { method: "POST", headers: given, body });
  const taken: string[] = [];
  const handler = webhookHandler({ secret, now }, ({ id }) => void taken.push(id));
  expect((await handler(request(headers()))).status).toBe(204);
  expect((await handler(request({}))).status).toBe(400);
  expect(taken).toEqual(["evt_1"]);
  const failing = webhookHandler({ secret, now }, () => Promise.reject(new Error("full")));
  expect((await failing(request(headers()))).status).toBe(500);
});
