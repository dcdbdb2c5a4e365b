import { LogIndex, NodeId, Term } from "../../../src/base/brands.ts";
import { batchCodec } from "../../../src/codec/batch.ts";
import { snapshotHeaderToProto } from "../../../src/codec/snapshot.ts";
import { identityIn, openExisting } from "../../../src/disaster/openExisting.ts";
import type { BackupHeader, BackupPart } from "../../../src/disaster/parts.ts";
import { Machine, newestRules } from "../../../src/machine/index.ts";
import type { Command, CommandBatch, MachineRecord, Outcome } from "../../../src/machine/types.ts";
import type { Entry } from "../../../src/raft/types.ts";
import type { DataDirectory } from "../../../src/storage/dataDirectory.ts";
import { nameOf } from "../../../src/storage/recordKeys.ts";
import { beginningWith, Driver, spec } from "../../machine/harness.ts";
import { membership, openDirectory } from "../../storage/support/openDirectory.ts";
import { encodeOldRecord } from "../../support/oldRecord.ts";

export interface Applied {
  readonly index: LogIndex;
  readonly batch: CommandBatch;
}

/** Remembers what it applies, for a log. */
export class RecordingDriver extends Driver {
  readonly applied: Applied[] = [{ index: LogIndex(1), batch: beginningWith(newestRules) }];

  override apply(...commands: Command[]): readonly Outcome[] {
    const outcomes = super.apply(...commands);
    this.applied.push({ index: LogIndex(this.index), batch: { now: this.machine.now, commands } });
    return outcomes;
  }
}

/** Jobs in every state, among them claims that live: what a cluster holds in the middle of its work. */
export function workingLife(): RecordingDriver {
  const life = new RecordingDriver();
  for (let at = 0; at < 30; at++) {
    life.pass(10);
    life.enqueue(spec(`job-${at}`, { payload: new TextEncoder().encode(`payload ${at}`), leaseMs: 30_000 }));
  }
  for (const [at, held] of life.claim(10).entries()) {
    if (at < 3) life.complete(held);
    else if (at < 5) life.fail(held);
    else if (at === 5) life.fail(held, { retryable: false });
    else if (at === 6) life.release(held);
  }
  life.cancel("job-29");
  life.enqueue(spec("later", { delayMs: 60_000 }));
  return life;
}

export interface OldNode {
  readonly path: string;
  readonly lastIndex: LogIndex;
  /** All of the log applied. */
  readonly machine: Machine;
}

/**
 * Writes a data directory as a node leaves it that was killed: the whole log, in terms that grow, no-ops where the
 * history has gaps, and the checkpoint as of the entry `checkpointAt` (null: none was taken yet).
 */
export async function writeOldNode(
  path: string,
  applied: readonly Applied[],
  checkpointAt: number | null,
): Promise<OldNode> {
  const data = await openDirectory(path);
  try {
    const lastIndex = applied.at(-1)?.index ?? LogIndex(0);
    const batches = new Map(applied.map(({ index, batch }) => [index, batch]));
    const machine = new Machine();
    let unwritten: Entry[] = [];
    for (let index = LogIndex(1); index <= lastIndex; index = LogIndex(index + 1)) {
      const batch = batches.get(index);
      unwritten.push({
        index,
        term: termOf(index),
        kind: batch === undefined ? "noop" : "command",
        data: batch === undefined ? new Uint8Array(0) : batchCodec.encode(batch),
      });
      if (unwritten.length === 7 || index === lastIndex || index === checkpointAt) {
        await write(data, unwritten);
        unwritten = [];
      }
      if (batch === undefined) machine.skip(index);
      else machine.apply(index, batch);
      if (index === checkpointAt) await checkpoint(data, machine);
    }
    return { path, lastIndex, machine };
  } finally {
    await data.close();
  }
}

/** A new term every 20 entries. */
export function termOf(index: number): Term {
  return Term(1 + Math.floor(index / 20));
}

async function write(data: DataDirectory, entries: readonly Entry[]): Promise<void> {
  const hardState = { currentTerm: entries.at(-1)?.term ?? Term(0), votedFor: NodeId("n1") };
  const batch = { hardState, truncateFrom: null, entries };
  data.log.stage(batch);
  await data.log.write(batch);
}

async function checkpoint(data: DataDirectory, machine: Machine): Promise<void> {
  const cut = machine.beginCheckpoint();
  const configuration = { index: LogIndex(0), membership };
  const { appliedIndex, deletes } = cut;
  await data.records.checkpoint({ appliedIndex, configuration, records: cut.records(), deletes });
  cut.done();
}

/** Every record of the machine, as bytes under its name; the machine's own as of `appliedIndex`. */
export function recordsOf(
  records: Iterable<MachineRecord>,
  appliedIndex: number,
): ReadonlyMap<string, string> {
  return new Map(
    [...records].map((record) => {
      const shown = record.kind === "meta" ? { ...record, appliedIndex: LogIndex(appliedIndex) } : record;
      return [nameOf(shown), Buffer.from(encodeOldRecord(shown)).toString("hex")];
    }),
  );
}

/** As `recordsOf`, of a whole data directory that nobody has open. */
export async function recordsIn(path: string): Promise<ReadonlyMap<string, string>> {
  await using data = await openExisting(path, await identityIn(path));
  const records: MachineRecord[] = [];
  for await (const slice of data.records.load()) records.push(...slice);
  return recordsOf(records, data.records.appliedIndex);
}

/** All records of a machine that was never checkpointed, with nothing applied after. */
export function allRecords(applied: readonly Applied[], lastIndex: LogIndex): readonly MachineRecord[] {
  const machine = new Machine();
  for (const { index, batch } of applied) machine.apply(index, batch);
  if (machine.appliedIndex < lastIndex) machine.skip(lastIndex);
  return [...machine.beginCheckpoint().records()];
}

/** What a node streams as its backup. */
export async function* backupOf(data: DataDirectory, maxBytes = 2_000): AsyncGenerator<BackupPart> {
  const reader = await data.openSnapshot();
  if (reader === null) throw new Error("there is no checkpoint");
  try {
    yield { header: snapshotHeaderToProto(reader.header) as BackupHeader };
    for (let afterKey: Uint8Array = new Uint8Array(0); ; ) {
      const chunk = await reader.read({ afterKey, have: null, maxBytes });
      yield { chunk };
      if (chunk.isLast) return;
      afterKey = chunk.lastKey;
    }
  } finally {
    await reader.close();
  }
}
