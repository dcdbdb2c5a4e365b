import { crc32 } from "node:zlib";
import { LogIndex, NodeId, Term } from "../base/brands.ts";
import { isReadable, unsupportedFormat } from "../codec/formats.ts";
import { configurationFromProto, configurationToProto } from "../codec/membership.ts";
import { messageType, NumberReader } from "../codec/proto.ts";
import type { Configuration, EntryId, HardState } from "../raft/types.ts";

/** Keys and small values of the databases; layout: proto/conclave/v1/log.proto. */

const runPrefix = "e".charCodeAt(0);
const runKeyBytes = 9;
export const hardStateKey: Uint8Array = Buffer.from("h");
export const compactedKey: Uint8Array = Buffer.from("c");
export const generationKey: Uint8Array = Buffer.from("g");
export const recordsSumKey: Uint8Array = Buffer.from("s");

/** Big-endian, so that LevelDB's order is the log's. */
export function runKey(first: number): Uint8Array {
  const key = Buffer.alloc(runKeyBytes);
  key[0] = runPrefix;
  key.writeBigUInt64BE(BigInt(first), 1);
  return key;
}

/** The first index of a run, or null when this is no run's key. */
export function parseRunKey(key: Uint8Array): number | null {
  if (key.length !== runKeyBytes || key[0] !== runPrefix) return null;
  return Number(Buffer.from(key).readBigUInt64BE(1));
}

export function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** The last entry that compaction removed, and what the next one is chained to. */
export interface Compacted extends EntryId {
  readonly checksum: number;
}

/** What `records/` must add up to. */
export interface RecordsSum {
  readonly appliedIndex: LogIndex;
  readonly count: number;
  readonly sum: number;
  /** In force at `appliedIndex`; null for the founding one, which is in identity.json. */
  readonly configuration: Configuration | null;
}

const hardStateType = messageType("HardStateRecord");
const compactedType = messageType("CompactedRecord");
const generationType = messageType("RecordsGeneration");
const recordsSumType = messageType("RecordsSum");
/** Of the records as a whole, and of their sum. */
export const recordsFormat = 2;

export function encodeHardState({ currentTerm, votedFor }: HardState): Uint8Array {
  return seal(hardStateType.encode({ currentTerm, votedFor: votedFor ?? "" }).finish());
}

export function decodeHardState(bytes: Uint8Array): HardState {
  const fields = read(hardStateType, bytes) as { currentTerm: number; votedFor: string };
  return {
    currentTerm: Term(fields.currentTerm),
    votedFor: fields.votedFor === "" ? null : NodeId(fields.votedFor),
  };
}

export function encodeCompacted({ index, term, checksum }: Compacted): Uint8Array {
  return seal(compactedType.encode({ index, term, checksum }).finish());
}

export function decodeCompacted(bytes: Uint8Array): Compacted {
  const fields = read(compactedType, bytes) as { index: number; term: number; checksum: number };
  return { index: LogIndex(fields.index), term: Term(fields.term), checksum: fields.checksum };
}

/** Which folder of records goes with the log. */
export function encodeGeneration(generation: number): Uint8Array {
  return seal(generationType.encode({ generation }).finish());
}

export function decodeGeneration(bytes: Uint8Array): number {
  return (read(generationType, bytes) as { generation: number }).generation;
}

export function encodeRecordsSum({ appliedIndex, count, sum, configuration }: RecordsSum): Uint8Array {
  const held = configuration === null ? {} : { configuration: configurationToProto(configuration) };
  return seal(recordsSumType.encode({ format: recordsFormat, appliedIndex, count, sum, ...held }).finish());
}

export function decodeRecordsSum(bytes: Uint8Array): RecordsSum {
  const fields = read(recordsSumType, bytes) as {
    format: number;
    appliedIndex: number;
    count: number;
    sum: number;
    configuration: Parameters<typeof configurationFromProto>[0];
  };
  if (!isReadable(fields.format)) throw unsupportedFormat("the checkpoint", fields.format);
  return {
    appliedIndex: LogIndex(fields.appliedIndex),
    count: fields.count,
    sum: fields.sum,
    configuration: configurationFromProto(fields.configuration),
  };
}

/** `bytes` and their CRC-32. */
function seal(bytes: Uint8Array): Uint8Array {
  const sealed = Buffer.alloc(bytes.length + 4);
  sealed.set(bytes);
  sealed.writeUInt32LE(crc32(bytes), bytes.length);
  return sealed;
}

function read(type: ReturnType<typeof messageType>, sealed: Uint8Array): unknown {
  const bytes = sealed.subarray(0, Math.max(0, sealed.length - 4));
  if (sealed.length < 4 || Buffer.from(sealed).readUInt32LE(bytes.length) !== crc32(bytes)) {
    throw new RangeError("its checksum does not match its content");
  }
  return type.decode(new NumberReader(bytes));
}
