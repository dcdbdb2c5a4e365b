import { credentials } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { protocol } from "../../src/client/protocol.ts";
import type { ClaimReply__Output } from "../../src/generated/conclave/v1/ClaimReply.ts";
import type { GetReply__Output } from "../../src/generated/conclave/v1/GetReply.ts";
import { realCluster } from "../support/localCluster.ts";
import { until } from "../support/until.ts";

const electionTimeoutMs = 500;

/** Calls on one node and no other: the SDK would follow the leader. What was refused resolves as its message. */
function only(address: string) {
  const jobs = new protocol.Jobs(address, credentials.createInsecure());
  const work = new protocol.Work(address, credentials.createInsecure());
  const deadline = (): { deadline: number } => ({ deadline: Date.now() + 20_000 });
  return {
    state: (id: string): Promise<string> =>
      new Promise((resolve) => {
        jobs.get({ id }, deadline(), (error, reply?: GetReply__Output) =>
          resolve(error === null ? (reply?.job?.state ?? "none") : `refused: ${error.message}`),
        );
      }),
    claim: (queue: string): Promise<readonly string[] | string> =>
      new Promise((resolve) => {
        const request = { workerId: "w", queues: [queue], slots: 10, waitMs: 5_000 };
        work.claim(request, deadline(), (error, reply?: ClaimReply__Output) =>
          resolve(error === null ? (reply?.jobs ?? []).map((job) => job.id) : `refused: ${error.message}`),
        );
      }),
    [Symbol.dispose]: (): void => {
      jobs.close();
      work.close();
    },
  };
}

/** Bug 32 with real processes: a paused leader wakes and must neither serve a read nor hand out a job. */
test("a leader stopped for three election timeouts serves no stale read and grants no claim when it goes on", async () => {
  await using local = await realCluster({
    extraArgs: ["--election-timeout", `${electionTimeoutMs}ms`, "--heartbeat-interval", "50ms"],
  });
  await using cluster = await connect(local.endpoints);
  const paused = await local.waitForLeader();
  using onPaused = only(paused.clientAddress);
  const { id } = await cluster.jobs.enqueue("q", { n: 1 });
  expect(await onPaused.state(id)).toBe("JOB_STATE_READY");

  await local.kill(paused.id, "SIGSTOP");
  const stoppedAt = performance.now();
  // Sent while it sleeps: they are the first that it finds on waking.
  const read = onPaused.state(id);
  const grant = onPaused.claim("q");

  const successor = await until("another node leads", async () => {
    const leader = await local.leader();
    return leader !== undefined && leader.id !== paused.id ? leader : null;
  });
  const cancelled = await cluster.jobs.cancel([id], { reason: "while the old leader slept" });
  expect(cancelled[0]?.state).toBe("cancelled");
  await until(
    "three election timeouts have gone by",
    () => performance.now() - stoppedAt > 3 * electionTimeoutMs,
  );

  await local.kill(paused.id, "SIGCONT");
  expect(await read).toMatch(/^(?:refused: .*leader.*|JOB_STATE_CANCELLED)$/);
  const granted = await grant;
  if (typeof granted === "string") expect(granted).toMatch(/leader/);
  else expect(granted).toEqual([]);

  await until("the old leader follows the new one", async () => {
    const nodes = await local.status();
    const old = nodes.find((node) => node.nodeId === paused.id)?.status;
    return old?.role === "follower" && old.leaderId === successor.id;
  });
  const job = await cluster.jobs.get(id);
  expect(job?.state).toBe("cancelled");
  expect(job?.history).toEqual([]);
}, 60_000);
