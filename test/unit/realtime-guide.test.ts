/** The guide for client developers names every event there is, and none that there is not. */
import { readFileSync } from "node:fs";
import { variables } from "../../contracts/env";
import { errorTable } from "../../contracts/errors";
import { clientEvents, serverEvents } from "../../contracts/sockets";

const guide = readFileSync(`${__dirname}/../../docs/realtime.md`, "utf8");
const real = [clientEvents, serverEvents].flatMap((side) =>
  Object.values(side).flatMap((events) => Object.keys(events)),
);

test.each([...new Set(real)])("%s is in the guide", (event) => {
  expect(guide).toContain(`\`${event}\``);
});

test("the guide names no event that does not exist", () => {
  const named = [
    ...guide.matchAll(/`((?:conversation|message|messages|notification|request|presence|user|auth):[a-z:-]+)/g),
  ];
  expect(named.length).toBeGreaterThan(50);
  expect(named.map(([, event]) => event).filter((event) => !real.includes(event ?? ""))).toEqual([]);
});

test("the guide names no error code that does not exist", () => {
  const named = [...guide.matchAll(/`([A-Z]+(?:_[A-Z]+)?)`/g)].map(([, code]) => code ?? "");
  expect(named).toContain("UNAVAILABLE");
  expect(named.filter((code) => !(code in errorTable || code in variables))).toEqual([]);
});
