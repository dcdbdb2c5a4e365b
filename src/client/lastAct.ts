import type { ConclaveError } from "../base/errors.ts";
import type { Act } from "../generated/conclave/v1/Act.ts";
import type { ActResult__Output } from "../generated/conclave/v1/ActResult.ts";
import type { ClaimName, OutgoingAct } from "./actOutbox.ts";
import type { HeldClaim } from "./heldClaim.ts";
import { fromDetail } from "./wireErrors.ts";
import type { AcknowledgedOutcome } from "./workerTypes.ts";

export type Ending = Pick<Act, "complete" | "fail" | "release"> & ClaimName;

/** What becomes of the answers to last acts. */
export interface LastActs {
  readonly onAcknowledged: ((outcome: AcknowledgedOutcome) => void) | undefined;
  readonly onError: (error: ConclaveError, jobId: string) => void;
  readonly onRefused: (claim: HeldClaim, ending: Ending, error: ConclaveError) => void;
}

/** Says what became of a claim; there is one for each job. */
export class LastAct implements OutgoingAct {
  readonly act: Ending;
  readonly lasting = true;
  readonly #claim: HeldClaim;
  readonly #acts: LastActs;

  constructor(claim: HeldClaim, act: Ending, acts: LastActs) {
    this.act = act;
    this.#claim = claim;
    this.#acts = acts;
  }

  onResult({ error, nextDueAtMs }: ActResult__Output): void {
    const { onAcknowledged, onError } = this.#acts;
    if (error !== null) onError(fromDetail(error), this.act.id);
    else if (onAcknowledged !== undefined) onAcknowledged(this.#outcome(nextDueAtMs));
  }

  onRefused(error: ConclaveError): void {
    this.#acts.onRefused(this.#claim, this.act, error);
  }

  #outcome(nextDueAtMs: number): AcknowledgedOutcome {
    const { id, queue, attempt } = this.#claim.job;
    const { complete, fail } = this.act;
    return {
      jobId: id,
      queue,
      attempt,
      type: complete ? "completed" : fail ? "failed" : "released",
      retryAt: fail && nextDueAtMs > 0 ? new Date(nextDueAtMs) : undefined,
    };
  }
}
