import { JobId } from "../../../src/base/brands.ts";
import { type Random, SeededRandom } from "../../../src/base/random.ts";
import { type JobSpec, onFailures, type RetryPolicy, type Timeouts } from "../../../src/machine/types.ts";
import { pick, some } from "../run/mix.ts";

/** What jobs of a run have beyond what every job has. Chances are for a job, or for what a worker does with one. */
export interface Features {
  readonly dedup: number;
  /** Keys in a queue. */
  readonly dedupKeys: number;
  readonly timeouts: number;
  /** Other delays than exponential ones. */
  readonly delays: number;
  /** Jobs that ask for no retry policy. */
  readonly byDefault: number;
  /** A worker saves what it has, several times an attempt. */
  readonly checkpoints: number;
  readonly snooze: number;
  /** Jobs that are somebody's, and those that do not want to wait for an open breaker. */
  readonly keys: number;
  readonly rejectWhenOpen: number;
  /** Between two acts of the operator of queues; 0: there is none. */
  readonly settingsPaceMs: number;
  /** One queue keeps only so many ended jobs. */
  readonly bounds: boolean;
  /** Jobs that wait for others, and batches that are taken in whole or not at all. */
  readonly flows: number;
  readonly atomic: number;
  /** Dependents that one entry tells of ends; all others wait until timers fire. */
  readonly toldPerEntry: number;
  /** Between two acts of somebody who puts schedules, and of one who acts on jobs by filter; 0: there is none. */
  readonly schedulesPaceMs: number;
  readonly managePaceMs: number;
  /** Between two acts of what nodes do only while they lead; 0: they have nothing of the kind. Cases of before say nothing of it. */
  readonly dutyPaceMs?: number;
  /** All founders run the release before this one until then, and are upgraded one after the other; 0: none does. */
  readonly upgradeAtMs?: number;
}

/** Jobs that may be deleted, begun anew, or cancelled by filter. */
export const binTag = "bin";
export const redriveTag = "again";
export const whimTag = "whim";

export function drawFeatures(seed: number | string): Features {
  const random = new SeededRandom(`${seed}/features`);
  return {
    dedup: some(random, 0.5, 0.8),
    dedupKeys: pick(random, [1, 3, 10]),
    timeouts: some(random, 0.5, 0.6),
    delays: some(random, 0.5, 1),
    checkpoints: some(random, 0.6, 0.8),
    snooze: some(random, 0.4, 0.2),
    keys: some(random, 0.5, 1),
    rejectWhenOpen: some(random, 0.5, 0.5),
    settingsPaceMs: pick(random, [0, 0, 500, 1_500, 4_000]),
    bounds: random.next() < 0.3,
    flows: some(random, 0.5, 0.6),
    atomic: some(random, 0.5, 1),
    schedulesPaceMs: pick(random, [0, 0, 1_000, 3_000]),
    managePaceMs: pick(random, [0, 0, 700, 2_500]),
    toldPerEntry: pick(random, [0, 1, 1_000]),
    byDefault: some(random, 0.5, 0.6),
    dutyPaceMs: pick(random, [0, 0, 0, 150, 1_000]),
    upgradeAtMs: pick(random, [0, 0, 0, 1_000, 4_000]),
  };
}

/** A job's features follow from its id, as its other fields do. */
export function withFeatures(spec: JobSpec, features: Features, random: Random): JobSpec {
  const has = (chance: number): boolean => random.next() < chance;
  const dedup = has(features.dedup) ? drawDedup(features, random) : undefined;
  const timeouts = has(features.timeouts) ? drawTimeouts(random) : undefined;
  const tag = features.managePaceMs > 0 ? pick(random, ["", "", binTag, redriveTag, whimTag]) : "";
  const waitFor = has(features.flows) ? drawWaitFor(spec.id, random) : undefined;
  return {
    ...spec,
    ...(has(features.keys) && { key: pick(random, ["t0", "t1", "t2"]) }),
    ...(spec.agent !== "" && has(features.rejectWhenOpen) && { rejectWhenOpen: true as const }),
    retry: {
      ...(has(features.delays) ? drawDelays(spec.retry, random) : spec.retry),
      ...(has(features.byDefault) && { byDefault: true as const }),
    },
    ...(tag !== "" && { tags: [tag, "all"] }),
    ...(dedup !== undefined && { dedup }),
    ...(timeouts !== undefined && { timeouts }),
    ...(waitFor !== undefined && { waitFor }),
  };
}

/** Some of the last few jobs that the same producer made, which may have ended, or be none. */
function drawWaitFor(id: JobId, random: Random): JobSpec["waitFor"] {
  const [, producer = "", number = "0"] = /^(.*-)(\d+)$/.exec(id) ?? [];
  const earlier = [1, 2, 3, 4].map((back) => Number(number) - back).filter((n) => n > 0);
  const ids = earlier.filter(() => random.next() < 0.4).map((n) => JobId(`${producer}${n}`));
  return ids.length === 0 ? undefined : { ids, onFailure: pick(random, onFailures) };
}

function drawDedup({ dedupKeys }: Features, random: Random): NonNullable<JobSpec["dedup"]> {
  return {
    key: `k${random.below(dedupKeys)}`,
    mode: pick(random, ["return", "return", "reject", "replace", "force"]),
    windowMs: pick(random, [0, 0, 3_000, 20_000]),
  };
}

function drawTimeouts(random: Random): Timeouts | undefined {
  const drawn = {
    queueMs: pick(random, [0, 0, 300, 5_000]),
    attemptMs: pick(random, [0, 200, 1_500]),
    totalMs: pick(random, [0, 0, 1_500, 15_000]),
  };
  return drawn.queueMs + drawn.attemptMs + drawn.totalMs === 0 ? undefined : drawn;
}

function drawDelays(retry: RetryPolicy, random: Random): RetryPolicy {
  const backoff = pick(random, ["linear", "fixed", "list", "decorrelated"] as const);
  if (backoff === "decorrelated") return { ...retry, jitter: "decorrelated" };
  if (backoff === "list") return { ...retry, backoff, delaysMs: [random.below(300), random.below(2_000)] };
  return { ...retry, backoff };
}
