import type { Checkpoint } from "../../generated/conclave/v1/Checkpoint.ts";
import type { Dependency } from "../../generated/conclave/v1/Dependency.ts";
import type { Progress } from "../../generated/conclave/v1/Progress.ts";
import type * as machine from "../../machine/types.ts";
import { cut } from "./check.ts";
import { wireState } from "./enums.ts";
import { limits } from "./limits.ts";

export function checkpointToWire({ data, at, token }: machine.SavedCheckpoint): Checkpoint {
  return { data, atMs: at, token };
}

export function progressToWire({ percent, note, at }: machine.Progress): Progress {
  return { percent: percent ?? -1, note, atMs: at };
}

export function dependenciesToWire(dependencies: readonly machine.Dependency[]): Dependency[] {
  return dependencies.map(({ id, state, result, resultDropped, reason }) => ({
    id,
    ...(state !== null && { state: wireState[state] }),
    ...(result !== null && { result }),
    resultDropped,
    reason: cut(reason, limits.maxListedCharacters),
  }));
}

/** An upper bound of their size in a message: ids of 128 bytes, reasons at 3 bytes a character. */
export function dependencyBytes(dependencies: readonly machine.Dependency[]): number {
  return dependencies.reduce((sum, { result }) => {
    return sum + 160 + 3 * limits.maxListedCharacters + (result?.length ?? 0);
  }, 0);
}
