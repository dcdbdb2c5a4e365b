import { type Duration, toMs } from "../base/duration.ts";
import { jobBounds } from "../base/jobBounds.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import { checkDuration, checkLine, checkName, invalid } from "./checks.ts";
import { type Codec, codecOr, encodeWith } from "./codec.ts";
import { newId } from "./ids.ts";
import { type FeatureOptions, jobFeatures } from "./jobFeatures.ts";
import { type Priority, priorityToWire, toWire } from "./names.ts";
import { askedRetry, type RetryOptions } from "./retryOptions.ts";

export interface JobOptions<Input = unknown> extends FeatureOptions {
  /** The same id is the same job: a repeated enqueue changes nothing. Default: a new UUIDv7. */
  readonly id?: string | undefined;
  /** Strict: no job is handed out while one of a higher priority is ready in its queue. Default `normal`. */
  readonly priority?: Priority | undefined;
  /** Whose job it is: circuit breakers and limits go by it; at most 128 characters. */
  readonly agent?: string | undefined;
  /** Not before this long after it was accepted. */
  readonly delay?: Duration | undefined;
  /** Not before this time (ms since the epoch, or a Date); with `delay` the later one holds. */
  readonly runAt?: Date | number | undefined;
  readonly retry?: RetryOptions | undefined;
  /** How long a claim lives without a renewal; 1 s to 24 h, default 30 s. */
  readonly lease?: Duration | undefined;
  /** How long it stays readable once completed or cancelled; default 1 h. */
  readonly retention?: Duration | undefined;
  /** The same once dead; default 7 days. */
  readonly deadRetention?: Duration | undefined;
  /** Default: JSON. */
  readonly codec?: Codec<Input> | undefined;
}

/**
 * The job as it travels, its id made once so that every retry is the same job. All that the server would refuse, but for what
 * its settings decide (how large the data may be), is refused here: one bad job holds up the request that it shares with others.
 */
export function jobSpec<Input>(queue: string, data: Input, options: JobOptions<Input>): JobSpec {
  const { agent = "", runAt = 0, id = newId() } = options;
  const { minLeaseMs, maxLeaseMs, maxTimeMs, maxAgentCharacters } = jobBounds;
  if (options.rejectWhenOpen === true && agent === "") {
    throw invalid("rejectWhenOpen", true, "of any use without an agent: only agents have breakers");
  }
  const leaseMs = options.lease === undefined ? 0 : toMs(options.lease, "lease");
  if (options.lease !== undefined && (leaseMs < minLeaseMs || leaseMs > maxLeaseMs)) {
    throw invalid("lease", options.lease, "between 1 s and 24 h");
  }
  const runAtMs = Math.ceil(Number(runAt));
  if (!Number.isSafeInteger(runAtMs) || runAtMs < 0 || runAtMs > maxTimeMs) {
    throw invalid("runAt", runAt, "a Date from 1970 on, or ms since the epoch");
  }
  const spec: JobSpec = {
    id: checkName(id, "id"),
    queue: checkName(queue, "queue"),
    priority: toWire(priorityToWire, options.priority ?? "normal", "priority"),
    payload: encodeWith(codecOr(options.codec), data, "the job's data"),
    agent: checkLine(agent, "agent", maxAgentCharacters, 0),
    runAtMs,
    delayMs: checkDuration(options.delay, "delay", 0),
    retry: askedRetry(options.retry),
    leaseMs,
    retentionMs: checkDuration(options.retention, "retention"),
    deadRetentionMs: checkDuration(options.deadRetention, "deadRetention"),
  };
  const features = jobFeatures(id, options);
  return features === null ? spec : { ...spec, ...features };
}
