import { setTimeout as delay } from "node:timers/promises";
import { bytesCodec, type Cluster, connect } from "conclave";
import { type LocalCluster, startLocalCluster } from "conclave/local";
import { interrupted, own, ownDirectory } from "../processes/owned.ts";
import { nextWriteAfter } from "./nextWrite.ts";
import { type BenchQueue, type Contender, numberIn, payloadOf, type System } from "./system.ts";

export const conclave: Contender = {
  name: "conclave",
  missing: () => Promise.resolve(undefined),
  start: (nodes) => startConclave(nodes),
};

export interface ConclaveSystem extends System {
  readonly local: LocalCluster;
  readonly cluster: Cluster;
}

/** With a million jobs, on few cores. */
const startTimeoutMs = 120_000;

/** `env` is added to each node's environment. */
export async function startConclave(
  nodes: number,
  env: Readonly<Record<string, string>> = {},
): Promise<ConclaveSystem> {
  const data = await ownDirectory();
  const starting = startLocalCluster({
    nodes,
    dataDir: data.path,
    env,
    signal: interrupted,
    startTimeoutMs,
  });
  const running = own(async () => (await starting.catch(() => undefined))?.stop());
  const local = await starting;
  const cluster = await connect(local.endpoints);
  return {
    name: conclave.name,
    settings: `this build, ${nodes} nodes, fdatasync on a majority before the acknowledgement`,
    local,
    cluster,
    groups: () => local.nodes.map(({ pid }) => pid).filter((pid) => pid !== undefined),
    queue: (name, payloadBytes) => Promise.resolve(openQueue(cluster, name, payloadBytes)),
    failover: () => failover(local, cluster),
    async [Symbol.asyncDispose]() {
      await cluster.close();
      await running[Symbol.asyncDispose]();
      await data[Symbol.asyncDispose]();
    },
  };
}

function openQueue(cluster: Cluster, name: string, payloadBytes: number): BenchQueue {
  const queue = cluster.queue<Uint8Array, Uint8Array>(name, { codec: bytesCodec, resultCodec: bytesCodec });
  const nothing = new Uint8Array(0);
  return {
    put: (n) => queue.enqueue(payloadOf(n, payloadBytes)),
    work: (slots, handler) => {
      const worker = queue.work({ concurrency: slots }, (job) => {
        handler(numberIn(job.data));
        return nothing;
      });
      return Promise.resolve({
        settled: () => drained(cluster, name),
        [Symbol.asyncDispose]: () => worker.stop(),
      });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Resolves once the queue holds no job that waits or runs. */
export async function drained(cluster: Cluster, queue: string): Promise<void> {
  for (;;) {
    const { queues } = await cluster.jobs.stats();
    const counts = queues.find((each) => each.queue === queue);
    const { high = 0, normal = 0, low = 0 } = counts?.ready ?? {};
    if ((counts?.running ?? 0) + (counts?.scheduled ?? 0) + high + normal + low === 0) return;
    await delay(10);
  }
}

async function failover(local: LocalCluster, cluster: Cluster): Promise<number> {
  const leader = await local.waitForLeader();
  await cluster.jobs.enqueue("failover", payloadOf(0, 256));
  const gapMs = await nextWriteAfter(
    () => local.kill(leader.id, "SIGKILL"),
    () => cluster.jobs.enqueue("failover", payloadOf(0, 256)),
  );
  await local.restart(leader.id);
  await everyoneReachable(local);
  return gapMs;
}

interface Status {
  readonly leaderId: string;
  readonly members: readonly { readonly reachable: boolean }[];
}

/** Every node answers, knows the leader and sees every other: the next kill finds the cluster whole. */
async function everyoneReachable(local: LocalCluster): Promise<void> {
  for (;;) {
    const views = await Promise.all(
      local.nodes.map(async ({ httpAddress }) => {
        const status = (await (await fetch(`http://${httpAddress}/status`)).json()) as Status;
        return status.leaderId !== "" && status.members.every((member) => member.reachable);
      }),
    );
    if (views.every(Boolean)) return;
    await delay(20);
  }
}
