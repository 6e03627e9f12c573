import { isFlood, untangled } from "../../services/api/sockets/inbound/packet-guard";

const event = (payload: string) => `2/chat,7["sync",${payload}]`;
const REFUSED = event('"nested too deeply, or too many fields"');
const fields = (count: number, value = "1") =>
  `{${Array.from({ length: count }, (_, i) => `"${i.toString(16).padStart(24, "0")}":${value}`).join()}}`;

describe("a large packet before it is parsed", () => {
  it.each([
    ["the largest map of any contract", event(`{"cursors":${fields(10_000, "1234567.25")}}`)],
    ["a long text full of brackets, colons and quotes", event(JSON.stringify({ content: '[{:"\\'.repeat(100_000) }))],
    ["a list of a hundred thousand numbers", event(`{"ids":[${Array(100_000).fill(7).join()}]}`)],
    ["a text that breaks off", event(`"${"x".repeat(20_000)}`).slice(0, -1)],
  ])("passes: %s", (_what, packet) => expect(untangled(packet)).toBe(packet));

  it.each([
    ["a deep list", `${"[".repeat(20_000)}${"]".repeat(20_000)}`],
    ["a deep object", `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`],
    ["a wide object", fields(13_000)],
    ["many small objects", `[${Array(13_000).fill("{}").join()}]`],
  ])("loses its payload: %s", (_what, payload) => expect(untangled(event(payload))).toBe(REFUSED));

  it("is nothing where it is no event that could be answered", () => {
    for (const head of ["", "51-[1,", "3/chat,1"]) expect(untangled(head + "[".repeat(20_000))).toBe("");
  });

  it.each(["0/chat,", "0/notifications,", "0"])("is a handshake to be refused: %s", (head) => {
    expect(untangled(`${head}{"token":"${"x".repeat(20_000)}"}`)).toBe(`${head}{"token":0}`);
  });

  it("loses what is too long for a name, and can be answered still", () => {
    expect(untangled(`2/chat,7["${"n".repeat(20_000)}",{}]`)).toBe(`2/chat,7["${"n".repeat(64)}"]`);
  });
});

test("a body of long polling may hold a thousand packets and no more", () => {
  expect(isFlood(Array(1_000).fill("2").join("\u001e"))).toBe(false);
  expect(isFlood(Array(1_001).fill("2").join("\u001e"))).toBe(true);
});
