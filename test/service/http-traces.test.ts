import { type ServiceSchema } from "moleculer";
import { fail } from "../../contracts/errors";
import { call } from "../../platform/bus";
import { act } from "../../platform/service";
import { startCollector } from "../support/collector";
import { openDoor } from "../support/door";
import { eventually } from "../support/eventually";

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
  const collector = await startCollector();
  const { spans, raw } = collector;
  const door = await openDoor({ TRACE_URL: collector.url }, [users]);
  try {
    const token = door.tokenOf(1);
    await door.ask("/users/5", { token, headers: { "x-request-id": "0123456789abcdef" } });
    await door.ask("/users/search?q=whisper", { token });
    const names = () => spans.filter((s) => s.traceId === "0123456789abcdef").map((s) => s.name);
    const all = ["GET /users/5", "action 'users.get'", "action 'users.profiles'"];
    await eventually(() => {
      expect(spans.some((s) => s.name.includes("/users/search"))).toBe(true);
      expect(names()).toEqual(expect.arrayContaining(all));
    });
    expect(raw.join("")).not.toContain("whisper");
  } finally {
    await door.close();
    collector.close();
  }
});
