import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalCluster } from "../../src/cli/localCluster.ts";
import { type Cluster, connect } from "../../src/client/index.ts";
import { metricsOf, realCluster } from "../support/localCluster.ts";
import { until } from "../support/until.ts";

interface NodeJson {
  readonly nodeId: string;
  readonly role: string;
  readonly leaderId: string;
  readonly appliedIndex: number;
  readonly lastIndex: number;
  readonly stateHash: string;
  readonly members: readonly { readonly reachable: boolean }[];
}

let local: LocalCluster;
let cluster: Cluster;

beforeAll(async () => {
  local = await realCluster({ extraArgs: ["--checkpoint-interval", "500ms"] });
  cluster = await connect(local.endpoints);
});

afterAll(async () => {
  await cluster.close();
  await local.stop();
});

interface Answered {
  readonly status: number;
  readonly body: NodeJson & { readonly reason?: string };
}

async function json(address: string, path: string): Promise<Answered> {
  const response = await fetch(`http://${address}${path}`, { signal: AbortSignal.timeout(5_000) });
  return { status: response.status, body: (await response.json()) as Answered["body"] };
}

async function statuses(): Promise<NodeJson[]> {
  return Promise.all(local.nodes.map(async (node) => (await json(node.httpAddress, "/status")).body));
}

/** All nodes have applied the same entries; returns their common hash. */
function converged(): Promise<string> {
  return until("all nodes have applied the same", async () => {
    const all = await statuses();
    const [first] = all;
    const same = all.every(
      (each) => each.appliedIndex === first?.lastIndex && each.stateHash === first.stateHash,
    );
    return same ? first?.stateHash : null;
  });
}

describe("three real nodes", () => {
  test("hold the same state after a mix of jobs", async () => {
    await using worker = cluster.work<number, number>("mix", { concurrency: 8 }, (job) => {
      if (job.data % 10 === 0 && job.attempt < 2) throw new Error("the first attempt fails");
      return job.data * 2;
    });
    const jobs = await cluster.jobs.enqueueMany(
      Array.from({ length: 200 }, (_, n) => ({
        queue: "mix",
        data: n,
        priority: n % 3 === 0 ? ("high" as const) : ("low" as const),
        retry: { initialBackoff: "50ms" },
      })),
    );
    await until("all are completed", async () => {
      const { queues } = await cluster.jobs.stats();
      return queues.find(({ queue }) => queue === "mix")?.completed === 200;
    });
    await worker.stop();
    const retried = await cluster.jobs.get<number, number>(jobs[10]?.id ?? "");
    expect(retried.result).toBe(20);
    expect(retried.attempt).toBe(2);
    expect(retried.history.map(({ end }) => end)).toContain("failed");
    expect(await converged()).toMatch(/^[0-9a-f]{16}$/);
  });

  test("say on every node who leads, and their metrics agree", async () => {
    const all = await statuses();
    const leaders = all.filter(({ role }) => role === "ROLE_LEADER");
    expect(leaders).toHaveLength(1);
    expect(new Set(all.map(({ leaderId }) => leaderId))).toEqual(new Set([leaders[0]?.nodeId]));
    const metrics = await Promise.all(local.nodes.map((node) => metricsOf(node.httpAddress)));
    const leading = metrics.filter((each) => each.get("conclave_is_leader") === 1);
    const following = metrics.filter((each) => each.get("conclave_is_leader") === 0);
    expect([leading.length, following.length]).toEqual([1, 2]);
    expect(new Set(metrics.map((each) => each.get("conclave_term"))).size).toBe(1);
    for (const each of metrics) {
      expect(each.get('conclave_jobs{queue="mix",state="completed"}')).toBe(200);
      expect(each.get("conclave_active_claims")).toBe(0);
      expect(each.get("conclave_fsync_seconds_count")).toBeGreaterThan(0);
      expect(each.get('conclave_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0);
    }
    // Attempts are counted where they were handed out: on the leader, and nowhere twice.
    const attempts = metrics.map((each) => each.get('conclave_attempts_total{queue="mix"}') ?? 0);
    expect(attempts.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(220);
  });

  test("write nothing to the log while idle", async () => {
    await converged();
    const before = await statuses();
    const writes = (each: Map<string, number>): number =>
      each.get("conclave_fsync_seconds_count") ?? Number.NaN;
    const writesBefore = (await Promise.all(local.nodes.map((node) => metricsOf(node.httpAddress)))).map(
      writes,
    );
    await delay(2_000);
    const after = await statuses();
    expect(after.map(({ lastIndex }) => lastIndex)).toEqual(before.map(({ lastIndex }) => lastIndex));
    const writesAfter = (await Promise.all(local.nodes.map((node) => metricsOf(node.httpAddress)))).map(
      writes,
    );
    expect(writesAfter).toEqual(writesBefore);
  });

  test("come back from their records and the rest of the log with the same state", async () => {
    const hash = await converged();
    for (const node of local.nodes) await local.kill(node.id, "SIGKILL");
    await Promise.all(local.nodes.map((node) => local.restart(node.id)));
    await local.waitForLeader();
    const { queues } = await cluster.jobs.stats();
    expect(queues.find(({ queue }) => queue === "mix")?.completed).toBe(200);
    // The new leader's first entries count as transitions of their own, so the hash moves, alike on all nodes.
    expect(await converged()).not.toBe(hash);
  });

  test("answer about their health without a leader, and acknowledge nothing", async () => {
    const leader = await local.waitForLeader();
    const others = local.nodes.filter((node) => node.id !== leader.id);
    for (const node of others) await local.kill(node.id, "SIGKILL");
    await until("the lonely leader has stepped down", async () => {
      const { body } = await json(leader.httpAddress, "/status");
      return body.role !== "ROLE_LEADER";
    });
    expect((await json(leader.httpAddress, "/healthz")).status).toBe(200);
    const ready = await json(leader.httpAddress, "/readyz");
    expect(ready.status).toBe(503);
    expect(ready.body.reason).toMatch(/leader/);
    await expect(cluster.jobs.enqueue("mix", 1, { timeout: "1s" })).rejects.toMatchObject({
      name: "ConclaveError",
    });
    await Promise.all(others.map((node) => local.restart(node.id)));
    await local.waitForLeader();
    expect((await cluster.jobs.enqueue("mix", 1)).existing).toBe(false);
  });
});
