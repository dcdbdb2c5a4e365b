import { LogIndex, NodeId } from "../../../src/base/brands.ts";
import { decodeRecord } from "../../../src/codec/record.ts";
import { pairsOf } from "../../../src/codec/snapshotPairs.ts";
import type { JobRecord, MachineRecord } from "../../../src/machine/types.ts";
import type { SnapshotReader, SnapshotStaging } from "../../../src/node/ports.ts";
import type { Configuration } from "../../../src/raft/types.ts";
import type { DataDirectory } from "../../../src/storage/dataDirectory.ts";
import { StoredJobs } from "../../../src/storage/storedJobs.ts";
import { encodeOldRecord } from "../../support/oldRecord.ts";
import { batch, entries, hardState } from "./entries.ts";
import { openDirectory } from "./openDirectory.ts";
import { append } from "./openLog.ts";
import { jobRecord, metaRecord, sequenceOf } from "./records.ts";

/** Of a cluster that has taken a fourth member in. */
export const grown: Configuration = {
  index: LogIndex(7),
  membership: {
    voters: ["n1", "n2", "n3"].map(NodeId),
    outgoing: [],
    learners: [NodeId("n4")],
    details: {
      [NodeId("n4")]: {
        address: "host:7",
        incarnation: "x",
        since: LogIndex(7),
        promote: true,
        replaces: NodeId("n3"),
      },
    },
  },
};

/** The node whose snapshots are fetched: one checkpoint after the other, each ten entries later. */
export class Source {
  readonly path: string;
  readonly directory: DataDirectory;
  readonly #term: number;

  static async make(path: string, term = 2): Promise<Source> {
    const directory = await openDirectory(path, { nodeId: NodeId("n2") });
    await append(directory.log, batch({ hardState: hardState(term) }));
    return new Source(path, directory, term);
  }

  private constructor(path: string, directory: DataDirectory, term: number) {
    this.path = path;
    this.directory = directory;
    this.#term = term;
  }

  /** Returns a snapshot of it. */
  async checkpoint(
    changed: readonly MachineRecord[],
    deletes: readonly string[] = [],
  ): Promise<SnapshotReader> {
    const { log, records } = this.directory;
    const from = log.lastEntry.index + 1;
    const through = from + 9;
    await append(log, batch({ entries: entries(from, through, this.#term) }));
    const appliedIndex = LogIndex(through);
    await records.checkpoint({
      appliedIndex,
      configuration: grown,
      records: [...changed, metaRecord(appliedIndex)],
      deletes: deletes.map(sequenceOf),
    });
    const reader = await this.directory.openSnapshot();
    if (reader === null) throw new Error("there is no snapshot");
    return reader;
  }
}

export function jobs(from: number, through: number, attempt = 0, bytes = 60): JobRecord[] {
  return Array.from({ length: through - from + 1 }, (_, at) => jobRecord(nameOf(from + at), attempt, bytes));
}

/** In the order of the numbers, as keys are. */
export function nameOf(job: number): string {
  return `job-${String(job).padStart(5, "0")}`;
}

export interface Pulled {
  readonly chunks: number;
  /** Chunks that were there already. */
  readonly same: number;
  readonly bytes: number;
}

/** Pulls until nothing is left, or until `limit` chunks came. */
export async function pull(
  reader: SnapshotReader,
  staging: SnapshotStaging,
  { maxBytes = 1000, limit = Number.POSITIVE_INFINITY } = {},
): Promise<Pulled> {
  let [chunks, same, bytes] = [0, 0, 0];
  for (; chunks < limit; chunks++) {
    const next = staging.next(maxBytes);
    if (next === null) break;
    const chunk = await reader.read(next);
    await staging.put(next, chunk);
    if (chunk.same) same++;
    bytes += chunk.pairs.length;
  }
  return { chunks, same, bytes };
}

/** All of it, as text lines that can be compared. Loads the records. */
export async function recordsOf({ records }: DataDirectory): Promise<string[]> {
  const lines: string[] = [];
  for await (const slice of records.load()) {
    lines.push(...slice.map(shownRecord));
  }
  return lines;
}

/** What a snapshot holds, in the same form. */
export async function contentOfSnapshot(reader: SnapshotReader): Promise<string[]> {
  const lines: string[] = [];
  const stored = new StoredJobs();
  let afterKey: Uint8Array = new Uint8Array(0);
  for (;;) {
    const chunk = await reader.read({ afterKey, have: null, maxBytes: 10_000 });
    const records = pairsOf(chunk, afterKey).flatMap(([, value]) => [...stored.take(decodeRecord(value))]);
    lines.push(...records.map(shownRecord));
    afterKey = chunk.lastKey;
    if (chunk.isLast) return [...lines, ...[...stored.end()].map(shownRecord)];
  }
}

function shownRecord(record: MachineRecord): string {
  return Buffer.from(encodeOldRecord(record)).toString("hex");
}

/** Stages, verifies and installs as the driver does. */
export async function installFrom(reader: SnapshotReader, to: DataDirectory): Promise<void> {
  const staging = await to.stage(reader.header);
  await pull(reader, staging);
  const header = await staging.complete();
  to.log.stageInstall(header);
  await to.install(header);
}
