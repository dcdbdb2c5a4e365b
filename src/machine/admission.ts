import type { JobId } from "../base/brands.ts";
import { refusedByBreaker } from "./breakerRules.ts";
import type { KeyHolder } from "./dedup.ts";
import { refusedByQueue } from "./queueSettings.ts";
import type { MachineState } from "./state.ts";
import type { EnqueueError, EnqueueResult, JobSpec, JobState, Refusal } from "./types.ts";

export function holderOf(state: MachineState, { queue, dedup }: JobSpec): KeyHolder | null {
  if (dedup === undefined || dedup.mode === "force") return null;
  return state.aside.dedup.holder(queue, dedup.key, state.now);
}

/** Whatever other jobs there are. */
export function notTakenIn(state: MachineState, spec: JobSpec): Refusal<EnqueueError> | null {
  return refusedByQueue(state, spec) ?? refusedByBreaker(state, spec);
}

export function unknownDependency(
  { id: own, waitFor }: JobSpec,
  has: (id: JobId) => boolean,
): Refusal<EnqueueError> | null {
  const missing = waitFor?.ids.find((id) => !has(id));
  if (missing === undefined) return null;
  const message = `job ${own} is to wait for job ${missing}, which is not known: enqueue that one first`;
  return { code: "NOT_FOUND", message };
}

export function duplicate({ dedup, queue }: JobSpec, holder: JobId): Refusal<EnqueueError> {
  const message = `job ${holder} holds the dedup key "${dedup?.key}" of queue ${queue}`;
  return { code: "DUPLICATE", message };
}

export function refusedWith({ id }: JobSpec, refusal: Refusal<EnqueueError>): EnqueueResult {
  const state: JobState = "cancelled";
  return { id, state, existing: false, refusal };
}
