/** Who is pinged, and who is taken for dead. */
import { PeerWatch } from "../../platform/transporter/peer-watch";

const ticks = (watch: PeerWatch, from: number, to: number, peers: string[]): string[] => {
  const silent: string[] = [];
  for (let now = from; now <= to; now += 500) silent.push(...watch.tick(now, peers).silent);
  return silent;
};

describe("PeerWatch", () => {
  test("pings every peer of a small cluster each time", () => {
    expect(new PeerWatch(500).tick(0, ["a", "b"]).ping).toEqual(["a", "b"]);
  });

  test("a peer that never answers is silent after five seconds", () => {
    const watch = new PeerWatch(500);
    expect(ticks(watch, 0, 4_500, ["a"])).toEqual([]);
    expect(ticks(watch, 5_000, 5_000, ["a"])).toEqual(["a"]);
  });

  test("a peer that answers is never silent", () => {
    const watch = new PeerWatch(500);
    for (let now = 0; now < 20_000; now += 500) {
      expect(watch.tick(now, ["a"]).silent).toEqual([]);
      watch.heardFrom("a");
    }
  });

  test("a process that slept itself accuses nobody", () => {
    const watch = new PeerWatch(500);
    watch.tick(0, ["a", "b"]);
    expect(watch.tick(40_000, ["a", "b"]).silent).toEqual([]);
    expect(ticks(watch, 40_500, 44_500, ["a", "b"])).toEqual([]);
  });

  test("a peer that left and came back starts anew", () => {
    const watch = new PeerWatch(500);
    ticks(watch, 0, 4_500, ["a"]);
    watch.tick(5_000, []);
    expect(ticks(watch, 5_500, 10_000, ["a"])).toEqual([]);
  });

  test("in a large cluster a tick costs a bounded number of pings, and all get their turn", () => {
    const watch = new PeerWatch(500);
    const peers = Array.from({ length: 130 }, (_, i) => `n${i}`);
    const pinged = new Set<string>();
    for (let tick = 0; tick < 7; tick++) {
      const { ping } = watch.tick(tick * 500, peers);
      expect(ping.length).toBe(20);
      for (const peer of ping) pinged.add(peer);
    }
    expect(pinged.size).toBe(130);
  });
});
