import { expect, test } from "vitest";
import { type Cluster, connect } from "../../src/client/index.ts";
import { realCluster } from "../support/localCluster.ts";
import { until } from "../support/until.ts";

const kills = 3;

/** Due times that got a job, in the order of the log. */
async function fired(cluster: Cluster): Promise<number[]> {
  const due: number[] = [];
  for await (const page of cluster.jobs.list({ queue: "ticks", limit: 1_000 })) {
    for (const { id } of page.jobs) due.push(Date.parse(id.slice("tick/".length)));
  }
  return due;
}

test(`a schedule of every second, its leader killed ${kills} times: each second has one job, none is left out`, async () => {
  await using local = await realCluster();
  await using cluster = await connect(local.endpoints);
  const put = await cluster.schedules.put("tick", { every: "1s", queue: "ticks", overlap: "allow" });
  const first = put.nextDueAtMs ?? 0;
  for (let kill = 1; kill <= kills; kill++) {
    const before = (await fired(cluster)).length;
    await until(`it fires before kill ${kill}`, async () => (await fired(cluster)).length > before + 1);
    const leader = await local.waitForLeader();
    await local.kill(leader.id, "SIGKILL");
    await until(`it fires after kill ${kill}`, async () => (await fired(cluster)).length > before + 4);
    await local.restart(leader.id);
  }
  const due = await fired(cluster);
  const last = due.at(-1) ?? 0;
  expect(due).toEqual(Array.from({ length: (last - first) / 1_000 + 1 }, (_, i) => first + i * 1_000));
  const schedule = await cluster.schedules.get("tick");
  expect(schedule).toMatchObject({ skipped: 0, missed: 0 });
  expect(schedule.fired).toBeGreaterThanOrEqual(due.length);
});
