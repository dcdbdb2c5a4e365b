import { ConclaveError } from "../base/errors.ts";
import {
  type AttemptEnd,
  type JobState,
  jobStates,
  type Priority,
  priorities,
  type RetryPolicy,
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

const jitters: readonly RetryPolicy["jitter"][] = ["none", "equal", "full"];
const attemptEnds: readonly AttemptEnd[] = ["failed", "expired", "released", "completed", "cancelled"];

export const storedPriority: StoredEnum<Priority> = storedEnum("priority", priorities);
export const storedState: StoredEnum<JobState> = storedEnum("job state", jobStates);
export const storedJitter: StoredEnum<RetryPolicy["jitter"]> = storedEnum("jitter", jitters);
export const storedEnd: StoredEnum<AttemptEnd> = storedEnum("attempt end", attemptEnds);
