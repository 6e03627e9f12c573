/** Requests outward: which addresses are refused in which spelling, what ends them, and that no destination waits for another. */
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { isInward } from "../../platform/addresses";
import { Destinations } from "../../platform/destinations";
import { checkOutwardUrl, post } from "../../platform/outgoing";
import { until } from "../support/facts";

const never = new AbortController().signal;
const inward = `127.0.0.1 127.255.255.254 10.1.2.3 172.16.0.1 172.31.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0
  224.0.0.1 255.255.255.255 192.0.2.1 198.18.0.1 192.0.0.8 :: ::1 ::7f00:1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1
  ::ffff:10.0.0.1 0:0:0:0:0:ffff:a00:1 64:ff9b::7f00:1 64:ff9b::127.0.0.1 64:ff9b:1::1 2002:7f00:1:: 2002:a00:1::
  2001:0:4136:e378:8000:63bf:3fff:fdd2 fec0::1 fd00::1 fc00::1 fe80::1 fe80::1%lo ff02::1 2001:db8::1 100::1 3fff::1
  4000::1`;
const outward = "8.8.8.8 172.32.0.1 100.128.0.1 2606:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8";

test.each(inward.split(/\s+/))("%s is inward", (address) => expect(isInward(address)).toBe(true));
test.each(outward.split(" "))("%s is outward", (address) => expect(isInward(address)).toBe(false));
test.each(["", "localhost", "1.2.3", "8.8.8.8.8", "::g"])("%j is no address, and so not outward", (address) =>
  expect(isInward(address)).toBe(true),
);

describe("a URL that somebody wants us to keep", () => {
  const check = (url: string, allowInward = false) => checkOutwardUrl(url, "url", allowInward);
  test.each([
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://１２７.0.0.1/",
    "https://[::1]/",
    "https://[::7f00:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "https://[fec0::1]/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://db.internal/",
    "https://printer.local:8443/",
  ])("%s is refused as private", (url) =>
    expect(check(url)).rejects.toMatchObject({ type: "BAD_REQUEST", data: [{ field: "url", rule: "private" }] }),
  );
  test.each(["http://8.8.8.8/", "ftp://8.8.8.8/", "file:///etc/passwd", "javascript:1", "", "//8.8.8.8"])(
    "%j is refused as no https: URL",
    (url) => expect(check(url)).rejects.toMatchObject({ data: [{ rule: "url" }] }),
  );
  test("a public one is taken, a private one where that is wanted", async () => {
    await check("https://8.8.8.8/hook");
    await check("https://[2606:4700::1111]/hook");
    await check("http://127.0.0.1:1/hook", true);
    await expect(check("ftp://127.0.0.1/", true)).rejects.toMatchObject({ type: "BAD_REQUEST" });
  });
});

describe("a request", () => {
  let server: Server;
  const sockets = new Set<Socket>();
  let onSocket: (socket: Socket) => void;
  let url: string;
  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(
        socket
          .on("error", () => undefined)
          .on("close", () => sockets.delete(socket))
          .resume(),
      );
      onSocket(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  const to = (more: object = {}) =>
    post({ url, headers: {}, body: "x", allowInward: true, signal: never, deadline: 150, ...more });
  const drip = (socket: Socket, first: string): void => {
    socket.write(first);
    const timer = setInterval(() => socket.write("X-More: y\r\n"), 10);
    socket.once("close", () => clearInterval(timer));
  };

  test.each<[string, (socket: Socket) => void]>([
    ["says nothing", () => undefined],
    ["drips header lines", (socket) => drip(socket, "HTTP/1.1 200 OK\r\n")],
    ["says 100 Continue for ever", (socket) => drip(socket, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")],
  ])("to one that %s ends at its deadline, and its socket with it", async (_name, behaves) => {
    onSocket = behaves;
    await expect(to()).rejects.toThrow();
    await until(() => sockets.size === 0);
  });
  test("is ended by a stop, long before its deadline", async () => {
    onSocket = () => undefined;
    const stop = new AbortController();
    const sent = to({ deadline: 600_000, signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    await expect(sent).rejects.toThrow();
    await expect(to({ signal: stop.signal })).rejects.toThrow();
  });
  test("needs no more of the answer than its head", async () => {
    onSocket = (socket) => drip(socket, "HTTP/1.1 204 No Content\r\n\r\n");
    expect(await to({ deadline: 60_000 })).toBe(204);
    onSocket = (socket) => socket.write("HTTP/1.1 204 No Content\r\n\r\nand what is no answer at all");
    expect(await to({ deadline: 60_000 })).toBe(204);
  });
  test.each([
    "http://127.0.0.1:1/",
    "http://localhost:1/",
    "http://[::1]:1/",
    "http://[::7f00:1]:1/",
    "http://2130706433:1/",
  ])("%s is refused before anything is sent", (inside) =>
    expect(to({ url: inside, allowInward: false })).rejects.toThrow("no public address"),
  );
  test("is not followed elsewhere", async () => {
    const other = createHttp((_req, res) => void res.writeHead(302, { location: "http://127.0.0.1:1/" }).end());
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    expect(await to({ url: `http://127.0.0.1:${(other.address() as AddressInfo).port}/` })).toBe(302);
    other.close();
  });
});

describe("the connection of a request", () => {
  const opened = new Set<Socket>();
  let requests = 0;
  let answer: (req: IncomingMessage, res: ServerResponse) => void;
  const receiver = createHttp((req, res) => (requests++, req.resume(), answer(req, res)));
  receiver.on("connection", (socket: Socket) => opened.add(socket));
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  });
  beforeEach(() => {
    opened.forEach((socket) => socket.destroy());
    opened.clear();
    requests = 0;
  });
  afterAll(() => {
    opened.forEach((socket) => socket.destroy());
    receiver.close();
  });
  const send = () => post({ url, headers: {}, body: "x", allowInward: true, signal: never });

  test.each([0, 5, 9_000])("serves following ones, where an answer has %i bytes", async (length) => {
    answer = (_req, res) => void res.writeHead(200).end("x".repeat(length));
    // When it is free again nobody tells: one of them finds it so.
    await until(async () => (await send()) === 200 && opened.size < requests);
  });

  test("ends with an answer that is too long to be thrown away", async () => {
    answer = (_req, res) => void res.writeHead(200).end("x".repeat(5_000_000));
    expect(await send()).toBe(200);
    await until(() => [...opened].every((socket) => socket.destroyed));
  });

  test("that the receiver closed meanwhile costs nothing: the request goes out on a new one", async () => {
    const used = new Set<Socket>();
    let closed = 0;
    answer = ({ socket }, res) => {
      if (used.has(socket)) return void (closed++, socket.destroy());
      used.add(socket);
      res.writeHead(201).end();
    };
    await until(async () => {
      expect(await send()).toBe(201);
      return closed > 0;
    });
  });

  test("that breaks at its first request is a failure, and not tried again here", async () => {
    answer = (req) => void req.socket.destroy();
    await expect(send()).rejects.toThrow();
    expect(requests).toBe(1);
  });
});

describe("destinations", () => {
  const failed = (result: string) => result === "bad";
  const slow = "https://slow.example/a";
  const quick = "https://quick.example/";

  test("a silent one has its own queue, of a bounded length, and no other waits for it", async () => {
    const destinations = new Destinations();
    let release = (): void => undefined;
    const silent = new Promise<string>((resolve) => (release = () => resolve("ok")));
    let begun = 0;
    const many = Array.from({ length: 80 }, () => destinations.run(slow, () => (begun++, silent), failed));
    expect(await destinations.run(quick, () => Promise.resolve("ok"), failed)).toBe("ok");
    expect(begun).toBe(6);
    release();
    const results = await Promise.all(many);
    expect(results.filter((r) => r === "full")).toHaveLength(80 - 66);
    expect(results.filter((r) => r === "ok")).toHaveLength(66);
  });

  test("one that fails in a row rests; then one try, alone, decides", async () => {
    jest.useFakeTimers();
    try {
      const destinations = new Destinations();
      const run = (result: string) => destinations.run(slow, () => Promise.resolve(result), failed);
      expect([await run("bad"), await run("bad"), await run("bad"), await run("ok")]).toEqual([
        "bad",
        "bad",
        "bad",
        "resting",
      ]);
      expect(await destinations.run(quick, () => Promise.resolve("ok"), failed)).toBe("ok");
      jest.advanceTimersByTime(10_001);
      expect([await run("bad"), await run("ok")]).toEqual(["bad", "resting"]);
      jest.advanceTimersByTime(10_001);
      expect(await run("ok")).toBe("resting"); // longer each time
      jest.advanceTimersByTime(10_001);
      const both = [run("ok"), run("ok")];
      expect(await Promise.all(both)).toEqual(["ok", "resting"]);
      expect(await run("ok")).toBe("ok");
    } finally {
      jest.useRealTimers();
    }
  });

  test("one that is known to be quick has more room, within bounds, and no longer than it is quick", async () => {
    jest.useFakeTimers(); // no time passes but by the test
    try {
      const destinations = new Destinations();
      const run = (work: Promise<string>) => destinations.run(quick, () => work, failed);
      await run(Promise.resolve("ok"));
      let answer: (as: string) => void = () => undefined;
      const held = new Promise<string>((resolve) => (answer = resolve));
      const many = Array.from({ length: 300 }, () => run(held));
      jest.advanceTimersByTime(1_000);
      expect(destinations.backlog(quick)).toBe((294 * 1_000) / 6);
      expect(await run(held)).toBe("full");
      answer("ok");
      expect(new Set(await Promise.all(many))).toEqual(new Set(["ok"]));
      expect(destinations.backlog(quick)).toBe(0);
      jest.advanceTimersByTime(1);
      const tooMany = await Promise.all(Array.from({ length: 600 }, () => run(Promise.resolve("ok"))));
      expect(tooMany.filter((result) => result === "full").length).toBeGreaterThanOrEqual(600 - 506);
    } finally {
      jest.useRealTimers();
    }
  });

  test("a failure within does not keep its place", async () => {
    const destinations = new Destinations();
    for (let n = 0; n < 20; n++)
      await expect(destinations.run(slow, () => Promise.reject(new Error("ours")), failed)).rejects.toThrow("ours");
    expect(await destinations.run(slow, () => Promise.resolve("ok"), failed)).toBe("ok");
  });
});
