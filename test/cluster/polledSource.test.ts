import { expect, test } from "vitest";
import type { LocalCluster } from "../../src/cli/localCluster.ts";
import { type Cluster, connect } from "../../src/client/index.ts";
import { metricsOf, realCluster } from "../support/localCluster.ts";
import { PollEndpoint } from "../support/pollEndpoint.ts";
import { until } from "../support/until.ts";

const duty = "source/orders";

function sourceOf(endpoint: PollEndpoint): string[] {
  const source = {
    name: "orders",
    queue: "orders",
    url: `${endpoint.url}/orders?limit={limit}&wait={wait}`,
    ack: `${endpoint.url}/done`,
    mapping: { items: "items" },
    interval: "100ms",
    longPoll: "2s",
    maxItems: 7,
    backoff: { initial: "50ms", max: "200ms" },
  };
  return ["--sources", JSON.stringify([source])];
}

/** Offers `orders/0`, `orders/1`, ... in small lots until stopped. */
function offering(endpoint: PollEndpoint): { readonly offered: Set<string>; stop(): void } {
  const offered = new Set<string>();
  const timer = setInterval(() => {
    for (let i = 0; i < 3; i++) {
      const id = String(offered.size);
      offered.add(id);
      endpoint.offer({ id });
    }
  }, 15);
  return { offered, stop: () => clearInterval(timer) };
}

async function jobIds(cluster: Cluster): Promise<string[]> {
  const ids: string[] = [];
  for await (const { jobs } of cluster.jobs.list({ queue: "orders" })) ids.push(...jobs.map(({ id }) => id));
  return ids;
}

/** The leader, once the last polls were all its own. */
async function onlyPoller(local: LocalCluster, endpoint: PollEndpoint): Promise<string> {
  return await until("the leader alone polls", async () => {
    const leader = await local.leader();
    const last = endpoint.polls().slice(-10);
    return last.every(({ node }) => node === leader?.id) && leader?.id;
  });
}

/** What a node's metrics say of the source, all outcomes together. */
async function pollMetrics(local: LocalCluster, id: string) {
  const metrics = await metricsOf(local.node(id).httpAddress);
  const sum = (prefix: string): number =>
    [...metrics].reduce((all, [name, value]) => (name.startsWith(prefix) ? all + value : all), 0);
  return {
    running: metrics.get(`conclave_leader_duty_running{duty="${duty}"}`),
    polls: sum('conclave_polls_total{source="orders"'),
    measured: metrics.get('conclave_poll_duration_seconds_count{source="orders"}'),
    enqueued: metrics.get('conclave_poll_items_total{source="orders",outcome="enqueued"}'),
    lastSuccess: metrics.get('conclave_poll_last_success_timestamp_seconds{source="orders"}'),
    isLeader: metrics.get("conclave_is_leader"),
  };
}

test("the leader alone polls, whoever leads: each item offered becomes one job, and replicas add no poller", async () => {
  await using endpoint = await PollEndpoint.start();
  await using local = await realCluster({ extraArgs: sourceOf(endpoint) });
  await using cluster = await connect(local.endpoints);
  const load = offering(endpoint);
  /** Polls seen of a node before its latest start. */
  const before = new Map<string, number>();

  for (let kill = 0; kill < 4; kill++) {
    const seen = endpoint.polls().length;
    await until("the source is polled", () => endpoint.polls().length > seen + 20);
    const poller = await onlyPoller(local, endpoint);
    await local.kill(poller);
    await until("another node polls", () => endpoint.polls().at(-1)?.node !== poller);
    before.set(poller, endpoint.polls(poller).length);
    await local.restart(poller);
  }

  // Two more replicas, and still one poller.
  await local.addNode();
  await local.addNode();
  const grown = endpoint.polls().length;
  await until("it goes on being polled", () => endpoint.polls().length > grown + 30);
  await onlyPoller(local, endpoint);

  load.stop();
  await until("all is acknowledged", () => endpoint.acknowledged.size === load.offered.size);
  expect((await jobIds(cluster)).sort()).toEqual([...load.offered].map((id) => `orders/${id}`).sort());
  expect((await cluster.jobs.stats()).enqueued).toBe(load.offered.size);
  expect(load.offered.size).toBeGreaterThan(300);

  expect(endpoint.staleTerms).toEqual([]);
  expect(endpoint.overlaps).toEqual([]);
  const terms = new Set(endpoint.seen.map(({ term }) => term));
  expect(terms.size).toBeGreaterThanOrEqual(5);
  expect(new Set(endpoint.seen.map(({ term, node }) => `${node} in ${term}`)).size).toBe(terms.size);

  await until("a poll hangs", () => endpoint.hanging !== undefined);
  for (const { id } of local.nodes) {
    const counted = endpoint.polls(id).slice(before.get(id) ?? 0);
    const metrics = await until(`the metrics of ${id} say what was seen of it`, async () => {
      const now = await pollMetrics(local, id);
      const over = endpoint
        .polls(id)
        .slice(before.get(id) ?? 0)
        .filter((each) => each.over).length;
      return now.polls === over && now;
    });
    expect(metrics.measured).toBe(metrics.polls);
    expect(metrics.running).toBe(metrics.isLeader);
    if (counted.length > 0) continue;
    expect(metrics).toMatchObject({ polls: 0, measured: 0, enqueued: 0, lastSuccess: 0, running: 0 });
  }
  const never = local.nodes.filter(({ id }) => endpoint.polls(id).length === (before.get(id) ?? 0));
  expect(never.length).toBeGreaterThanOrEqual(2);
}, 240_000);

test("a planned stop and a hand-over end the poll before another node can begin one", async () => {
  await using endpoint = await PollEndpoint.start();
  await using local = await realCluster({ extraArgs: sourceOf(endpoint) });
  await using cluster = await connect(local.endpoints);
  for (let round = 0; round < 6; round++) {
    const { id } = await local.waitForLeader();
    await until("its poll hangs", () => endpoint.hanging?.node === id);
    if (round % 2 === 0) await cluster.transferLeadership();
    else await local.node(id).stop();
    endpoint.offer({ id: `round-${round}` });
    await until("another node takes what there is", () => endpoint.acknowledged.has(`round-${round}`));
    expect(endpoint.polls().at(-1)?.node).not.toBe(id);
    if (round % 2 === 1) await local.restart(id);
  }
  expect(endpoint.overlaps).toEqual([]);
  expect(endpoint.staleTerms).toEqual([]);
  expect((await jobIds(cluster)).length).toBe(6);
}, 120_000);

test("a leader paused in a poll makes nothing of the answer when it wakes, and does not ask again", async () => {
  await using endpoint = await PollEndpoint.start();
  await using local = await realCluster({ extraArgs: sourceOf(endpoint) });
  await using cluster = await connect(local.endpoints);
  for (let round = 0; round < 3; round++) {
    const paused = await local.waitForLeader();
    await until("its poll hangs", () => endpoint.hanging?.node === paused.id);
    const polls = endpoint.polls(paused.id).length;
    const { term } = await until("the poll", () => endpoint.hanging);
    await local.kill(paused.id, "SIGSTOP");
    // The answer waits in its socket.
    endpoint.offer({ id: `round-${round}` });
    await until("another node has taken the item", () => endpoint.acknowledged.has(`round-${round}`));
    await local.kill(paused.id, "SIGCONT");
    await until("it follows", async () => {
      const nodes = await local.status();
      return nodes.find(({ nodeId }) => nodeId === paused.id)?.status?.role === "follower";
    });
    expect(endpoint.polls(paused.id)).toHaveLength(polls);
    expect(endpoint.seen.filter((each) => each.node === paused.id && each.term === term).at(-1)?.what).toBe(
      "poll",
    );
    const metrics = await pollMetrics(local, paused.id);
    expect(metrics.running).toBe(0);
  }
  expect(endpoint.staleTerms).toEqual([]);
  expect((await jobIds(cluster)).sort()).toEqual(["orders/round-0", "orders/round-1", "orders/round-2"]);
}, 120_000);
