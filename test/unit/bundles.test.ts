/** Bundles of packets: what comes out is what went in, in its order; nothing waits longer than a turn of the loop. */
import fc from "fast-check";
import { Bundles, pack, unpack } from "../../platform/transporter/bundles";

type Sent = [topic: string, packets: string[]];
function recording(): { bundles: Bundles; sent: Sent[] } {
  const sent: Sent[] = [];
  const bundles = new Bundles((topic, packets) => void sent.push([topic, packets.map(String)]));
  return { bundles, sent };
}
const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test("packets come out as they went in, whatever is in them", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (packets) => {
      expect([...unpack(pack(packets.map((packet) => Buffer.from(packet))))].map((b) => [...b])).toEqual(
        packets.map((packet) => [...packet]),
      );
    }),
  );
});

test("a bundle that was cut is no bundle; what stands whole before the cut is read", () => {
  const bundle = pack([Buffer.from("one"), Buffer.from("two")]);
  const read: string[] = [];
  expect(() => {
    for (const packet of unpack(bundle.subarray(0, -1))) read.push(String(packet));
  }).toThrow(RangeError);
  expect(read).toEqual(["one"]);
  expect(() => [...unpack(bundle.subarray(0, 2))]).toThrow(RangeError);
});

test("what goes to one queue in one turn of the loop is one message; a packet alone is none of a bundle", async () => {
  const { bundles, sent } = recording();
  for (const text of ["a1", "b1", "a2"]) bundles.add(text.slice(0, 1), Buffer.from(text));
  expect(sent).toEqual([]);
  await turnOfTheLoop();
  bundles.add("a", Buffer.from("a3"));
  await turnOfTheLoop();
  expect(sent).toEqual([
    ["a", ["a1", "a2"]],
    ["b", ["b1"]],
    ["a", ["a3"]],
  ]);
  expect(bundles.bytes).toBe(0);
});

test("what is flushed leaves at once, and once; what is large does not wait for more", async () => {
  const { bundles, sent } = recording();
  bundles.add("a", Buffer.from("first"));
  bundles.flush();
  expect(sent).toHaveLength(1);
  bundles.add("a", Buffer.alloc(70_000));
  expect(sent).toHaveLength(2);
  await turnOfTheLoop();
  expect(sent).toHaveLength(2);
});

test("of a connection that is gone nothing is sent on the next", async () => {
  const { bundles, sent } = recording();
  bundles.add("a", Buffer.from("lost"));
  bundles.clear();
  await turnOfTheLoop();
  expect(sent).toEqual([]);
  expect(bundles.bytes).toBe(0);
});
