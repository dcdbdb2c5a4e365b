import type { Cluster } from "../../client/index.ts";
import { CommandFailed } from "../commandFailed.ts";
import type { Leadership } from "../leadership.ts";
import type { LocalCluster } from "../localCluster.ts";
import { poll } from "../poll.ts";
import { askLeadership, type Watcher } from "./watcher.ts";
import type { WorkerPool } from "./workerPool.ts";

/** When what is done to the cluster, as shares of the jobs that have ended. */
const killWorkerAt = 0.2;
const killLeaderAt = 0.4;
const restartLeaderAt = 0.7;

const electionBoundMs = 60_000;

export interface FaultReport {
  readonly killedWorker: string;
  readonly workerKilledAtDone: number;
  readonly before: Leadership;
  readonly after: Leadership;
  readonly leaderKilledAtDone: number;
  /** Monotonic ms. */
  readonly leaderKilledAt: number;
  /** From the SIGKILL until another node said that it leads, asked every 10 ms. */
  readonly leaderlessMs: number;
  readonly restartedAtDone: number;
}

export interface FaultTargets {
  readonly local: LocalCluster;
  readonly cluster: Cluster;
  readonly watcher: Watcher;
  readonly pool: WorkerPool;
  readonly total: number;
  /** Shown to whoever watches the demo. */
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Kills a worker, then the leader, and starts the latter again: each when so many jobs are done, not by time. */
export async function inflictFaults(targets: FaultTargets): Promise<FaultReport> {
  const { local, watcher, pool, note } = targets;
  await share(targets, killWorkerAt);
  const workerKilledAtDone = watcher.done;
  const killedWorker = await pool.killOne();
  note(`worker ${killedWorker} killed (SIGKILL): its jobs come back when their leases end`);

  await share(targets, killLeaderAt);
  const before = await leadershipAfter(targets, undefined);
  const leaderKilledAtDone = watcher.done;
  const leaderKilledAt = performance.now();
  await local.kill(before.id, "SIGKILL");
  note(`leader ${before.id} killed (SIGKILL) in term ${before.term}`);
  const after = await leadershipAfter(targets, before);
  const leaderlessMs = performance.now() - leaderKilledAt;
  note(`${after.id} leads in term ${after.term}, ${Math.round(leaderlessMs)} ms later`);

  await share(targets, restartLeaderAt);
  const restartedAtDone = watcher.done;
  await local.restart(before.id);
  note(`${before.id} started again and catches up`);
  return {
    killedWorker,
    workerKilledAtDone,
    before,
    after,
    leaderKilledAtDone,
    leaderKilledAt,
    leaderlessMs,
    restartedAtDone,
  };
}

async function share({ watcher, total, signal }: FaultTargets, part: number): Promise<void> {
  await poll(() => watcher.done >= total * part, { timeoutMs: Number.POSITIVE_INFINITY, everyMs: 5, signal });
}

/** The leader of a later term than `earlier`'s, or any. */
async function leadershipAfter(
  { cluster, signal }: FaultTargets,
  earlier: Leadership | undefined,
): Promise<Leadership> {
  const later = async (): Promise<Leadership | undefined> => {
    const now = await askLeadership(cluster);
    return now !== undefined && now.term > (earlier?.term ?? -1) ? now : undefined;
  };
  const found = await poll(later, { timeoutMs: electionBoundMs, everyMs: 10, signal });
  if (found !== undefined) return found;
  throw new CommandFailed(`no ${earlier === undefined ? "" : "new "}leader within ${electionBoundMs} ms`);
}
