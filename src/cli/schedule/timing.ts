import { toMs } from "../../base/duration.ts";
import { ConclaveError } from "../../base/errors.ts";
import type { TimingFlags } from "./put.ts";

const minEveryMs = 1_000;

/** Throws INVALID_ARGUMENT unless there is one of `--cron` and `--every`, which makes sense; `or`: what else might be given. */
export function checkTiming({ cron, every }: TimingFlags, or = ""): void {
  if ((cron === undefined) === (every === undefined)) throw invalid(`give ${or}one of --cron and --every`);
  if (every !== undefined && toMs(every, "--every") < minEveryMs)
    throw invalid(`--every ${every}: at least 1s`);
}

export function invalid(message: string): ConclaveError {
  return new ConclaveError("INVALID_ARGUMENT", message);
}
