import { ConclaveError } from "../base/errors.ts";
import { batchCodec } from "../codec/batch.ts";
import { decodeRecord } from "../codec/record.ts";
import type { RecordPair } from "../codec/snapshotPairs.ts";
import type { MachineRecord } from "../machine/types.ts";
import { reasonOf } from "../storage/damage.ts";
import type { DataDirectory } from "../storage/dataDirectory.ts";
import { nameOf, nameOfJob } from "../storage/recordKeys.ts";
import { StoredJobs } from "../storage/storedJobs.ts";
import { loadMachine } from "./openExisting.ts";
import { RecordsCheck } from "./recordsCheck.ts";

/** As much of the old records as one read takes. */
const chunkBytes = 1024 * 1024;
/** As many changed ones as are written at a time. */
const sliceRecords = 1000;

/** By the names of the records. */
interface Changes {
  readonly records: ReadonlyMap<string, MachineRecord>;
  readonly deletes: ReadonlySet<string>;
  /** With them there are so many jobs. */
  readonly jobs: number;
}

/**
 * Everything that a data directory holds: its log is applied to the end, committed or not. Loads and applies it at once;
 * what it returns is read while it is consumed, once, and before the directory is closed. Nothing is written to it.
 * Rejects with DATA_CORRUPT, and so does what it returns, at its end too: LevelDB's iterator leaves out what it cannot
 * read, and says nothing, so that what was whole when it was loaded may lack something when it is read once more.
 */
export async function survivorRecords(
  data: DataDirectory,
  signal: AbortSignal | undefined,
): Promise<AsyncIterable<readonly MachineRecord[]>> {
  const changes = await changesAfter(data);
  signal?.throwIfAborted();
  return merged(data, changes, signal);
}

/** What the log does to the records of the last checkpoint. */
async function changesAfter(data: DataDirectory): Promise<Changes> {
  const machine = await loadMachine(data.records);
  for (const { index, kind, data: bytes } of data.restored.entries) {
    if (kind === "command") machine.apply(index, batchCodec.decode(bytes));
    else machine.skip(index);
  }
  const cut = machine.beginCheckpoint();
  const records = new Map<string, MachineRecord>();
  const { jobCount: jobs } = machine;
  for (const record of cut.records()) records.set(nameOf(record), record);
  const deletes = new Set([...Array.from(cut.deletes, nameOfJob), ...cut.sideDeletes]);
  return { records, deletes, jobs };
}

/** The records of the last checkpoint, as the log has changed them. */
async function* merged(
  data: DataDirectory,
  changes: Changes,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly MachineRecord[]> {
  let jobs = 0;
  for await (const slice of recordsOf(data, changes, signal)) {
    for (const { kind } of slice) if (kind === "job") jobs += 1;
    yield slice;
  }
  if (jobs !== changes.jobs) throw changed(`there are ${jobs} jobs, and were ${changes.jobs}`);
}

async function* recordsOf(
  data: DataDirectory,
  { records, deletes }: Changes,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly MachineRecord[]> {
  const jobs = new StoredJobs();
  const isAsStored = (record: MachineRecord): boolean =>
    !records.has(nameOf(record)) && !deletes.has(nameOf(record));
  for await (const pairs of checkpointed(data)) {
    signal?.throwIfAborted();
    yield pairs.flatMap(([, value]) => [...jobs.take(decodeRecord(value))]).filter(isAsStored);
  }
  yield [...jobs.end()].filter(isAsStored);
  let slice: MachineRecord[] = [];
  for (const record of records.values()) {
    slice.push(record);
    if (slice.length < sliceRecords) continue;
    yield slice;
    slice = [];
  }
  yield slice;
}

async function* checkpointed(data: DataDirectory): AsyncGenerator<readonly RecordPair[]> {
  const reader = await data.openSnapshot();
  if (reader === null) return;
  const check = new RecordsCheck(reader.header);
  try {
    let afterKey: Uint8Array = new Uint8Array(0);
    for (;;) {
      const chunk = await reader.read({ afterKey, have: null, maxBytes: chunkBytes });
      yield asBefore(() => check.take(chunk));
      if (chunk.isLast) break;
      afterKey = chunk.lastKey;
    }
    asBefore(() => check.finish());
  } finally {
    await reader.close();
  }
}

function asBefore<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    throw changed(reasonOf(cause), cause);
  }
}

function changed(how: string, cause?: unknown): ConclaveError {
  return new ConclaveError(
    "DATA_CORRUPT",
    `its records were whole when they were read first, and are not when they are read once more: ${how}`,
    { cause },
  );
}
