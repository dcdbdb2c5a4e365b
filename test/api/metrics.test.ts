import { Registry } from "prom-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EventLoopDelay } from "../../src/api/metrics/eventLoopDelay.ts";
import { Metrics } from "../../src/api/metrics.ts";
import { FencingToken, JobId, LogIndex, LogTimeMs, NodeId } from "../../src/base/brands.ts";
import type { JobSpec } from "../../src/machine/types.ts";
import { minutely } from "../machine/scheduleHarness.ts";
import { FakeNode, member } from "../support/fakeNode.ts";

let node: FakeNode;
let metrics: Metrics;
beforeEach(() => {
  node = new FakeNode();
  metrics = new Metrics({ maxQueues: 3 });
  metrics.watch(node);
});
afterEach(() => metrics.close());

function spec(id: string, queue: string, more: Partial<JobSpec> = {}): JobSpec {
  return {
    id: JobId(id),
    queue,
    priority: "normal",
    payload: new Uint8Array(0),
    agent: "",
    runAt: LogTimeMs(0),
    delayMs: 0,
    retry: { maxAttempts: 2, initialBackoffMs: 60_000, multiplier: 2, maxBackoffMs: 60_000, jitter: "none" },
    leaseMs: 30_000,
    retentionMs: 3_600_000,
    deadRetentionMs: 3_600_000,
    ...more,
  };
}

/** Sample lines of the exposition, by name and labels. */
async function scrape(): Promise<ReadonlyMap<string, number>> {
  const text = await metrics.registry.metrics();
  const samples = new Map<string, number>();
  for (const line of text.split("\n")) {
    const at = line.lastIndexOf(" ");
    if (at > 0 && !line.startsWith("#")) samples.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return samples;
}

test("the node's own state, on a leader", async () => {
  await node.enqueue([spec("a", "q")]);
  const samples = await scrape();
  const expected = {
    conclave_is_leader: 1,
    conclave_leader_known: 1,
    conclave_term: 1,
    conclave_commit_index: 1,
    conclave_applied_index: 1,
    conclave_last_index: 1,
    conclave_durable_index: 1,
    conclave_uncommitted_bytes: 0,
    conclave_election_backoff_seconds: 0,
    conclave_lease_left_seconds: 0.8004,
    conclave_lease_seconds: 1,
    conclave_clock_offset_seconds: -0.0123,
    conclave_active_claims: 0,
    conclave_agents_in_backoff: 0,
    conclave_elections_started_total: 3,
    conclave_elections_won_total: 2,
    conclave_elections_lost_total: 1,
    conclave_jobs_enqueued_total: 1,
    conclave_jobs_purged_total: 0,
    conclave_configuration_index: 0,
    conclave_configuration_joint: 0,
    conclave_is_member: 1,
    conclave_compacted_index: 0,
    conclave_snapshot_index: 0,
    conclave_format: 2,
    conclave_max_format: 2,
    'conclave_members{kind="voter"}': 3,
    'conclave_members{kind="learner"}': 0,
    'conclave_members{kind="outgoing"}': 0,
    'conclave_member_reachable{peer="n2"}': 1,
    'conclave_member_reachable{peer="n3"}': 0,
    'conclave_peer_lag_entries{peer="n2"}': 0,
    'conclave_info{cluster_id="c-test",node_id="n1",version="0.0.0-test"}': 1,
  };
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, samples.get(name)]))).toEqual(
    expected,
  );
  expect(samples.has('conclave_member_reachable{peer="n1"}')).toBe(false);
});

test("a scrape twice counts nothing twice, and follows the node when it loses its office", async () => {
  await scrape();
  node.follow(null);
  node.raft = { electionBackoffMs: 4000, elections: { started: 5, won: 2, lost: 3 } };
  const samples = await scrape();
  expect(samples.get("conclave_is_leader")).toBe(0);
  expect(samples.get("conclave_leader_known")).toBe(0);
  expect(samples.get("conclave_lease_left_seconds")).toBe(0);
  expect(samples.get("conclave_election_backoff_seconds")).toBe(4);
  expect(samples.get("conclave_elections_started_total")).toBe(5);
  expect(samples.get("conclave_elections_lost_total")).toBe(3);
  expect(samples.has('conclave_peer_lag_entries{peer="n2"}')).toBe(false);
});

test("a joint membership, a learner that fetches a snapshot, and a node that is not taken in", async () => {
  const ids = (...names: readonly string[]) => names.map((name) => NodeId(name));
  node.configuration = {
    index: LogIndex(9),
    membership: { voters: ids("n1", "n2", "n4"), outgoing: ids("n1", "n2", "n3"), learners: ids("n5") },
  };
  node.raft = { compactedIndex: LogIndex(5), snapshotIndex: LogIndex(6) };
  const fetching = { voter: false, snapshot: { bytes: 10, totalBytes: 40 } };
  node.view = { standing: "joining", format: 1, maxFormat: 2, members: [member("n5", fetching)] };
  const samples = await scrape();
  const expected = {
    conclave_configuration_index: 9,
    conclave_configuration_joint: 1,
    conclave_is_member: 0,
    conclave_compacted_index: 5,
    conclave_snapshot_index: 6,
    conclave_max_format: 2,
    'conclave_members{kind="voter"}': 3,
    'conclave_members{kind="learner"}': 1,
    'conclave_members{kind="outgoing"}': 1,
    'conclave_peer_snapshot_bytes{peer="n5",of="fetched"}': 10,
    'conclave_peer_snapshot_bytes{peer="n5",of="total"}': 40,
  };
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, samples.get(name)]))).toEqual(
    expected,
  );
  // Members come and go: what is not there any more has no label left.
  node.view = {};
  expect([...(await scrape()).keys()].some((name) => name.includes("n5"))).toBe(false);
});

test("dedup keys that windows hold, before and after their jobs have ended", async () => {
  expect((await scrape()).get("conclave_dedup_windows")).toBe(0);
  await node.enqueue([spec("a", "q", { dedup: { key: "k", mode: "return", windowMs: 60_000 } })]);
  expect((await scrape()).get("conclave_dedup_windows")).toBe(1);
  const [claimed] = await new Promise<readonly { id: JobId; token: FencingToken }[]>((resolve) => {
    node.openWorker({ workerId: "w", queues: ["q"], credits: 1, onJobs: resolve, onClosed: () => {} });
  });
  if (claimed === undefined) throw new Error("nothing was claimed");
  const { id, token } = claimed;
  await node.act([{ type: "complete", id, token, result: Uint8Array.of() }]);
  expect((await scrape()).get("conclave_dedup_windows")).toBe(1);
});

test("queues by priority and state, claims, and agents that wait out a backoff", async () => {
  await node.enqueue([
    spec("a", "q", { agent: "x" }),
    spec("b", "q", { priority: "high" }),
    spec("c", "q", { priority: "low" }),
    spec("d", "q", { delayMs: 1000 }),
  ]);
  const claimed = await new Promise<readonly { id: JobId; token: FencingToken }[]>((resolve) => {
    node.openWorker({ workerId: "w", queues: ["q"], credits: 2, onJobs: resolve, onClosed: () => {} });
  });
  let samples = await scrape();
  expect(claimed.map((each) => each.id)).toEqual(["b", "a"]);
  expect(samples.get("conclave_active_claims")).toBe(2);
  expect(samples.get('conclave_queue_depth{queue="q",priority="high"}')).toBe(0);
  expect(samples.get('conclave_queue_depth{queue="q",priority="low"}')).toBe(1);
  expect(samples.get('conclave_jobs{queue="q",state="running"}')).toBe(2);
  expect(samples.get('conclave_jobs{queue="q",state="scheduled"}')).toBe(1);
  expect(samples.get('conclave_jobs{queue="q",state="ready"}')).toBe(1);
  await node.act(
    claimed.map(({ id, token }) => ({
      type: "fail",
      id,
      token,
      error: "no",
      retryable: true,
      retryAfterMs: null,
    })),
  );
  samples = await scrape();
  // Both wait; only "a" has an agent.
  expect(samples.get("conclave_agents_in_backoff")).toBe(1);
  expect(samples.get('conclave_jobs{queue="q",state="scheduled"}')).toBe(3);
  expect(samples.get('conclave_breakers{state="closed"}')).toBe(1);
  await node.operate({ type: "setBreaker", agent: "a", open: true, openMs: 0, by: "ann", why: "test" });
  await node.operate({
    type: "setQueue",
    queue: "q",
    patch: { paused: { on: true, by: "ann", why: "test" } },
  });
  samples = await scrape();
  expect(samples.get('conclave_breakers{state="open"}')).toBe(1);
  expect(samples.get('conclave_queue_paused{queue="q"}')).toBe(1);
  node.advance(60_000);
  // Its job is ready again, yet held up by the breaker.
  expect((await scrape()).get("conclave_agents_in_backoff")).toBe(1);
  await node.operate({ type: "setBreaker", agent: "a", open: false, openMs: 0, by: "ann", why: "test" });
  expect((await scrape()).get("conclave_agents_in_backoff")).toBe(0);
});

test("events of the driver become counters and histograms, in seconds", async () => {
  metrics.durableWrite(4, 30, 5000);
  metrics.durableWrite(40, 1, 100);
  metrics.commitLatency(7);
  metrics.turn(0.4, 12);
  metrics.checkpoint(1500, 20_000, { ms: 2, ownMs: 1 });
  metrics.attemptsStarted("q", 5);
  metrics.attemptsStarted("q", 2);
  metrics.attemptFailed("q", "failed");
  metrics.attemptFailed("q", "expired");
  metrics.attemptFailed("q", "expired");
  metrics.jobDead("q");
  metrics.snapshotSent(1000);
  metrics.snapshotSent(24);
  metrics.scheduleFired(40);
  const samples = await scrape();
  const expected = {
    conclave_fsync_seconds_count: 2,
    'conclave_fsync_seconds_bucket{le="0.005"}': 1,
    'conclave_fsync_seconds_bucket{le="0.05"}': 2,
    'conclave_durable_write_entries_bucket{le="1"}': 1,
    conclave_durable_write_entries_sum: 31,
    conclave_durable_write_bytes_sum: 5100,
    'conclave_append_seconds_bucket{le="0.005"}': 0,
    'conclave_append_seconds_bucket{le="0.01"}': 1,
    conclave_turn_seconds_sum: 0.0004,
    conclave_turn_events_sum: 12,
    conclave_checkpoint_seconds_sum: 1.5,
    conclave_checkpoint_slice_seconds_sum: 0.002,
    conclave_checkpoint_slice_own_seconds_sum: 0.001,
    conclave_checkpoint_records_sum: 20_000,
    'conclave_attempts_total{queue="q"}': 7,
    'conclave_attempt_failures_total{queue="q",end="failed"}': 1,
    'conclave_attempt_failures_total{queue="q",end="expired"}': 2,
    'conclave_terminal_failures_total{queue="q"}': 1,
    conclave_snapshot_sent_bytes_total: 1024,
    'conclave_schedule_late_seconds_bucket{le="0.02"}': 0,
    'conclave_schedule_late_seconds_bucket{le="0.05"}': 1,
  };
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, samples.get(name)]))).toEqual(
    expected,
  );
});

test("schedules: how many, what became of their due times, and how long the oldest has been due", async () => {
  const due = node.status().logTime;
  for (const name of ["a", "b", "c", "d"]) {
    const put = { type: "putSchedule", spec: minutely(name), nextDueAt: due, by: "ann" } as const;
    const { schedule } = await node.operate(put);
    if (name === "d") continue;
    const fire = { type: "fireSchedule", name, revision: schedule.revision, dueAt: due, missed: 0 } as const;
    node.apply({ ...fire, nextDueAt: name === "a" ? null : LogTimeMs(due + 60_000) });
  }
  const paused = { on: true, by: "ann", why: "" };
  await node.operate({ type: "pauseSchedule", name: "b", paused, nextDueAt: null, revision: LogIndex(0) });
  node.advance(3_000);
  const samples = await scrape();
  const of = (name: string) => samples.get(`conclave_${name}`);
  expect(["active", "paused", "ended"].map((state) => of(`schedules{state="${state}"}`))).toEqual([2, 1, 1]);
  expect(of('schedule_due_times_total{schedule="a",outcome="fired"}')).toBe(1);
  expect(of('schedule_due_times_total{schedule="c",outcome="missed"}')).toBe(0);
  expect(of('schedule_due_times_total{schedule="_other",outcome="fired"}')).toBe(0);
  expect(of("schedules_overdue_seconds")).toBe(3);
});

test("queues named by clients cannot blow up the labels", async () => {
  for (let n = 0; n < 50; n++) {
    await node.enqueue(Array.from({ length: n === 17 ? 3 : 1 }, (_, k) => spec(`j${n}.${k}`, `queue${n}`)));
    metrics.attemptsStarted(`queue${n}`, 1);
  }
  const samples = await scrape();
  const depth = [...samples].filter(([name]) => name.startsWith("conclave_queue_depth"));
  expect(new Set(depth.map(([name]) => /queue="([^"]*)"/.exec(name)?.[1]))).toEqual(
    new Set(["queue17", "queue0", "queue1", "_other"]),
  );
  expect(depth.reduce((sum, [, value]) => sum + value, 0)).toBe(52);
  expect(samples.get('conclave_queue_depth{queue="queue17",priority="normal"}')).toBe(3);
  const attempts = [...samples].filter(([name]) => name.startsWith("conclave_attempts_total"));
  expect(attempts).toHaveLength(4);
  expect(samples.get('conclave_attempts_total{queue="_other"}')).toBe(47);
});

test("process metrics are there, and nothing of another registry", async () => {
  const samples = await scrape();
  expect(samples.get("process_resident_memory_bytes")).toBeGreaterThan(0);
  expect([...samples.keys()].some((name) => name.startsWith("nodejs_heap"))).toBe(true);
  // Its monitor wakes an idle process a hundred times a second.
  expect([...samples.keys()].filter((name) => name.startsWith("nodejs_eventloop_lag"))).toEqual([]);
  const second = new Metrics();
  second.jobDead("q");
  expect((await scrape()).has('conclave_terminal_failures_total{queue="q"}')).toBe(false);
  second.close();
});

test("the event loop's delay shows a blocked loop, and begins anew with each scrape", async () => {
  const registry = new Registry();
  const delay = new EventLoopDelay(registry);
  try {
    // The monitor measures from its first timer on.
    await until(() => delay.samples > 0);
    const before = delay.samples;
    const end = performance.now() + 80;
    while (performance.now() < end) Math.sqrt(end);
    await until(() => delay.samples > before);
    const { values } = await (registry.getSingleMetric("conclave_event_loop_delay_seconds")?.get() ??
      Promise.reject(new Error("no such metric")));
    expect(values.map(({ labels }) => labels["quantile"])).toEqual(["0.5", "0.99", "0.999", "1"]);
    const maximum = values.find((value) => value.labels["quantile"] === "1")?.value;
    expect(maximum).toBeGreaterThan(0.05);
    expect(maximum).toBeLessThan(10);
    expect(delay.read()).toEqual({ p50Ms: 0, p99Ms: 0, p999Ms: 0, maxMs: 0 });
  } finally {
    delay.close();
  }
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
