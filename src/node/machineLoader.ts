import { randomInt } from "node:crypto";
import { ConclaveError } from "../base/errors.ts";
import { Machine } from "../machine/index.ts";
import { pause } from "./pause.ts";
import type { RecordStore } from "./ports.ts";
import type { Runtime } from "./runtime.ts";

/** Work between two pauses: heartbeats go out while a million jobs are loaded. */
const sliceMs = 4;

/**
 * A machine of the records in force; the log after them comes by way of the core. Rejects with DATA_CORRUPT, and with
 * the signal's reason when it fires.
 */
export async function loadMachine(
  records: RecordStore,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<Machine> {
  const machine = new Machine(randomInt(0x1_0000_0000));
  for await (const slice of records.load()) {
    machine.restore(slice);
    await pause(runtime);
    signal.throwIfAborted();
  }
  let until = runtime.monotonicMs() + sliceMs;
  for (const _ of machine.finishRestore()) {
    if (runtime.monotonicMs() < until) continue;
    await pause(runtime);
    signal.throwIfAborted();
    until = runtime.monotonicMs() + sliceMs;
  }
  if (machine.appliedIndex !== records.appliedIndex) {
    throw new ConclaveError(
      "DATA_CORRUPT",
      `the records say they are as of entry ${records.appliedIndex}, the machine's own record says ${machine.appliedIndex}`,
    );
  }
  return machine;
}
