import type { ClusterNodeOptions } from "./clusterNodeOptions.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { Driver } from "./driver.ts";

/** The node's dispatcher: it puts claims where the driver puts all commands. */
export function makeDispatcher(
  { machine, raft, runtime, telemetry, logger }: ClusterNodeOptions,
  driver: Driver,
): Dispatcher {
  return new Dispatcher({
    claimRoom: (queue) => machine.claimRoom(queue),
    readyCount: (queue) => machine.readyCount(queue),
    submit: driver.proposer.submit,
    mayHandOut: () => driver.leads && raft.hasLease(runtime.monotonicMs()),
    wake: () => driver.wake(),
    onStarted: (queue, count) => telemetry.attemptsStarted(queue, count),
    onReleaseFailed: (error) =>
      logger.warn({ error }, "jobs of a closed worker were not released; their leases will expire"),
    onResumed: (workerId, released) =>
      logger.info({ workerId, released }, "a worker is back; claims that never reached it were given back"),
  });
}
