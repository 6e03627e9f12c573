import { ServiceBroker } from "moleculer";
import { metricsOf, scrape } from "../../platform/metrics";

const broker = () => new ServiceBroker({ logger: false });

describe("metrics", () => {
  test("carry the names and labels that dashboards rely on", async () => {
    const node = broker();
    const metrics = metricsOf(node);
    metrics.httpRequests.inc({ method: "GET", route: "/users/:id", status: "200" });
    metrics.messagesCreated.inc({ type: "text" });
    metrics.eventDuration.observe({ event: "message:send" }, 0.002);
    metrics.storeDuration.observe({ store: "documents", operation: "insert" }, 0.002);
    const { user, system } = process.cpuUsage();
    const { text } = await scrape(node);
    expect(text).toContain('http_requests_total{method="GET",route="/users/:id",status="200"} 1');
    expect(text).toContain('chat_messages_created_total{type="text"} 1');
    expect(text).toContain('chat_event_duration_seconds_count{event="message:send"} 1');
    expect(text).toContain('store_duration_seconds_count{store="documents",operation="insert"} 1');
    const spent = /^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1];
    expect(Number(spent)).toBeGreaterThanOrEqual((user + system) / 1e6 - 1e-6);
  });

  test("gauges are read at the scrape and sum their sources", async () => {
    const node = broker();
    let depth = 3;
    metricsOf(node).countActors(
      () => 2,
      () => depth,
    );
    metricsOf(node).countConnections("/chat", () => 7);
    metricsOf(node).countOutbox(() => ({ waiting: 12, oldest: 1.5 }));
    depth = 4;
    const { text } = await scrape(node);
    expect(text).toContain("chat_actors_active 2");
    expect(text).toContain("chat_mailbox_depth 4");
    expect(text).toContain('websocket_connections_active{namespace="/chat"} 7');
    expect(text).toContain("outbox_waiting 12");
    expect(text).toContain("outbox_oldest_seconds 1.5");
  });

  test("a folder's disk is looked at in each scrape, and one that is not there has no figure", async () => {
    const node = broker();
    metricsOf(node).watchDisk("data", "/");
    metricsOf(node).watchDisk("uploads", "/nowhere");
    const { text } = await scrape(node);
    const free = Number(/^disk_free_ratio\{folder="data"\} (\S+)$/m.exec(text)?.[1]);
    expect(free).toBeGreaterThanOrEqual(0);
    expect(free).toBeLessThan(1);
    expect(text).not.toContain('folder="uploads"');
  });

  test("of two nodes in one process are apart", async () => {
    const [one, two] = [broker(), broker()];
    metricsOf(one).messagesCreated.inc({ type: "text" });
    expect((await scrape(two)).text).not.toContain('chat_messages_created_total{type="text"}');
  });
});
