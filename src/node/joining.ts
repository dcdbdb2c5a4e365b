import type { LogIndex } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { delay } from "./pause.ts";
import type { ClusterDescription, JoinRequest } from "./ports.ts";
import type { Runtime } from "./runtime.ts";

const retryMs = { initial: 200, max: 5_000 } as const;
/** Least time between two lines about the same trouble. */
const tellEveryMs = 10_000;
/** Time for an operator to act on a refusal. */
const refusedMs = 10_000;
/** After being taken in, the configuration comes with the log; it is asked for again when it does not. */
const configurationMs = 10_000;

/** The calls of a node that is no member (yet) to those that are, at their peer addresses (`host:port`). */
export interface ClusterDoor {
  /** Rejects when nobody answers at `address`. */
  describe(address: string, signal: AbortSignal): Promise<ClusterDescription>;
  /** Asks on until a leader takes this node in. Rejects with a refusal that no waiting mends, by itself at least. */
  join(addresses: readonly string[], request: JoinRequest, signal: AbortSignal): Promise<LogIndex>;
}

export interface SearchOptions {
  readonly door: ClusterDoor;
  /** Peer addresses of members, best first. */
  readonly addresses: readonly string[];
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Asks all addresses, round and round, until a member knows a leader; the first of `addresses` that does is believed.
 * Members of which `isMeant` says no are passed over. As long as those that are meant belong to different clusters nobody
 * is believed: one of them was wiped and has founded a cluster of its own. Rejects with the signal's reason, and with
 * what `isMeant` throws.
 */
export async function findLeader(
  { door, addresses, runtime, logger, signal }: SearchOptions,
  isMeant: (description: ClusterDescription) => boolean,
): Promise<ClusterDescription> {
  let waitMs: number = retryMs.initial;
  let toldAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    signal.throwIfAborted();
    const answers: string[] = [];
    const meant: ClusterDescription[] = [];
    const round = addresses.map((address) => door.describe(address, signal).catch(reasonOf));
    for (const [i, answer] of (await Promise.all(round)).entries()) {
      if (typeof answer === "string") answers.push(`${addresses[i]}: ${answer}`);
      else if (!isMeant(answer)) answers.push(`${addresses[i]}: belongs to cluster ${answer.clusterId}`);
      else {
        meant.push(answer);
        const leader =
          answer.leaderPeerAddress === "" ? "no leader" : `a leader of cluster ${answer.clusterId}`;
        answers.push(`${addresses[i]}: knows ${leader}`);
      }
    }
    const found = meant.find(({ leaderPeerAddress }) => leaderPeerAddress !== "");
    const isOne = meant.every(({ clusterId }) => clusterId === found?.clusterId);
    if (found !== undefined && isOne) return found;
    const now = runtime.monotonicMs();
    if (now - toldAt >= tellEveryMs) {
      toldAt = now;
      const why =
        found === undefined
          ? "no member that was asked knows a leader"
          : "the addresses lead to different clusters: take out those that are not meant, or stop the node there (one that " +
            "was wiped and started without --join has founded a cluster of its own)";
      logger.warn({ answers }, `${why}; asking on`);
    }
    await delay(runtime, waitMs, signal);
    waitMs = Math.min(waitMs * 2, retryMs.max);
  }
}

export interface JoiningOptions extends SearchOptions {
  readonly request: () => JoinRequest;
  /** Fires when the committed configuration names this node's incarnation. */
  readonly takenIn: AbortSignal;
}

/**
 * Asks to be taken in, again and again until the configuration that does so has arrived. Rejects with FORMAT_UNSUPPORTED,
 * which needs another release; other refusals end when an operator has acted (removed a member, brought back a quorum).
 */
export async function joinUntilTakenIn(options: JoiningOptions): Promise<void> {
  const { door, addresses, runtime, logger, takenIn } = options;
  const signal = AbortSignal.any([options.signal, takenIn]);
  while (!signal.aborted) {
    try {
      const index = await door.join(addresses, options.request(), signal);
      logger.info({ index }, "the leader has this node in its configuration; waiting for the log");
      await delay(runtime, configurationMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ConclaveError && error.code === "FORMAT_UNSUPPORTED") throw error;
      logger.error(
        { err: error },
        `this node was not taken into the cluster: ${reasonOf(error)}; it asks again`,
      );
      await delay(runtime, refusedMs, signal);
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
