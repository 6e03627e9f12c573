/** Packets in a stream: whatever the pieces it comes in, each packet comes out once, whole and in order. */
import fc from "fast-check";
import { Frames, framed, MAX_PACKET } from "../../platform/transporter/frames";

const packets = fc.array(fc.record({ type: fc.nat(255), data: fc.uint8Array({ maxLength: 300 }) }), { maxLength: 20 });

test("any stream, cut anywhere, gives the packets that went in", () => {
  fc.assert(
    fc.property(packets, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (sent, cuts) => {
      const stream = Buffer.concat(sent.map(({ type, data }) => framed(type, Buffer.from(data))));
      const frames = new Frames();
      const taken: { type: number; data: number[] }[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const end = at + (cuts[i % cuts.length] ?? 1);
        for (const { type, data } of frames.take(stream.subarray(at, end))) taken.push({ type, data: [...data] });
        at = end;
      }
      expect(taken).toEqual(sent.map(({ type, data }) => ({ type, data: [...data] })));
    }),
  );
});

test("a length that nobody sends is refused before any of it is kept", () => {
  const head = Buffer.alloc(5);
  head.writeUInt32LE(MAX_PACKET + 1);
  expect(() => [...new Frames().take(head)]).toThrow(RangeError);
});
