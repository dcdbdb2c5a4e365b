import { ClusterId, LogIndex, Term } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { SnapshotChunk__Output } from "../generated/conclave/v1/SnapshotChunk.ts";
import type {
  SnapshotHeader as HeaderMessage,
  SnapshotHeader__Output,
} from "../generated/conclave/v1/SnapshotHeader.ts";
import type {
  SnapshotPull as PullMessage,
  SnapshotPull__Output,
} from "../generated/conclave/v1/SnapshotPull.ts";
import type { SnapshotChunk, SnapshotHeader, SnapshotPull } from "../node/ports.ts";
import { bytesOf } from "./jobSpec.ts";
import { configurationFromProto, configurationToProto } from "./membership.ts";
import { messageType, NumberReader } from "./proto.ts";

export type { SnapshotChunk, SnapshotHeader, SnapshotPull } from "../node/ports.ts";

/**
 * Snapshots as they travel between nodes and rest in backups (records.proto, peer.proto). The `...ToProto` and
 * `...FromProto` are for messages that hold them; what does not make sense is refused with INVALID_ARGUMENT.
 */

const headerType = messageType("SnapshotHeader");
const chunkType = messageType("SnapshotChunk");
const pullType = messageType("SnapshotPull");
const none = new Uint8Array(0);

export function snapshotHeaderToProto(header: SnapshotHeader): HeaderMessage {
  return { ...header, configuration: configurationToProto(header.configuration) };
}

export function snapshotHeaderFromProto(message: SnapshotHeader__Output): SnapshotHeader {
  const configuration = configurationFromProto(message.configuration);
  if (configuration === null) throw malformed("header", "it has no configuration");
  const { format, clusterId, index, term, checksum, count, sum, bytes } = message;
  if (format < 1 || index < 1 || term < 1) {
    throw malformed("header", `format ${format}, index ${index} and term ${term} begin at 1`);
  }
  return {
    format,
    clusterId: ClusterId(clusterId),
    index: LogIndex(index),
    term: Term(term),
    checksum,
    configuration,
    count,
    sum,
    bytes,
  };
}

export function encodeSnapshotHeader(header: SnapshotHeader): Buffer {
  return headerType.encode(snapshotHeaderToProto(header)).finish() as Buffer;
}

export function decodeSnapshotHeader(bytes: Uint8Array): SnapshotHeader {
  return snapshotHeaderFromProto(decode("header", headerType, bytes) as SnapshotHeader__Output);
}

/** A chunk is its own message: field for field the same. */
export function snapshotChunkFromProto(message: SnapshotChunk__Output): SnapshotChunk {
  const { pairs, checksum, lastKey, same, isLast } = message;
  if (same && pairs.length > 0) throw malformed("chunk", "it says `same` and brings records");
  return { pairs: bytesOf(pairs), checksum, lastKey: bytesOf(lastKey), same, isLast };
}

export function encodeSnapshotChunk(chunk: SnapshotChunk): Buffer {
  return chunkType.encode(chunk).finish() as Buffer;
}

/** `pairs` and `lastKey` are views of `bytes`. */
export function decodeSnapshotChunk(bytes: Uint8Array): SnapshotChunk {
  return snapshotChunkFromProto(decode("chunk", chunkType, bytes) as SnapshotChunk__Output);
}

export function snapshotPullToProto({ afterKey, have, maxBytes }: SnapshotPull): PullMessage {
  return {
    afterKey: bufferOf(afterKey),
    throughKey: bufferOf(have?.throughKey ?? none),
    checksum: have?.checksum ?? 0,
    maxBytes,
  };
}

export function snapshotPullFromProto(message: SnapshotPull__Output): SnapshotPull {
  const { afterKey, throughKey, checksum, maxBytes } = message;
  if (maxBytes < 1) throw malformed("pull", "it asks for chunks of 0 bytes");
  return {
    afterKey: bytesOf(afterKey),
    have: throughKey.length === 0 ? null : { throughKey, checksum },
    maxBytes,
  };
}

export function encodeSnapshotPull(pull: SnapshotPull): Buffer {
  return pullType.encode(snapshotPullToProto(pull)).finish() as Buffer;
}

export function decodeSnapshotPull(bytes: Uint8Array): SnapshotPull {
  return snapshotPullFromProto(decode("pull", pullType, bytes) as SnapshotPull__Output);
}

/** Protobufjs and proto-loader alike take Buffers as they are. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Absent fields of the message have their defaults by way of its prototype. */
function decode(what: string, type: ReturnType<typeof messageType>, bytes: Uint8Array): unknown {
  try {
    return type.decode(new NumberReader(bytes));
  } catch (cause) {
    throw malformed(what, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function malformed(what: string, why: string, cause?: unknown): ConclaveError {
  return new ConclaveError("INVALID_ARGUMENT", `a snapshot's ${what} is malformed: ${why}`, { cause });
}
