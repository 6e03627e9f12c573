/** The product's own data on accounts; on both databases. */
import { onEachStore } from "../support/accounts";

const schemas = JSON.stringify({ user: { type: "object", properties: { plan: { enum: ["free", "pro"] } } } });

onEachStore((open) => {
  let accounts: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    accounts = await open({ CUSTOM_SCHEMAS: schemas });
  });
  afterAll(() => accounts.stop());

  it("is merged key by key, and stands in every profile", async () => {
    const [ann, bob] = [await accounts.person(), await accounts.person()];
    expect(ann.user.custom).toEqual({});
    await accounts.as(ann.caller, "users.update", { custom: { plan: "free", crm: { id: 7 } } });
    await accounts.as(ann.caller, "users.update", { custom: { plan: "pro" } });
    const custom = { plan: "pro", crm: { id: 7 } };
    const id = ann.user.user_id;
    expect((await accounts.as(ann.caller, "users.me", {})).custom).toEqual(custom);
    expect((await accounts.as(bob.caller, "users.get", { id })).custom).toEqual(custom);
    expect((await accounts.as(bob.caller, "users.batch", { ids: [id] }))[0]?.custom).toEqual(custom);
    expect((await accounts.as(ann.caller, "users.update", { custom: { crm: null } })).custom).toEqual({ plan: "pro" });
    expect((await accounts.as(ann.caller, "users.update", { custom: null })).custom).toEqual({});
  });

  it("is nobody else's to change, held to the operator's schema and to 4 kB, and goes with the account", async () => {
    const [ann, bob] = [await accounts.person(), await accounts.person()];
    const id = ann.user.user_id;
    await accounts.as(ann.caller, "users.update", { custom: { plan: "free" } });
    expect(await accounts.refusal(bob.caller, "users.update", { id, custom: { plan: "pro" } })).toBe("FORBIDDEN");
    expect(await accounts.refusal(ann.caller, "users.update", { custom: { plan: "gold" } })).toBe("BAD_REQUEST");
    expect(await accounts.refusal(ann.caller, "users.update", { custom: { x: "x".repeat(4096) } })).toBe("TOO_LARGE");
    expect((await accounts.as(bob.caller, "users.get", { id })).custom).toEqual({ plan: "free" });
    await accounts.as(ann.caller, "users.delete", { id });
    expect((await accounts.as(bob.caller, "users.get", { id })).custom).toEqual({});
  });
});
