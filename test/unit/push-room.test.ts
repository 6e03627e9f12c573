import { Room } from "../../services/notifications/push/room";

/** Takes all that it gets. */
function fill(room: Room, owner: string): (() => void)[] {
  const got: (() => void)[] = [];
  while (room.hasFor(owner) && got.length < 10_000) got.push(room.enter(owner));
  return got;
}

describe("room for what is in hand", () => {
  test("one owner alone gets a part of it", () => {
    expect(fill(new Room({ size: 100, part: 1 / 4 }), "a")).toHaveLength(20); // a quarter of the 80 that it leaves
  });
  test("however many take what they can get and give nothing back, there is some for the next", () => {
    const room = new Room({ size: 1_000, part: 1 / 50 });
    for (let n = 0; n < 100; n++) fill(room, `greedy ${n}`);
    expect(fill(room, "another").length).toBeGreaterThan(0);
  });
  test("it is bounded, and comes back as it was", () => {
    const limits = { size: 10, part: 1 / 2 };
    const room = new Room(limits);
    const all = Array.from({ length: 50 }, (_, n) => fill(room, `o${n}`));
    expect(all.flat()).toHaveLength(10);
    expect(room.isFull).toBe(true);
    expect(room.hasFor("o0")).toBe(false);
    for (const leave of all.flat()) leave();
    expect(room.isFull).toBe(false);
    expect(fill(room, "o0")).toHaveLength(fill(new Room(limits), "new").length);
  });
});
