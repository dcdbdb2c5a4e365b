import { ConclaveError } from "../base/errors.ts";
import { type Manage, manageActions } from "../machine/commands.ts";
import { overlaps, type ScheduleSpec } from "../machine/scheduleTypes.ts";
import { type Breaker, breakerStates } from "../machine/settings.ts";
import {
  type AttemptEnd,
  type DedupMode,
  dedupModes,
  type JobEnd,
  type JobState,
  jobStates,
  onFailures,
  type Priority,
  priorities,
  type RetryPolicy,
  type WaitFor,
} from "../machine/types.ts";

/** An enum of the .proto files as it lies on disk: 0 is "unspecified", the names count from 1. */
interface StoredEnum<Name extends string> {
  number(name: Name): number;
  /** Null for 0. Throws DATA_CORRUPT for a number that this version does not know. */
  name(number: number): Name | null;
}

function storedEnum<Name extends string>(what: string, names: readonly Name[]): StoredEnum<Name> {
  const numbers = Object.fromEntries(names.map((name, i) => [name, i + 1])) as Record<Name, number>;
  return {
    number: (name) => numbers[name],
    name: (number) => {
      if (number === 0) return null;
      const name = names[number - 1];
      if (name !== undefined) return name;
      throw new ConclaveError(
        "DATA_CORRUPT",
        `${what} ${number} is not known: it was written by a newer version of conclave; upgrade this node`,
      );
    },
  };
}

const jobEnds: readonly JobEnd[] = ["completed", "dead", "cancelled"];
const jitters: readonly RetryPolicy["jitter"][] = ["none", "equal", "full", "decorrelated"];
const backoffs = ["exponential", "linear", "fixed", "list"] as const;
const attemptEnds: readonly AttemptEnd[] = [
  "failed",
  "expired",
  "released",
  "completed",
  "cancelled",
  "timedOut",
];

export const storedPriority: StoredEnum<Priority> = storedEnum("priority", priorities);
export const storedState: StoredEnum<JobState> = storedEnum("job state", jobStates);
export const storedJobEnd: StoredEnum<JobEnd> = storedEnum("end of a job", jobEnds);
export const storedJitter: StoredEnum<RetryPolicy["jitter"]> = storedEnum("jitter", jitters);
export const storedBackoff: StoredEnum<(typeof backoffs)[number]> = storedEnum("backoff", backoffs);
export const storedDedupMode: StoredEnum<DedupMode> = storedEnum("dedup mode", dedupModes);
export const storedOnFailure: StoredEnum<WaitFor["onFailure"]> = storedEnum("failure policy", onFailures);
export const storedManage: StoredEnum<Manage["action"]> = storedEnum("action", manageActions);
export const storedOverlap: StoredEnum<ScheduleSpec["overlap"]> = storedEnum("overlap policy", overlaps);
export const storedBreakerState: StoredEnum<Breaker["state"]> = storedEnum("breaker state", breakerStates);
export const storedEnd: StoredEnum<AttemptEnd> = storedEnum("attempt end", attemptEnds);
