import { crc32 } from "node:zlib";
import { LogIndex, LogTimeMs } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import { newestRules } from "../machine/rules.ts";
import type { JobRecord, MachineRecord, MetaRecord, SideRecord } from "../machine/types.ts";
import { isReadable, unsupportedFormat } from "./formats.ts";
import { type JobBytes, type JobPart, readJob, readPart } from "./jobPart.ts";
import { enter, leave } from "./messageReader.ts";
import { messageType, NumberReader } from "./proto.ts";
import { readJobRecord } from "./recordReader.ts";
import { type StoredSide, sideFromStored, sideToStored } from "./sideRecord.ts";

/** `StoredRecord` of records.proto as protobufjs decodes it; jobs are read by hand. */
interface StoredRecord extends StoredSide {
  readonly format: number;
  readonly meta?: StoredMeta | null;
}

interface StoredMeta {
  readonly appliedIndex: number;
  readonly nowMs: number;
  readonly nextSequence: number;
  readonly nextReadyOrder: number;
  readonly stateHash: string;
  /** Undefined is not written, and reads as 0. */
  readonly rules: number | undefined;
  readonly enqueued: number;
  readonly purged: number;
  readonly attempts: number;
  readonly failures: number;
  readonly deaths: number;
}

/** The one format that records other than those of jobs are written in. */
const recordFormat = 1;
const crcBytes = 4;
const recordType = messageType("StoredRecord");

/** A value of `records/` that is not of jobs: the message, then its CRC-32 (4 bytes, little-endian). */
export function encodeRecord(record: MetaRecord | SideRecord): Uint8Array {
  const stored = record.kind === "meta" ? { meta: metaToStored(record) } : sideToStored(record);
  // An untagged fixed32 makes room for the checksum without a second copy.
  const bytes = recordType
    .encode({ format: recordFormat, ...stored })
    .fixed32(0)
    .finish();
  const end = bytes.length - crcBytes;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(end, crc32(bytes.subarray(0, end)), true);
  return bytes;
}

/**
 * Any value of `records/`; that of one job is of format 1. Payload and result are windows on `value`. Throws
 * DATA_CORRUPT, or FORMAT_UNSUPPORTED for an intact record.
 */
export function decodeRecord(value: Uint8Array): MachineRecord | JobPart {
  const body = intactBody(value);
  const { format, jobAt, partAt, isMeta } = readable(() => outline(body));
  if (format !== 0) {
    if (!isReadable(format)) throw unsupportedFormat("a stored record", format);
    if (partAt >= 0) return readable(() => readPart(readerAt(body, partAt)));
    const record = jobAt >= 0 && !isMeta ? readable(() => jobFrom(body, jobAt)) : otherFrom(body);
    if (record !== null) return record;
  }
  throw damaged("holds neither a job nor another part of the machine's state");
}

/** One job of a part. Throws DATA_CORRUPT. */
export function decodeJob(job: JobBytes): JobRecord {
  const record = readable(() => readJob(job));
  if (record?.sequence === job.sequence) return record;
  throw damaged("holds a job that lacks a part");
}

interface Outline {
  readonly format: number;
  /** Where the job's length is; -1 for none. */
  readonly jobAt: number;
  /** Likewise that of a part of a page. */
  readonly partAt: number;
  readonly isMeta: boolean;
}

function outline(body: Uint8Array): Outline {
  const from = new NumberReader(body);
  let format = 0;
  let jobAt = -1;
  let partAt = -1;
  let isMeta = false;
  while (from.pos < from.len) {
    const tag = from.uint32();
    const field = tag >>> 3;
    if (field === 1) format = from.uint32();
    else {
      if (field === 2) jobAt = from.pos;
      if (field === 3) isMeta = true;
      if (field === 10) partAt = from.pos;
      if (field >= 2 && field <= 10) from.skip(from.uint32());
      else from.skipType(tag & 7);
    }
  }
  return { format, jobAt, partAt, isMeta };
}

function readerAt(body: Uint8Array, at: number): NumberReader {
  const from = new NumberReader(body);
  from.pos = at;
  return from;
}

function jobFrom(body: Uint8Array, at: number): JobRecord | null {
  const from = readerAt(body, at);
  const outer = enter(from);
  const record = readJobRecord(from);
  leave(from, outer);
  return record;
}

function otherFrom(body: Uint8Array): MachineRecord | null {
  const stored = readable(() => recordType.decode(new NumberReader(body)) as unknown as StoredRecord);
  return stored.meta ? metaFromStored(stored.meta) : sideFromStored(stored);
}

function intactBody(value: Uint8Array): Uint8Array {
  const end = value.length - crcBytes;
  if (end < 0) throw damaged(`has only ${value.length} bytes`);
  const body = value.subarray(0, end);
  const expected = new DataView(value.buffer, value.byteOffset).getUint32(end, true);
  if (crc32(body) !== expected) throw damaged(`of ${value.length} bytes does not match its checksum`);
  return body;
}

/** What `read` gives; what a reader throws for malformed bytes becomes DATA_CORRUPT. */
function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw cause instanceof ConclaveError ? cause : damaged("cannot be read", cause);
  }
}

function damaged(what: string, cause?: unknown): ConclaveError {
  return new ConclaveError(
    "DATA_CORRUPT",
    `a stored record ${what}: the data directory is damaged; started again the node repairs it from its peers`,
    { cause },
  );
}

function metaToStored(meta: MetaRecord): StoredMeta {
  return {
    appliedIndex: meta.appliedIndex,
    nowMs: meta.now,
    nextSequence: meta.nextSequence,
    nextReadyOrder: meta.nextReadyOrder,
    stateHash: meta.stateHash,
    rules: meta.rules,
    ...meta.totals,
  };
}

function metaFromStored(stored: StoredMeta): MetaRecord {
  const { enqueued, purged, attempts, failures, deaths, rules = 0 } = stored;
  if (rules > newestRules)
    throw unsupportedFormat("the state, by the rules that it follows,", rules, { min: 0, max: newestRules });
  return {
    kind: "meta",
    appliedIndex: LogIndex(stored.appliedIndex),
    now: LogTimeMs(stored.nowMs),
    nextSequence: stored.nextSequence,
    nextReadyOrder: stored.nextReadyOrder,
    stateHash: stored.stateHash,
    ...(rules > 0 && { rules }),
    totals: { enqueued, purged, attempts, failures, deaths },
  };
}
