import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ServiceBroker } from "moleculer";
import { errorTable } from "../../contracts/errors";
import { scrape } from "../../platform/metrics";
import { projectRoot } from "../../platform/root";

const read = (name: string) => readFileSync(join(projectRoot, "docs", name), "utf8");

test("the dashboard asks for metrics that exist", async () => {
  const { text } = await scrape(new ServiceBroker({ logger: false }));
  const known = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map((m) => m[1]!));
  const asked = [...read("grafana-dashboard.json").matchAll(/"expr": "(.*?)",?\n/g)].flatMap(([, expr]) =>
    [...expr!.matchAll(/\b((?:http|chat|websocket|notifications|bus|outbox|disk|store|process|nodejs)_\w+)/g)].map(
      (m) => m[1]!,
    ),
  );
  expect(asked.length).toBeGreaterThan(10);
  for (const name of asked) expect(known).toContain(name.replace(/_(bucket|count|sum)$/, ""));
});

test("the guide explains every error", () => {
  const guide = read("errors-and-logging.md");
  for (const [code, { status }] of Object.entries(errorTable)) {
    const row = guide.split("\n").find((line) => line.includes(`| \`${code}\``));
    // One of them is only the code of an event, and no answer.
    expect(row).toContain(code === "AUTH_EXPIRED" ? "event" : String(status));
  }
});
