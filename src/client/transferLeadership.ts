import type { TransferLeadershipReply__Output } from "../generated/conclave/v1/TransferLeadershipReply.ts";
import { Budget, type CallOptions } from "./budget.ts";
import type { Leader } from "./leader.ts";
import { isRefusal, Pursuit } from "./onLeader.ts";
import { asConclaveError } from "./wireErrors.ts";

export interface TransferOptions extends CallOptions {
  /** Node id of the successor, a voter; default: the one that is furthest on. */
  readonly to?: string | undefined;
}

/** Who leads now. */
export interface Transferred {
  readonly leaderId: string;
  readonly term: number;
}

/** Repeated only after an answer that says that nothing was done: a second transfer would move leadership again. */
export async function transferLeadership(leader: Leader, options: TransferOptions): Promise<Transferred> {
  const budget = new Budget(options, 10_000, leader.clock);
  const pursuit = new Pursuit(leader);
  for (;;) {
    budget.check();
    const node = await leader.find(budget);
    try {
      return await node.call<TransferLeadershipReply__Output>(
        (metadata, limits, done) =>
          node.cluster.TransferLeadership({ toNodeId: options.to ?? "" }, metadata, limits, done),
        { timeoutMs: Math.max(1, budget.remainingMs), signal: budget.signal },
      );
    } catch (error) {
      const refused = asConclaveError(error);
      if (!isRefusal(refused) || refused.code === "UNAVAILABLE") throw refused;
      await budget.pause(pursuit.delayAfter(node, refused), leader.closing);
    }
  }
}
