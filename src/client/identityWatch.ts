import { ConclaveError } from "../base/errors.ts";
import { pause } from "./budget.ts";
import type { Clock } from "./clock.ts";
import type { Directory } from "./directory.ts";
import { askAll } from "./leaderSearch.ts";
import type { Nodes } from "./nodes.ts";

const lookMs = 1_000;
/**
 * For so long nobody else must have answered. Addresses change hands for seconds while containers are exchanged, which is
 * no reason to end a program; and a call with the default timeout (30 s) shall still be told why it fails.
 */
const graceMs = 10_000;
/**
 * The same when most of our nodes do not answer at all: they may be about to start, and a single wrong address, or one wiped
 * machine, must not speak for them. With a majority in the other cluster the rest of ours could elect nobody.
 */
const minorityGraceMs = 60_000;
/** Looks that are further apart (the process was stopped, nobody answered) say nothing of the time between them. */
const maxGapMs = 5_000;

interface WatchParts {
  readonly directory: Directory;
  readonly nodes: Nodes;
  readonly clock: Clock;
  /** Ends the watch. */
  readonly closing: AbortSignal;
  readonly onGone: (error: ConclaveError) => void;
}

/**
 * Finds out that the cluster of a program is gone: after a restore or a recovery another one is at its addresses, and refuses
 * all that is meant for the former, for ever. One node of another cluster is no sign of that while any of ours answers.
 */
export class IdentityWatch {
  readonly #parts: WatchParts;
  #looking = false;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** A node of another cluster answered: looks what the others say, until one of ours does or the time is over. */
  suspect(): void {
    if (this.#looking || this.#parts.closing.aborted) return;
    this.#looking = true;
    void this.#look().finally(() => {
      this.#looking = false;
    });
  }

  async #look(): Promise<void> {
    const { directory, nodes, clock, closing, onGone } = this.#parts;
    let suspected: string | undefined;
    let since = clock.now();
    let seenAt = since;
    while (!closing.aborted) {
      const { clusters } = await askAll(directory, nodes, clock);
      if (closing.aborted) return;
      const now = clock.now();
      const named = new Set([...clusters.values()].filter((id) => id !== ""));
      // One of ours lives, or they do not agree: that is not what a restore looks like.
      if (named.has(directory.clusterId) || named.size > 1) return;
      const [other] = named;
      const isGap = now - seenAt > maxGapMs;
      if (other === undefined) {
        if (isGap) return;
      } else {
        if (other !== suspected || isGap) since = now;
        suspected = other;
        seenAt = now;
        const isMost = isMajority(directory.places(), clusters, other);
        if (now - since >= (isMost ? graceMs : minorityGraceMs))
          return onGone(goneError(directory.clusterId, other, clusters, now - since));
      }
      await pause(clock, lookMs, closing);
    }
  }
}

function isMajority(
  places: readonly (readonly string[])[],
  clusters: ReadonlyMap<string, string>,
  other: string,
): boolean {
  const gone = places.filter((addresses) => addresses.some((address) => clusters.get(address) === other));
  return gone.length * 2 > places.length;
}

function goneError(
  mine: string,
  other: string,
  clusters: ReadonlyMap<string, string>,
  elapsedMs: number,
): ConclaveError {
  const where = [...clusters].flatMap(([address, id]) => (id === other ? [address] : [])).join(", ");
  return new ConclaveError(
    "IDENTITY_MISMATCH",
    `the cluster that this program was connected to, ${mine}, is gone: for ${Math.round(elapsedMs / 1_000)} s only nodes of ` +
      `${other} have answered (${where}), so it was probably restored from a backup or recovered. The new cluster took nothing ` +
      "from this program. What the former one acknowledged last may be missing in it, and a call that had no answer may have taken " +
      "effect before. Start the program anew, or connect anew; enqueueing again under the same ids is safe",
  );
}
