import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { type ServiceSchema } from "moleculer";
import { fail } from "../../contracts/errors";
import { call } from "../../mixins/bus";
import { act } from "../../mixins/service";
import { openDoor } from "../support/door";
import { eventually } from "../support/eventually";

interface Span {
  readonly traceId: string;
  readonly name: string;
}

const users: Partial<ServiceSchema> = {
  name: "users",
  actions: {
    get: act("users.get", (_caller, { id }, ctx) => call(ctx, "users.profiles", { ids: [id] }) as never),
    profiles: act("users.profiles", () => []),
    search: act("users.search", () => {
      throw fail("FORBIDDEN", "no");
    }),
  },
};

test("a request's way is one trace, named by its request id, without what people write", async () => {
  const spans: Span[] = [];
  const raw: string[] = [];
  const collector = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req
      .on("data", (c: Buffer) => chunks.push(c))
      .on("end", () => {
        const text = Buffer.concat(chunks).toString();
        raw.push(text);
        spans.push(...(JSON.parse(text) as Span[]));
        res.end();
      });
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const { port } = collector.address() as AddressInfo;
  const door = await openDoor({ TRACE_URL: `http://127.0.0.1:${port}` }, [users]);
  try {
    const token = door.tokenOf(1);
    await door.ask("/users/5", { token, headers: { "x-request-id": "0123456789abcdef" } });
    await door.ask("/users/search?q=whisper", { token });
    await eventually(() => expect(spans.some((s) => s.name.includes("/users/search"))).toBe(true));
    const names = spans.filter((s) => s.traceId === "0123456789abcdef").map((s) => s.name);
    expect(names).toEqual(expect.arrayContaining(["GET /users/5", "action 'users.get'", "action 'users.profiles'"]));
    expect(raw.join("")).not.toContain("whisper");
  } finally {
    await door.close();
    collector.closeAllConnections();
    collector.close();
  }
});
