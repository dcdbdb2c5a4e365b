import { ConclaveError } from "../../client/index.ts";
import type { RetryFlags } from "../retryFlags.ts";
import type { EnqueueFlags } from "./enqueueFlags.ts";

/** Throws INVALID_ARGUMENT for flags that say nothing without another one: none is silently ignored. */
export function checkTogether(flags: EnqueueFlags): void {
  const { dedupKey, dedupMode, dedupWindow, rejectWhenOpen, agent, onFailure, waitFor } = flags;
  needs("--dedup-mode", dedupMode, "--dedup-key", dedupKey);
  needs("--dedup-window", dedupWindow, "--dedup-key", dedupKey);
  needs("--reject-when-open", rejectWhenOpen, "--agent, for only agents have breakers", agent);
  needs("--on-failure", onFailure, "--wait-for", waitFor);
  checkRetryTogether(flags);
}

/** The same of a retry policy, of a job or of a queue. */
export function checkRetryTogether({ backoff, delays }: RetryFlags): void {
  if (backoff === "list") needs("--backoff list", backoff, "--delays, as 1s,10s,5m", delays);
  else if (backoff !== undefined && delays !== undefined) {
    throw invalid(`--delays go with --backoff list, which they imply, and not with --backoff ${backoff}`);
  }
}

function needs(flag: string, value: unknown, other: string, otherValue: unknown): void {
  if (value !== undefined && otherValue === undefined) throw invalid(`${flag} needs ${other}`);
}

export function invalid(message: string): ConclaveError {
  return new ConclaveError("INVALID_ARGUMENT", message);
}
