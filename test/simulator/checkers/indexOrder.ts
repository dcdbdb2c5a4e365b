import type { RaftStatus } from "../../../src/raft/index.ts";
import { recordsFolder } from "../../../src/storage/paths.ts";
import { decodeGeneration, decodeRecordsSum } from "../../../src/storage/storedValues.ts";
import type { Member } from "../cluster/member.ts";
import type { Operation } from "../disk/storeModel.ts";
import type { DurableLog } from "./durableLog.ts";

/** Keys of the records' sum, and of what is cut off the log. */
const sumKey = "s";
const compactedKey = "c";
const generationKey = "g";

/** R9 as a core says it. */
export function isInOrder({ compactedIndex, appliedIndex, commitIndex, lastIndex }: RaftStatus): boolean {
  return compactedIndex <= appliedIndex && appliedIndex <= commitIndex && commitIndex <= lastIndex;
}

/**
 * R9 as the disk has it, once something of it has been synced: what is cut off the log is in the checkpoint, and that is
 * of entries that are in the log and applied. Null when all is well. `status` is the core's, null of one that only starts.
 */
export function wrongOrder(
  { root, disk: { files } }: Member,
  operations: readonly Operation[],
  log: DurableLog,
  status: RaftStatus | null,
  base: number,
): string | null {
  if (!operations.some(({ key }) => key === sumKey || key === compactedKey)) return null;
  const generation = files.store(`${root}/log`)?.get(generationKey);
  const folder = recordsFolder(root, generation === undefined ? 1 : decodeGeneration(generation));
  const sum = files.store(folder)?.get(sumKey);
  const snapshot = sum === undefined ? 0 : Math.max(0, decodeRecordsSum(sum).appliedIndex - base);
  const { compactedIndex, lastIndex } = log;
  if (compactedIndex > snapshot)
    return `R9: its log is cut through ${compactedIndex}, and its checkpoint is of entry ${snapshot}`;
  if (snapshot > lastIndex)
    return `R9: its checkpoint is of entry ${snapshot}, and its log ends at ${lastIndex}`;
  return status !== null && snapshot > status.appliedIndex
    ? `R9: its checkpoint is of entry ${snapshot}, and applied is ${status.appliedIndex}`
    : null;
}
