import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { DutyMetrics } from "../../src/api/metrics/dutyMetrics.ts";
import { PollMetrics } from "../../src/api/metrics/pollMetrics.ts";
import { itemOutcomes, pollOutcomes } from "../../src/duties/sourceTypes.ts";

async function samplesOf(registry: Registry): Promise<ReadonlyMap<string, number>> {
  const lines = (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

test("a duty is there before it has run, at zero, and counted when it does", async () => {
  const registry = new Registry();
  const metrics = new DutyMetrics(registry);
  metrics.dutyKnown("sweep");
  const of = async () => [...(await samplesOf(registry)).values()];
  expect([...(await samplesOf(registry)).keys()]).toEqual([
    'conclave_leader_duty_running{duty="sweep"}',
    'conclave_leader_duty_runs_total{duty="sweep"}',
    'conclave_leader_duty_failures_total{duty="sweep"}',
  ]);
  expect(await of()).toEqual([0, 0, 0]);
  metrics.dutyBegan("sweep");
  expect(await of()).toEqual([1, 1, 0]);
  metrics.dutyEnded("sweep", true);
  expect(await of()).toEqual([0, 1, 1]);
});

test("a source has all its series at zero on a node that never polled", async () => {
  const registry = new Registry();
  const metrics = new PollMetrics(registry, pollOutcomes, itemOutcomes);
  metrics.sourceKnown("orders");
  const before = await samplesOf(registry);
  for (const outcome of pollOutcomes) {
    expect(before.get(`conclave_polls_total{source="orders",outcome="${outcome}"}`)).toBe(0);
  }
  for (const outcome of itemOutcomes) {
    expect(before.get(`conclave_poll_items_total{source="orders",outcome="${outcome}"}`)).toBe(0);
  }
  expect(before.get('conclave_poll_duration_seconds_count{source="orders"}')).toBe(0);
  expect(before.get('conclave_poll_last_success_timestamp_seconds{source="orders"}')).toBe(0);
  expect(new Set(before.values())).toEqual(new Set([0]));

  metrics.polled("orders", "unreachable", 20);
  metrics.items("orders", "enqueued", 3);
  const failed = await samplesOf(registry);
  expect(failed.get('conclave_poll_duration_seconds_sum{source="orders"}')).toBeCloseTo(0.02);
  expect(failed.get('conclave_poll_last_success_timestamp_seconds{source="orders"}')).toBe(0);
  expect(failed.get('conclave_poll_items_total{source="orders",outcome="enqueued"}')).toBe(3);
  metrics.polled("orders", "empty", 20);
  const polled = await samplesOf(registry);
  expect(polled.get('conclave_poll_last_success_timestamp_seconds{source="orders"}')).toBeGreaterThan(1e9);
});
